//! The page of every code: what it means, why it matters, an example that fails, and one mended.
//!
//! Pages are Markdown files of one form, so that people read them (`clnrm explain C103`) and tests
//! run their examples. A code without a page does not compile.

use crate::diagnostic::Code;

/// The page of a code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Page {
    /// Whose page it is.
    pub code: Code,
    /// The whole page, in Markdown.
    pub markdown: &'static str,
}

/// One file of an example.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Example {
    /// What kind of text it is.
    pub language: Language,
    /// Its name, when the example has several files; the first, which has none, is the one to check.
    pub file: Option<&'static str>,
    /// The text.
    pub text: &'static str,
}

/// What an example is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// A plain test file.
    Toml,
    /// A template of a test file.
    Tera,
    /// The trace that the test file is held against.
    Trace,
    /// Commands that bring it about, where it is not the usual one on the first file; not a file.
    Shell,
}

macro_rules! pages {
    ($($code:ident)*) => {
        /// The page of `code`.
        #[must_use]
        pub const fn explain(code: Code) -> &'static Page {
            match code {
                $(Code::$code => &Page {
                    code: Code::$code,
                    markdown: include_str!(concat!("pages/", stringify!($code), ".md")),
                },)*
            }
        }
    };
}

pages! {
    F101 F102 F103 F104 F105
    T101 T102 T103 T104 T105 T106 T107 T108 T109 T110 T120 T121 T122 T123
    S101 S102 S103 S104
    C101 C102 C103 C104 C105 C106 C107 C108 C109 C110 C111 C112 C113 C114 C115 C116 C117 C118 C119
    C120 C121
    X101 X102 X103 X104 X105 X106 X107 X108 X109 X110 X111 X112 X113 X114 X115 X116
    X117 X118
    E001 E002 E003 E101 E102 E103 E104 E105 E106 E201 E202 E203 E204 E301 E401 E501 E601 E701 E702
    E703
    R101 R102 R103 R104 R105 R106 R107 R108 R109 R110 R111
}

impl Page {
    /// What it means and why it matters: the text between the heading and the examples.
    #[must_use]
    pub fn text(&self) -> &'static str {
        let after = self.markdown.splitn(3, "\n\n").nth(2).unwrap_or_default();
        after.split("\n## ").next().unwrap_or_default().trim_end()
    }

    /// The files of the example that fails.
    #[must_use]
    pub fn fails(&self) -> Vec<Example> {
        self.examples("Fails")
    }

    /// The files of the same example, mended.
    #[must_use]
    pub fn mended(&self) -> Vec<Example> {
        self.examples("Mended")
    }

    fn examples(&self, heading: &str) -> Vec<Example> {
        let sections = self.markdown.split("\n## ").skip(1);
        let section = sections.filter_map(|section| section.split_once('\n'));
        let body = section
            .filter(|(title, _)| *title == heading)
            .map(|(_, body)| body);
        body.flat_map(fenced).collect()
    }
}

/// The fenced blocks of a section. The word after the fence is the language; `file: …` may follow.
fn fenced(section: &'static str) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut rest = section;
    while let Some((_, opened)) = rest.split_once("```") {
        let Some((info, body)) = opened.split_once('\n') else {
            break;
        };
        let Some((text, after)) = body.split_once("```") else {
            break;
        };
        let (language, file) = match info.split_once(" file: ") {
            Some((language, file)) => (language, Some(file.trim())),
            None => (info, None),
        };
        let language = match language.trim() {
            "toml" => Language::Toml,
            "tera" => Language::Tera,
            "json" => Language::Trace,
            _ => Language::Shell,
        };
        examples.push(Example {
            language,
            file,
            text,
        });
        rest = after;
    }
    examples
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::diagnostic::Family;
    use crate::document::Document;

    #[test]
    fn every_page_has_the_same_form() {
        for code in Code::ALL {
            let page = explain(*code);
            let severity = format!("{:?}", code.severity());
            let level = format!("{:?}", code.family().level()).to_lowercase();
            let head = format!("# {code} {}\n\n{severity}, level {level}.\n\n", code.name());
            assert!(page.markdown.starts_with(&head), "{code}: {head}");
            assert!(
                page.text().contains("\n\n"),
                "{code}: says what it means, and why it matters"
            );
            assert!(page.markdown.ends_with("```\n"), "{code}");
            assert!(page.markdown.lines().count() < 70, "{code} is short");
            let headings: Vec<_> = page
                .markdown
                .lines()
                .filter(|l| l.starts_with("## "))
                .collect();
            assert_eq!(headings, ["## Fails", "## Mended"], "{code}");
        }
    }

    #[test]
    fn examples_are_files_with_a_first_one_to_check() {
        for code in Code::ALL {
            let page = explain(*code);
            for files in [page.fails(), page.mended()] {
                let (first, others) = files.split_first().expect("an example");
                assert_eq!(first.file, None, "{code}");
                let command = |file: &Example| file.language == Language::Shell;
                let known = |file: &Example| file.file.is_some() || command(file);
                assert!(others.iter().all(known), "{code}");
                let is_command = first.language == Language::Shell;
                assert!(
                    is_command || first.text.contains("name = ") || first.text.contains("[meta]"),
                    "{code}"
                );
            }
            assert_ne!(page.fails(), page.mended(), "{code}");
        }
        assert_eq!(explain(Code::T108).fails().len(), 3);
        assert_eq!(explain(Code::T107).mended()[1].file, Some("_steps.tera"));
    }

    /// The codes of what is found in a plain file.
    fn codes(text: &str) -> Vec<Code> {
        let (document, mut findings) = Document::parse(text, &[]);
        let (file, settings) = config::read(&document);
        findings.extend(settings);
        findings.extend(crate::rules::check(&file));
        findings.into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn plain_examples_trip_their_code_and_only_that() {
        let of_template = [Code::S104];
        for code in Code::ALL.iter().filter(|code| !of_template.contains(code)) {
            let page = explain(*code);
            let plain = |files: Vec<Example>| match files[..] {
                [only] if only.language == Language::Toml => Some(only.text),
                _ => None,
            };
            if let Some(text) = plain(page.fails())
                && code.family() != Family::Template
            {
                // What only a run shows is no fault of the file.
                let told: &[Code] = match code.family() {
                    Family::Run => &[],
                    _ => &[*code],
                };
                assert_eq!(codes(text), told, "{code} fails\n{text}");
            }
            if let Some(text) = plain(page.mended()) {
                assert_eq!(codes(text), [], "{code} mended\n{text}");
            }
        }
    }
}
