//! Where in the TOML of a file a place is, also in one that does not parse: which table it belongs
//! to, and whether a key or a value is being written there.
//!
//! Reads from the header of the table up to the place and no further: what is broken elsewhere does
//! not matter. Tags are blanked first, so that this works in templates too.

use crate::source::Span;
use crate::template::scan::Scan;

/// What is being written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// A header: the whole path up to the word at the place; `[[` or `[`.
    Header {
        parents: Vec<String>,
        of_tables: bool,
        word: Span,
    },
    /// A key of the table at `path`.
    Key { path: Vec<String>, word: Span },
    /// A value of the key at `path`; the last part is the key.
    Value {
        path: Vec<String>,
        word: Span,
        /// Within quotes.
        quoted: bool,
    },
    /// A comment.
    Comment,
}

/// A bracket that is open.
enum Open {
    Array,
    /// With the path of the key whose value it is.
    Inline(Vec<String>),
}

/// The place of a byte.
pub(super) fn at(text: &str, offset: usize) -> Place {
    let scan = Scan::of(text);
    let section = scan.sections.iter().rev();
    let section = section
        .map(|section| section.span)
        .find(|span| span.start <= offset)
        .unwrap_or(Span::new(0, text.len()));
    let blanked = scan.blanked(text, section);
    let inside = blanked.get(..offset - section.start).unwrap_or(&blanked);
    let first_line = blanked.split('\n').next().unwrap_or_default();
    let mut body = 0;
    let mut table = Vec::new();
    if first_line.trim_start().starts_with('[') {
        if inside.len() <= first_line.len() && !closes(inside) {
            return header(inside, section.start);
        }
        let (path, _) = header_path(first_line);
        table = path;
        body = (first_line.len() + 1).min(inside.len());
    }
    let mut reader = Reader {
        text: inside,
        at: body,
        open: Vec::new(),
        table,
        key: Vec::new(),
        in_value: false,
    };
    let place = reader.run();
    shifted(place, section.start)
}

fn closes(header: &str) -> bool {
    header.contains(']')
}

/// The names of a header, and whether it is of an array of tables.
fn header_path(line: &str) -> (Vec<String>, bool) {
    let line = line.trim_start();
    let of_tables = line.starts_with("[[");
    let inner = line.trim_start_matches('[');
    let inner = inner.split(']').next().unwrap_or_default();
    (names(inner), of_tables)
}

fn header(inside: &str, start: usize) -> Place {
    let word = word_before(inside);
    let (mut parents, of_tables) = header_path(inside);
    if !word.is_empty() {
        parents.pop();
    }
    let word = Span::new(start + word.start, start + word.end);
    Place::Header {
        parents,
        of_tables,
        word,
    }
}

/// The names of a dotted key, without their quotes; a name that is missing at the end is left out.
fn names(dotted: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut name = String::new();
    let mut quote = None;
    for character in dotted.chars() {
        match (character, quote) {
            ('"' | '\'', None) => quote = Some(character),
            (_, Some(open)) if character == open => quote = None,
            ('.', None) => names.push(std::mem::take(&mut name)),
            (character, None) if character.is_whitespace() => {}
            (character, _) => name.push(character),
        }
    }
    if !name.is_empty() {
        names.push(name);
    }
    names
}

/// The bare word that ends the text.
fn word_before(text: &str) -> Span {
    let bytes = text.bytes().rev();
    let length = bytes
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        .count();
    Span::new(text.len() - length, text.len())
}

