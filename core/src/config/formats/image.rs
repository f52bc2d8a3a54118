//! References of images, as registries read them: `[host[:port]/]path[:tag][@digest]`.

use super::Wrong;

/// The parts of a reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reference<'a> {
    /// Host and path.
    pub name: &'a str,
    /// The tag.
    pub tag: Option<&'a str>,
    /// The digest, `sha256:…`.
    pub digest: Option<&'a str>,
}

impl Reference<'_> {
    /// Whether the same reference may be another image tomorrow, as far as the reference says.
    #[must_use]
    pub fn floats(&self) -> bool {
        self.digest.is_none() && self.tag.is_none_or(|tag| tag == "latest")
    }
}

/// Reads a reference.
///
/// # Errors
/// When it is none.
pub fn parse(text: &str) -> Result<Reference<'_>, Wrong> {
    if let Some(found) = text.chars().find(|c| c.is_whitespace() || c.is_control()) {
        return Err(Wrong::new(format!(
            "is no image: it holds {}",
            if found.is_control() {
                "a control character"
            } else {
                "a space"
            }
        )));
    }
    if let Some((scheme, rest)) = text.split_once("://") {
        return Err(
            Wrong::new(format!("is no image: it begins with `{scheme}://`"))
                .help(format!("write `{rest}`")),
        );
    }
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    if let Some(digest) = digest {
        check_digest(digest)?;
    }
    let last = rest.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match rest[last..].split_once(':') {
        Some((_, tag)) => (&rest[..rest.len() - tag.len() - 1], Some(tag)),
        None => (rest, None),
    };
    if let Some(tag) = tag {
        check_tag(tag)?;
    }
    check_name(text, name)?;
    Ok(Reference { name, tag, digest })
}

fn check_digest(digest: &str) -> Result<(), Wrong> {
    let well = digest.split_once(':').is_some_and(|(algorithm, hex)| {
        !algorithm.is_empty()
            && algorithm
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-' | b'_'))
            && hex.len() >= 32
            && hex.bytes().all(|b| b.is_ascii_hexdigit())
            && (algorithm != "sha256" || hex.len() == 64)
    });
    if well {
        Ok(())
    } else {
        Err(Wrong::new(format!("is no image: `{digest}` is no digest"))
            .help("a digest is `sha256:` and 64 hexadecimal digits"))
    }
}

fn check_tag(tag: &str) -> Result<(), Wrong> {
    let mut bytes = tag.bytes();
    let first = bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
    if first
        && tag.len() <= 128
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
    {
        return Ok(());
    }
    Err(if tag.is_empty() {
        Wrong::new("is no image: nothing follows the colon")
            .help("write a tag after `:`, or leave it out")
    } else {
        Wrong::new(format!("is no image: `{tag}` is no tag"))
    })
}

fn check_name(text: &str, name: &str) -> Result<(), Wrong> {
    let (host, path) = match name.split_once('/') {
        Some((host, path))
            if host.contains(['.', ':']) || host == "localhost" || has_upper(host) =>
        {
            (Some(host), path)
        }
        _ => (None, name),
    };
    if let Some(host) = host {
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(']') || host.starts_with('[') => {
                (host, Some(port))
            }
            _ => (host, None),
        };
        let well = !host.is_empty()
            && host.bytes().all(|b| {
                b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'[' | b']' | b':')
            });
        let port_well = port.is_none_or(|port| port.parse::<u16>().is_ok());
        if !well || !port_well {
            return Err(Wrong::new(format!("is no image: `{host}` is no registry")));
        }
    }
    if has_upper(path) {
        return Err(
            Wrong::new("is no image: its name has upper-case letters").help(format!(
                "write `{}`",
                text.replacen(path, &path.to_lowercase(), 1)
            )),
        );
    }
    match path.split('/').find(|part| !is_component(part)) {
        None => Ok(()),
        Some("") => Err(Wrong::new("is no image: a part of its name is empty")),
        Some(part) => Err(
            Wrong::new(format!("is no image: `{part}` is no name")).help(
                "names have lower-case letters and digits, with `.`, `_`, `__` or `-` between them",
            ),
        ),
    }
}

fn has_upper(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_uppercase())
}

/// Letters and digits, with one `.`, one or two `_`, or any number of `-` between them.
fn is_component(part: &str) -> bool {
    let mut separator = 0_usize;
    let mut run = 0_u8;
    let mut letters = false;
    for byte in part.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => {
                letters = true;
                separator = 0;
            }
            b'.' | b'_' | b'-' if letters => {
                if separator > 0 && byte != run {
                    return false;
                }
                run = byte;
                separator += 1;
                if byte == b'.' && separator > 1 || byte == b'_' && separator > 2 {
                    return false;
                }
            }
            _ => return false,
        }
    }
    letters && separator == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_have_name_tag_and_digest() {
        let sha = "a".repeat(64);
        for good in [
            "alpine",
            "alpine:3.20",
            "postgres:16-alpine",
            "otel/opentelemetry-collector:latest",
            "registry/clnrm:1.0.0",
            "localhost:5000/a/b:x",
            "ghcr.io/a__b/c-d.e",
            "registry.example.com:443/team/app",
            &format!("alpine@sha256:{sha}"),
            &format!("alpine:3@sha256:{sha}"),
        ] {
            assert!(parse(good).is_ok(), "{good}: {:?}", parse(good));
        }
        for bad in [
            "",
            "Alpine",
            "alpine latest",
            "alpine:",
            "alpine:a b",
            "alpine:-x",
            "https://docker.io/alpine",
            "a//b",
            "/a",
            "a/",
            "-a",
            "a_-b",
            "a..b",
            "alpine@sha256:abc",
            "localhost:x/a",
            "a:b:c",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_tag_floats_unless_it_names_a_version_or_a_digest_pins_it() {
        let digest = format!("alpine:latest@sha256:{}", "a".repeat(64));
        assert!(parse("alpine").unwrap().floats());
        assert!(parse("alpine:latest").unwrap().floats());
        assert!(parse("localhost:5000/alpine").unwrap().floats());
        assert!(!parse("alpine:3.20").unwrap().floats());
        assert!(!parse(&digest).unwrap().floats());
    }
}
