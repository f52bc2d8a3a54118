//! What the name of a file says about it.

/// The names a test file can have, for messages.
pub const WANTED: &str = "*.clnrm.toml, *.clnrm.toml.tera, *.clnrm.tera, *.toml.tera";

const ENDINGS: [&str; 4] = [
    ".clnrm.toml",
    ".clnrm.toml.tera",
    ".clnrm.tera",
    ".toml.tera",
];

/// What discovery makes of a file's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A test file.
    Test,
    /// A test file's name that begins with `_`: included and imported, never judged as a test.
    Library,
    /// Anything else.
    Other,
}

/// Sorts a file by its name (without its folder).
pub fn kind(name: &str) -> Kind {
    let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
    match stem {
        None | Some("") => Kind::Other,
        Some(_) if name.starts_with('_') => Kind::Library,
        Some(_) => Kind::Test,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_endings_make_a_test() {
        for name in [
            "a.clnrm.toml",
            "a.clnrm.toml.tera",
            "a.clnrm.tera",
            "a.toml.tera",
        ] {
            assert_eq!(kind(name), Kind::Test, "{name}");
        }
        for name in [
            "clnrm.toml",
            "a.toml",
            "a.tera",
            "a.clnrm.toml.bak",
            ".clnrm.toml",
        ] {
            assert_eq!(kind(name), Kind::Other, "{name}");
        }
        assert_eq!(kind("_macros.toml.tera"), Kind::Library);
    }
}
