//! Patterns of paths and names: `[lint] allow`, `[template] allow_env`.

/// Whether `path` is one of those that `pattern` means: `*` and `?` within a name, `**` across
/// folders.
pub(super) fn glob(pattern: &str, path: &str) -> bool {
    fn names(pattern: &[&str], path: &[&str]) -> bool {
        match (pattern.split_first(), path.split_first()) {
            (None, None) => true,
            (Some((&"**", rest)), _) => {
                names(rest, path)
                    || path
                        .split_first()
                        .is_some_and(|(_, path)| names(pattern, path))
            }
            (Some((name, rest)), Some((first, path))) => {
                one(name.as_bytes(), first.as_bytes()) && names(rest, path)
            }
            _ => false,
        }
    }
    /// Greedy with one step back: linear but for the last star.
    fn one(pattern: &[u8], name: &[u8]) -> bool {
        let (mut p, mut n) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while n < name.len() {
            match pattern.get(p) {
                Some(b'*') => {
                    star = Some((p, n));
                    p += 1;
                }
                Some(b'?') => {
                    p += 1;
                    n += 1;
                }
                Some(byte) if *byte == name[n] => {
                    p += 1;
                    n += 1;
                }
                _ => {
                    let Some((at, from)) = star else {
                        return false;
                    };
                    p = at + 1;
                    n = from + 1;
                    star = Some((at, n));
                }
            }
        }
        pattern[p..].iter().all(|byte| *byte == b'*')
    }
    let parts = |text: &'_ str| -> Vec<String> {
        text.split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .map(str::to_owned)
            .collect()
    };
    let mut pattern = parts(pattern);
    // `**/**` is `**`; many of them would only cost time.
    pattern.dedup_by(|a, b| a == "**" && b == "**");
    let pattern: Vec<&str> = pattern.iter().map(String::as_str).collect();
    let path = parts(path);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    names(&pattern, &path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, path, matches) in [
            ("tests/legacy/**", "tests/legacy/a/b.toml", true),
            ("tests/legacy/**", "tests/new/b.toml", false),
            ("**/*.toml", "b.toml", true),
            ("**/*.toml", "a/b.toml.tera", false),
            ("tests/*", "tests/a/b", false),
            ("t?sts/*.to*", "tests/a.toml", true),
            ("./tests/a", "tests/a", true),
            ("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ] {
            assert_eq!(glob(pattern, path), matches, "{pattern} {path}");
        }
    }
}