fn shifted(place: Place, by: usize) -> Place {
    let shift = |word: Span| Span::new(word.start + by, word.end + by);
    match place {
        Place::Key { path, word } => Place::Key {
            path,
            word: shift(word),
        },
        Place::Value { path, word, quoted } => Place::Value {
            path,
            word: shift(word),
            quoted,
        },
        other => other,
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    open: Vec<Open>,
    table: Vec<String>,
    /// The key whose value is being written, within the innermost table.
    key: Vec<String>,
    in_value: bool,
}

impl Reader<'_> {
    fn run(&mut self) -> Place {
        let mut key_start = self.at;
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b'#' => {
                    let rest = &self.text[self.at..];
                    let Some(end) = rest.find('\n') else {
                        return Place::Comment;
                    };
                    self.at += end;
                    continue;
                }
                b'"' | b'\'' => {
                    let start = self.at;
                    if let Some(inner) = self.string() {
                        return if self.in_value {
                            self.value(Span::new(inner, self.text.len()), true)
                        } else {
                            self.key_place(key_start, start)
                        };
                    }
                    continue;
                }
                b'=' if !self.in_value => {
                    self.key = names(&self.text[key_start..self.at]);
                    self.in_value = true;
                }
                b'[' if self.in_value => self.open.push(Open::Array),
                b'{' if self.in_value => {
                    let path = self.path();
                    self.open.push(Open::Inline(path));
                    self.in_value = false;
                    self.key.clear();
                    key_start = self.at + 1;
                }
                b',' => {
                    if let Some(Open::Inline(_)) = self.open.last() {
                        self.in_value = false;
                        key_start = self.at + 1;
                    }
                }
                b']' | b'}' => self.close(),
                b'\n' => {
                    let alone = self.open.is_empty() || self.starts_statement(self.at + 1);
                    if alone {
                        self.open.clear();
                        self.key.clear();
                        self.in_value = false;
                    }
                    if !self.in_value {
                        key_start = self.at + 1;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        if self.in_value {
            self.value(word_before(self.text), false)
        } else {
            self.key_place(key_start, self.text.len())
        }
    }

    fn close(&mut self) {
        if let Some(Open::Inline(path)) = self.open.pop() {
            // Back in the value that it was.
            self.key = path;
            self.key.drain(..self.base().len().min(self.key.len()));
            self.in_value = true;
        }
    }

    /// The table in which keys are written now.
    fn base(&self) -> Vec<String> {
        let inner = self.open.iter().rev().find_map(|open| match open {
            Open::Inline(path) => Some(path.clone()),
            Open::Array => None,
        });
        inner.unwrap_or_else(|| self.table.clone())
    }

    fn path(&self) -> Vec<String> {
        let mut path = self.base();
        path.extend(self.key.iter().cloned());
        path
    }

    fn value(&self, word: Span, quoted: bool) -> Place {
        Place::Value {
            path: self.path(),
            word,
            quoted,
        }
    }

    fn key_place(&self, key_start: usize, end: usize) -> Place {
        let written = &self.text[key_start.min(end)..];
        let word = word_before(self.text);
        let mut path = self.base();
        let mut parts = names(written);
        if !word.is_empty() {
            parts.pop();
        }
        path.extend(parts);
        Place::Key { path, word }
    }

    /// Passes a string; the start of its inside if it does not end.
    fn string(&mut self) -> Option<usize> {
        let rest = &self.text[self.at..];
        let long = ["\"\"\"", "'''"]
            .into_iter()
            .find(|quote| rest.starts_with(quote));
        let quote = long.unwrap_or(&rest[..1]);
        let inner = self.at + quote.len();
        let mut at = inner;
        while at < self.text.len() {
            let rest = &self.text[at..];
            if rest.starts_with(quote) {
                self.at = at + quote.len();
                return None;
            }
            if long.is_none() && rest.starts_with('\n') {
                // Not closed: it ends with its line.
                self.at = at;
                return None;
            }
            let escaped = quote.starts_with('"') && rest.starts_with('\\');
            let step = rest.chars().next().map_or(1, char::len_utf8);
            at += step;
            if escaped {
                at += self.text[at..].chars().next().map_or(0, char::len_utf8);
            }
        }
        self.at = self.text.len();
        Some(inner)
    }

    /// Whether a line looks like `key = …`: whatever is open above was never closed.
    fn starts_statement(&self, at: usize) -> bool {
        let line = self.text[at..].lines().next().unwrap_or_default();
        let Some((key, _)) = line.split_once('=') else {
            return false;
        };
        let key = key.trim();
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"');
        // In an inline table over several lines this is a key, too, but of that table.
        let in_array = matches!(self.open.last(), Some(Open::Array));
        in_array && !key.is_empty() && key.chars().all(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place of `|` in a text, in short.
    fn place(text: &str) -> String {
        let offset = text.find('|').unwrap();
        let text = text.replacen('|', "", 1);
        let word = |word: Span| word.of(&text).to_owned();
        match at(&text, offset) {
            Place::Header {
                parents,
                of_tables,
                word: at,
            } => format!("header {} {of_tables} {}", parents.join("/"), word(at)),
            Place::Key { path, word: at } => format!("key {} {}", path.join("/"), word(at)),
            Place::Value {
                path,
                word: at,
                quoted,
            } => format!("value {} {quoted} {}", path.join("/"), word(at)),
            Place::Comment => "comment".to_owned(),
        }
    }

    #[test]
    fn keys_and_values_of_tables() {
        assert_eq!(place("|"), "key  ");
        assert_eq!(place("[meta]\nna|"), "key meta na");
        assert_eq!(place("[meta]\nname = \"a|\""), "value meta/name true a");
        assert_eq!(place("[meta]\nname = |\n[x]\n"), "value meta/name false ");
        assert_eq!(
            place("[service.\"a b\"]\nimage = 'x'\n  plu|gin = 1"),
            "key service/a b plu"
        );
        assert_eq!(place("a.b.c|"), "key a/b c");
        assert_eq!(place("a = 1 # x|"), "comment");
    }

    #[test]
    fn arrays_and_inline_tables() {
        assert_eq!(place("[s]\nrun = [{ com|"), "key s/run com");
        assert_eq!(
            place("[s]\nrun = [{ a = 1, command = 'x|"),
            "value s/run/command true x"
        );
        assert_eq!(place("[s]\nretry = { a = { b = 1 }, |"), "key s/retry ");
        assert_eq!(place("[s]\nd = ['a', \"b|"), "value s/d true b");
        assert_eq!(place("[s]\nd = [\n  'a',\n  |\n]"), "value s/d false ");
        assert_eq!(place("[s]\nd = [['a', '|"), "value s/d true ");
    }

    #[test]
    fn headers() {
        assert_eq!(place("[ser|"), "header  false ser");
        assert_eq!(place("x = 1\n[[expect.s|]]\n"), "header expect true s");
        assert_eq!(place("[service.api.|"), "header service/api false ");
    }

    #[test]
    fn broken_text_above_does_not_matter() {
        assert_eq!(place("[s]\nports = [80,\nimage = 'a'\nna|"), "key s na");
        assert_eq!(place("[s]\nname = \"open\nima|"), "key s ima");
        assert_eq!(place("[[[x\n== =\n[s]\nima|"), "key s ima");
        assert_eq!(place("a = \"\"\"\n[x]\nb = |"), "value a true \n[x]\nb = ");
    }

    #[test]
    fn tags_are_passed_over() {
        assert_eq!(
            place("[s]\nname = \"{{ a }}\"\n{% if x %}\nim|"),
            "key s im"
        );
        assert_eq!(
            place("{% import \"m\" as m %}\n[s]\nim|{{ x }}"),
            "key s im"
        );
    }

    #[test]
    fn no_place_panics() {
        let text = "[a.\"ä]\nx = [{ 'é = \"\\😀\n''' {{ ü\n}}]] = [[b\n\"\"\"";
        for (at_byte, _) in text.char_indices() {
            at(text, at_byte);
        }
        at(text, text.len());
    }
}
