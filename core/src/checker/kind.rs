//! What a file is, by its name.

use super::make::is_library;

/// Names that a project file goes by, the preferred one first.
pub const PROJECT_FILES: [&str; 2] = ["clnrm.toml", "cleanroom.toml"];

/// What a file of a folder is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileKind {
    /// A test file, or a template of one.
    Test,
    /// Its name begins with `_`: included and imported, never judged as a test.
    Library,
    /// What holds for all files of the project.
    Project,
}

impl FileKind {
    /// The kind of a file of this name, relative to the folder of the project.
    #[must_use]
    pub fn of(name: &str) -> Self {
        if PROJECT_FILES.contains(&name) {
            Self::Project
        } else if is_library(name) {
            Self::Library
        } else {
            Self::Test
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_a_file_is() {
        for (name, kind) in [
            ("a.clnrm.toml", FileKind::Test),
            ("tests/_macros.toml.tera", FileKind::Library),
            ("clnrm.toml", FileKind::Project),
            ("cleanroom.toml", FileKind::Project),
            ("below/clnrm.toml", FileKind::Test),
        ] {
            assert_eq!(FileKind::of(name), kind, "{name}");
        }
    }
}
