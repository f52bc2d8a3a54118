//! "Did you mean": the known name that is nearest to one that somebody mistyped.

/// Longer names are not compared letter by letter: nobody mistypes those, and comparing costs the
/// product of both lengths.
const LONGEST: usize = 64;

/// How a near name is offered.
#[must_use]
pub fn did_you_mean(near: &str) -> String {
    format!("did you mean `{near}`?")
}

/// Of `candidates` the one that `name` was probably meant to be; `None` if none is near enough, or
/// `name` itself is among them.
///
/// Near is: equal but for case and separators (`retryOnFailure` and `retry_on_failure`), or a third
/// of the letters mistyped, left out, added or swapped with their neighbour; of two letters one, if
/// they begin alike. Of equally near ones the first wins.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_of(name, &mut candidates.into_iter())
}

/// The same, compiled once for all kinds of candidates: the page's WebAssembly travels.
fn nearest_of<'a>(name: &str, candidates: &mut dyn Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    if length == 0 || length > LONGEST {
        return None;
    }
    let allowed = match length {
        1 => 0,
        2 => 1,
        _ => (length / 3).min(5),
    };
    let folded = fold(name);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate == name {
            return None;
        }
        // Bytes against letters: at most four to one, and a cheap test before an exact one.
        if candidate.len() > (length + allowed) * 4 {
            continue;
        }
        let distance = if fold(candidate) == folded {
            0
        } else if candidate.chars().count().abs_diff(length) <= allowed {
            strsim::osa_distance(name, candidate)
        } else {
            continue;
        };
        let begins_alike = candidate.chars().next() == name.chars().next();
        if length == 2 && distance > 0 && !begins_alike {
            continue;
        }
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// `name` without what is mistaken most easily: case and separators.
fn fold(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '_' | '-' | '.' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[&str] = &[
        "image",
        "args",
        "env",
        "ports",
        "volumes",
        "working_dir",
        "pull",
    ];

    #[test]
    fn a_typing_mistake_finds_its_field() {
        for (typed, meant) in [
            ("imge", "image"),
            ("imagee", "image"),
            ("iamge", "image"),
            ("arg", "args"),
            ("enf", "env"),
            ("volums", "volumes"),
            ("workdng_dir", "working_dir"),
        ] {
            assert_eq!(
                nearest(typed, FIELDS.iter().copied()),
                Some(meant),
                "{typed}"
            );
        }
    }

    #[test]
    fn case_and_separators_do_not_count() {
        assert_eq!(
            nearest("workingDir", FIELDS.iter().copied()),
            Some("working_dir")
        );
        assert_eq!(nearest("ENV", FIELDS.iter().copied()), Some("env"));
        assert_eq!(nearest("d-b", ["db"]), Some("db"));
    }

    #[test]
    fn short_names_must_begin_alike() {
        assert_eq!(nearest("ap", ["db", "api"]), Some("api"));
        assert_eq!(nearest("ap", ["up"]), None);
        assert_eq!(nearest("a", ["b", "ab"]), None);
    }

    #[test]
    fn what_is_far_is_not_suggested() {
        for typed in ["", "x", "db", "foo", "environment", "privileged"] {
            assert_eq!(nearest(typed, FIELDS.iter().copied()), None, "{typed}");
        }
        assert_eq!(nearest("api", ["db", "cache"]), None);
    }

    #[test]
    fn the_nearest_wins_and_the_name_itself_is_no_suggestion() {
        assert_eq!(
            nearest("service1", ["service2", "service"]),
            Some("service2")
        );
        assert_eq!(nearest("image", ["imag", "image"]), None);
    }

    #[test]
    fn long_names_cost_nothing() {
        let long = "x".repeat(1_000_000);
        assert_eq!(nearest(&long, ["x"]), None);
        assert_eq!(nearest("x", [long.as_str()]), None);
    }
}
