//! Keeping credentials out of reports: the values of variables whose names look like one are masked,
//! wherever they turn up, also in base64 and as a part of an address.

use clnrm_core::config::model::{Pair, TestFile};
use clnrm_core::diagnostic::Diagnostic;

use super::outcome::{Excerpt, TestOutcome};

/// What stands in a secret's place.
const MASK: &str = "•••";

/// Parts of names that credentials go by.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "api_key",
    "apikey",
    "api-key",
    "private_key",
    "access_key",
    "credential",
    "authorization",
];

/// Shorter values would mask half of every report.
const LEAST: usize = 4;

/// The secrets of a test.
#[derive(Clone, Debug, Default)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// Those that a file gives to its containers.
    pub fn of(file: &TestFile) -> Self {
        let services = file.services.iter().flat_map(|service| &service.env);
        let scenarios = file.scenarios.iter().flat_map(|scenario| {
            scenario
                .env
                .iter()
                .chain(scenario.steps.iter().flat_map(|step| &step.env))
        });
        let headers = file.otel.iter().flat_map(|otel| &otel.headers);
        let mut secrets = Self::default();
        for Pair { name, value } in services.chain(scenarios).chain(headers) {
            let lower = name.value.to_lowercase();
            if NAMES.iter().any(|part| lower.contains(part)) {
                secrets.add(&value.value);
            }
        }
        // The longest first: one may be a part of another.
        secrets
            .0
            .sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
    }

    fn add(&mut self, value: &str) {
        if value.len() < LEAST {
            return;
        }
        for form in [
            value.to_owned(),
            base64(value.as_bytes()),
            url_encoded(value),
        ] {
            if !self.0.contains(&form) {
                self.0.push(form);
            }
        }
    }

    /// The text without them.
    pub fn mask(&self, text: &mut String) {
        for secret in &self.0 {
            if text.contains(secret.as_str()) {
                *text = text.replace(secret.as_str(), MASK);
            }
        }
    }

    fn mask_diagnostic(&self, diagnostic: &mut Diagnostic) {
        self.mask(&mut diagnostic.message);
        let related = diagnostic.related.iter_mut().map(|one| &mut one.message);
        let texts = diagnostic.label.iter_mut().chain(&mut diagnostic.help);
        texts.chain(related).for_each(|text| self.mask(text));
    }

    /// A whole outcome without them.
    pub fn mask_all(&self, outcome: &mut TestOutcome) {
        if self.0.is_empty() {
            return;
        }
        for step in outcome
            .scenarios
            .iter_mut()
            .flat_map(|scenario| &mut scenario.steps)
        {
            for text in [&mut step.command, &mut step.stdout, &mut step.stderr] {
                self.mask(text);
            }
        }
        for row in outcome.timeline.iter_mut().flat_map(|line| &mut line.rows) {
            self.mask(&mut row.name);
            self.mask(&mut row.service);
        }
        for problem in &mut outcome.problems {
            self.mask_diagnostic(&mut problem.diagnostic);
            for Excerpt { lines, .. } in &mut problem.excerpts {
                lines.iter_mut().for_each(|line| self.mask(line));
            }
        }
        for failed in outcome
            .checks
            .iter_mut()
            .flat_map(|check| &mut check.failures)
        {
            self.mask_diagnostic(&mut failed.diagnostic);
            self.mask(&mut failed.expected);
            self.mask(&mut failed.found);
            for text in failed
                .nearest
                .iter_mut()
                .flat_map(|nearest| &mut nearest.fails)
            {
                self.mask(text);
            }
        }
    }
}

/// In base64 without the padding, so that it is found within longer values, too.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk
            .iter()
            .fold(0u32, |number, byte| number << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for at in 0..=chunk.len() {
            let six = (number >> (18 - 6 * at)) & 63;
            out.push(char::from(LETTERS[six as usize]));
        }
    }
    out
}

fn url_encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_in_every_form() {
        let mut secrets = Secrets::default();
        secrets.add("s3cret/word");
        let mut text = "s3cret/word czNjcmV0L3dvcmQ= s3cret%2Fword other".to_owned();
        secrets.mask(&mut text);
        assert_eq!(text, "••• •••= ••• other");
    }

    #[test]
    fn short_values_are_left_alone() {
        let mut secrets = Secrets::default();
        secrets.add("abc");
        let mut text = "abc".to_owned();
        secrets.mask(&mut text);
        assert_eq!(text, "abc");
    }
}
