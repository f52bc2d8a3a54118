//! The places of the tables in `docs/performance.md`: what stands between `<!-- table: NAME -->` and
//! `<!-- /table -->` is written by the tools that measure.

use std::path::{Path, PathBuf};

/// The page that the tables stand in.
#[must_use]
pub fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/performance.md")
}

/// A table without its end.
#[derive(Debug, thiserror::Error)]
#[error("the table `{name}` has no `<!-- /table -->`")]
pub struct Unclosed {
    /// Its name.
    pub name: String,
}

const OPEN: &str = "<!-- table: ";
const CLOSE: &str = "<!-- /table -->";

/// `text` with every table made anew; what stands around them is kept. `table` is given the name of
/// one and what it holds now.
///
/// # Errors
/// A table without an end, and what `table` fails with.
pub fn fill<E: From<Unclosed>>(
    text: &str,
    table: impl Fn(&str, &str) -> Result<String, E>,
) -> Result<String, E> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(OPEN) {
        let (before, opened) = rest.split_at(at + OPEN.len());
        let name = opened.split(" -->").next().unwrap_or_default();
        let end = opened.find(CLOSE).ok_or_else(|| Unclosed {
            name: name.to_owned(),
        })?;
        let held = opened[..end]
            .split_once(" -->\n")
            .map_or("", |(_, held)| held);
        filled.push_str(before);
        filled.push_str(name);
        filled.push_str(" -->\n");
        filled.push_str(&table(name, held)?);
        rest = &opened[end..];
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The tables of a document, each with its name above.
pub fn tables(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(OPEN).skip(1);
    parts.map(|part| part.split(CLOSE).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_replaced_and_the_rest_stays() {
        let text = "a\n<!-- table: x -->\nold\n<!-- /table -->\nb <!-- other --> c\n";
        let once = fill::<Unclosed>(text, |name, held| {
            assert_eq!(held, "old\n");
            Ok(format!("new {name}\n"))
        })
        .unwrap();
        assert_eq!(
            once,
            "a\n<!-- table: x -->\nnew x\n<!-- /table -->\nb <!-- other --> c\n"
        );
        assert_eq!(
            fill::<Unclosed>(&once, |_, held| Ok(held.to_owned())).unwrap(),
            once
        );
        assert_eq!(tables(&once).collect::<Vec<_>>(), ["x -->\nnew x\n"]);
    }

    #[test]
    fn a_table_without_an_end_is_an_error() {
        let result = fill::<Unclosed>("<!-- table: x -->\nold\n", |_, _| Ok(String::new()));
        assert!(matches!(result, Err(Unclosed { name }) if name == "x"));
    }
}
