//! Volumes as texts: `host:container`, `host:container:ro`, `container`.

use super::Wrong;

/// The parts of a volume.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parts<'a> {
    /// Path on the host or name of a volume.
    pub host: Option<&'a str>,
    /// Path in the container.
    pub container: &'a str,
    /// May not be written to.
    pub read_only: bool,
}

/// Splits a volume.
///
/// # Errors
/// When it is none.
pub fn parse(text: &str) -> Result<Parts<'_>, Wrong> {
    let mut parts: Vec<&str> = Vec::with_capacity(3);
    let mut from = 0;
    for (at, _) in text.match_indices(':') {
        // The drive of a Windows path is no part of its own; nor is a default in `${A:-b}`. Before a
        // slash a drive is taken for one only in upper case: `a:/b` is a named volume.
        let part = &text[from..at];
        let drive = parts.is_empty()
            && part.len() == 1
            && (part.as_bytes()[0].is_ascii_alphabetic() && text[at + 1..].starts_with('\\')
                || part.as_bytes()[0].is_ascii_uppercase() && text[at + 1..].starts_with('/'));
        if drive || part.matches("${").count() > part.matches('}').count() {
            continue;
        }
        parts.push(part);
        from = at + 1;
    }
    parts.push(&text[from..]);
    let (host, container, options) = match parts.as_slice() {
        [container] => (None, *container, ""),
        [host, container] => (Some(*host), *container, ""),
        [host, container, options] => (Some(*host), *container, *options),
        _ => {
            return Err(wrong("is no volume: it has more than three parts"));
        }
    };
    if host == Some("") {
        return Err(wrong("is no volume: nothing stands before the colon"));
    }
    check_container(container)?;
    let mut read_only = false;
    for option in options.split(',').filter(|option| !option.is_empty()) {
        match option {
            "ro" | "readonly" => read_only = true,
            "rw" | "z" | "Z" | "cached" | "delegated" | "consistent" | "nocopy" | "U" => {}
            _ => {
                return Err(Wrong::new(format!("has an unknown option `{option}`"))
                    .help("after the second colon stands `ro` or `rw`"));
            }
        }
    }
    Ok(Parts {
        host,
        container,
        read_only,
    })
}

/// Checks the path in the container.
///
/// # Errors
/// When it is not absolute.
pub fn check_container(path: &str) -> Result<(), Wrong> {
    if path.starts_with('/') || super::has_variable(path) {
        Ok(())
    } else if path.is_empty() {
        Err(wrong("is no volume: the path in the container is empty"))
    } else {
        Err(wrong(&format!(
            "is no volume: the path in the container, `{path}`, is not absolute"
        )))
    }
}

fn wrong(message: &str) -> Wrong {
    Wrong::new(message).help("write \"./data:/data\", or \"./data:/data:ro\" to forbid writing")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_have_host_container_and_options() {
        let parts = parse("./data:/data:ro").unwrap();
        assert_eq!(parts.host, Some("./data"));
        assert_eq!((parts.container, parts.read_only), ("/data", true));
        assert_eq!(parse("C:\\x:/y").unwrap().host, Some("C:\\x"));
        assert_eq!(parse("${PWD:-.}:/app").unwrap().host, Some("${PWD:-.}"));
        assert_eq!(parse("/cache").unwrap().host, None);
        for good in [
            "${PWD}:/app",
            "/tmp/a:/b",
            "name:/b",
            "./:/app",
            "a:/b:rw,z",
        ] {
            assert!(parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "data",
            "./data:data",
            ":/data",
            "./a:",
            "a:/b:maybe",
            "a:/b:ro:x",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
