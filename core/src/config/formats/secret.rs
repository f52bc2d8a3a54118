//! Literals that look like credentials. What is meant for a test only (`testpass`, `example-token`)
//! is none: a warning that is usually wrong is not read any more.

/// What kind of credential `value` looks like; `name` is what it is set as.
#[must_use]
pub fn looks_like(name: &str, value: &str) -> Option<&'static str> {
    known_form(value)
        .or_else(|| (names_a_secret(name) && is_random(value)).then_some("a credential"))
}

/// Credentials that are known by their form.
#[must_use]
pub fn known_form(value: &str) -> Option<&'static str> {
    // Cheap first: few texts have a word that is long enough.
    if !has_long_word(value.as_bytes()) {
        return None;
    }
    const FORMS: &[(&str, usize, &str)] = &[
        ("AKIA", 16, "an access key of AWS"),
        ("ASIA", 16, "an access key of AWS"),
        ("ghp_", 36, "a token of GitHub"),
        ("gho_", 36, "a token of GitHub"),
        ("ghs_", 36, "a token of GitHub"),
        ("ghu_", 36, "a token of GitHub"),
        ("github_pat_", 40, "a token of GitHub"),
        ("glpat-", 20, "a token of GitLab"),
        ("xoxb-", 20, "a token of Slack"),
        ("xoxp-", 20, "a token of Slack"),
        ("AIza", 35, "a key of Google"),
        ("sk_live_", 20, "a key of Stripe"),
        ("rk_live_", 20, "a key of Stripe"),
        ("sk-ant-", 20, "a key of Anthropic"),
        ("sk-proj-", 20, "a key of OpenAI"),
        ("npm_", 36, "a token of npm"),
        ("dop_v1_", 60, "a token of DigitalOcean"),
        ("SG.", 60, "a key of SendGrid"),
        ("hf_", 34, "a token of Hugging Face"),
    ];
    if value.contains("-----BEGIN") && value.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    for (prefix, length, what) in FORMS {
        let found = value.match_indices(prefix).any(|(at, _)| {
            let starts = !value[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
            let body = value[at + prefix.len()..]
                .bytes()
                .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
                .count();
            starts && body >= *length
        });
        if found {
            return Some(what);
        }
    }
    is_jwt(value).then_some("a JSON web token")
}

/// Whether so many letters, digits and the like follow each other as the shortest form has.
fn has_long_word(value: &[u8]) -> bool {
    const SHORTEST: usize = 10;
    let mut run = 0;
    value.iter().any(|b| {
        let belongs = b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        run = if belongs { run + 1 } else { 0 };
        run >= SHORTEST
    }) && value.len() >= 16
}

fn is_jwt(value: &str) -> bool {
    value.match_indices("eyJ").any(|(at, _)| {
        let token: &str = value[at..]
            .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')))
            .next()
            .unwrap_or_default();
        let parts: Vec<&str> = token.split('.').collect();
        parts.len() == 3 && parts[1].starts_with("eyJ") && parts.iter().all(|part| part.len() >= 10)
    })
}

fn names_a_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['-', '.'], "_");
    [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "api_key",
        "apikey",
        "access_key",
        "private_key",
        "authorization",
        "credential",
        "auth_key",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// Long, of letters and digits in no order, and no word that says it is made up.
fn is_random(value: &str) -> bool {
    let value = ["Bearer ", "Basic ", "Token ", "bearer ", "basic ", "token "]
        .iter()
        .find_map(|scheme| value.strip_prefix(scheme))
        .unwrap_or(value)
        .trim();
    if value.len() < 16
        || value.contains(|c: char| c.is_whitespace() || matches!(c, '{' | '}' | '$' | '<' | '>'))
    {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    let made_up = [
        "test",
        "example",
        "dummy",
        "changeme",
        "change-me",
        "change_me",
        "placeholder",
        "fake",
        "sample",
        "secret",
        "password",
        "local",
        "xxxx",
        "your",
        "demo",
        "1234567",
        "abcdef",
    ];
    if made_up.iter().any(|word| lower.contains(word)) {
        return false;
    }
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    digits >= 2 && letters >= 4 && different(value) >= 10
}

/// Number of different bytes.
fn different(value: &str) -> usize {
    let mut seen = [false; 256];
    value.bytes().for_each(|b| seen[usize::from(b)] = true);
    seen.iter().filter(|seen| **seen).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_known_by_form_or_by_name_and_randomness() {
        // Put together here, so that no scanner takes this file for a leak.
        let body = "q7Zx2Lk9Vb4Nw8Rt3Ym6Pd1Hs5Jf0Gc4Kv8Tz2Q";
        for (name, value) in [
            ("X", format!("ghp_{body}")),
            ("X", format!("AKIA{}", "Q7ZX2LK9VB4NW8RT")),
            ("X", format!("curl -H 'token: sk-ant-{body}'")),
            ("API_TOKEN", body.to_owned()),
            ("Authorization", format!("Bearer {body}")),
            ("x-api-key", body.to_owned()),
            ("X", format!("eyJ{body}.eyJ{body}.{body}")),
            ("X", "-----BEGIN RSA PRIVATE KEY-----".to_owned()),
        ] {
            assert!(looks_like(name, &value).is_some(), "{name} = {value}");
        }
        for (name, value) in [
            ("POSTGRES_PASSWORD", "testpass"),
            ("Authorization", "Bearer example-token"),
            ("JWT_SECRET", "test-secret-key-0123456789"),
            ("API_TOKEN", "{{ env(name='TOKEN') }}"),
            ("API_TOKEN", "${API_TOKEN_OF_SOMEONE_9}"),
            ("COMMIT", "q7Zx2Lk9Vb4Nw8Rt3Ym6Pd1Hs5Jf0Gc4Kv8Tz2Q"),
            ("PASSWORD_FILE", "/run/credentials/postgres"),
        ] {
            assert_eq!(looks_like(name, value), None, "{name} = {value}");
        }
    }
}
