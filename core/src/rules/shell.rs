//! Enough of the shell to see which programs a line surely runs, and with which words.
//!
//! Not an interpreter: what is quoted within quotes, expanded or read from a here-document is not
//! followed, so that a rule sees too few commands rather than commands that do not run.

use crate::config::model::Command;

/// A simple command of a line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Simple {
    /// Program and arguments, quotes removed. A word that holds an expansion is kept as written.
    pub words: Vec<String>,
    /// The line goes on where this command fails: something follows after `||`, or it is negated or
    /// a condition.
    pub may_fail: bool,
}

/// Shells whose `-c` takes a line.
const SHELLS: [&str; 6] = ["sh", "bash", "ash", "dash", "zsh", "ksh"];
/// `sh -c "sh -c …"` and so on: so deep is looked.
const DEEPEST: usize = 4;

/// The simple commands that `command` runs.
pub fn commands(command: &Command) -> Vec<Simple> {
    match command {
        Command::Shell(line) => parse(&line.value, 0),
        Command::Argv { words, .. } => {
            let words = words.iter().map(|word| word.value.clone()).collect();
            unfold(
                Simple {
                    words,
                    may_fail: false,
                },
                0,
            )
        }
    }
}

/// Takes away what stands before a program (`sudo`, `env A=1`, …), and opens `sh -c`.
fn unfold(mut simple: Simple, depth: usize) -> Vec<Simple> {
    let words = &mut simple.words;
    while let Some(first) = words.first() {
        let wrapper = matches!(
            base(first),
            "sudo" | "env" | "exec" | "time" | "nohup" | "command"
        );
        let assignment = first.split_once('=').is_some_and(|(name, _)| is_name(name));
        let timeout = base(first) == "timeout";
        if !(wrapper || assignment || timeout) {
            break;
        }
        words.remove(0);
        while words.first().is_some_and(|word| word.starts_with('-')) {
            words.remove(0);
        }
        if timeout && !words.is_empty() {
            words.remove(0);
        }
    }
    let line = words
        .first()
        .filter(|first| SHELLS.contains(&base(first)))
        .and_then(|_| {
            let options = words[1..]
                .iter()
                .take_while(|word| word.starts_with('-'))
                .count();
            let takes_line = words[1..=options]
                .iter()
                .any(|word| !word.starts_with("--") && word.contains('c'));
            words.get(options + 1).filter(|_| takes_line)
        });
    match line {
        Some(line) if depth < DEEPEST => {
            let mut inner = parse(line, depth + 1);
            inner
                .iter_mut()
                .for_each(|command| command.may_fail |= simple.may_fail);
            inner
        }
        _ => vec![simple],
    }
}

/// The name of a program without its folders.
pub fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A piece of a line.
#[derive(PartialEq, Eq, Debug)]
enum Piece {
    Word(String),
    /// `||`
    Or,
    /// `&&`
    And,
    /// `|`
    Pipe,
    /// `;`, `&`, a line's end, a bracket.
    End,
}

fn parse(line: &str, depth: usize) -> Vec<Simple> {
    let mut commands: Vec<Simple> = Vec::new();
    // Where the list of commands that `&&` and `||` join starts.
    let mut list = 0;
    let mut words: Vec<String> = Vec::new();
    let mut condition = false;
    let pieces = pieces(line);
    for piece in pieces.into_iter().chain([Piece::End]) {
        let piece = match piece {
            Piece::Word(word) if words.is_empty() && is_keyword(&word) => {
                condition = match word.as_str() {
                    "if" | "elif" | "while" | "until" | "!" => true,
                    "then" | "do" | "else" | "fi" | "done" => false,
                    _ => condition,
                };
                continue;
            }
            Piece::Word(word) => {
                words.push(word);
                continue;
            }
            other => other,
        };
        if !words.is_empty() {
            let simple = Simple {
                words: std::mem::take(&mut words),
                may_fail: condition,
            };
            commands.push(simple);
        }
        match piece {
            Piece::Or => commands[list..]
                .iter_mut()
                .for_each(|command| command.may_fail = true),
            Piece::End => {
                list = commands.len();
                condition = false;
            }
            _ => {}
        }
    }
    commands
        .into_iter()
        .flat_map(|simple| unfold(simple, depth))
        .collect()
}

fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "if" | "elif"
            | "while"
            | "until"
            | "!"
            | "then"
            | "do"
            | "else"
            | "fi"
            | "done"
            | "{"
            | "}"
    )
}

fn pieces(line: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars().peekable();
    let finish = |word: &mut Option<String>, pieces: &mut Vec<Piece>| {
        pieces.extend(word.take().map(Piece::Word));
    };
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('\n') | None => {}
                Some(escaped) => word.get_or_insert_default().push(escaped),
            },
            '\'' => {
                let quoted = word.get_or_insert_default();
                quoted.extend(chars.by_ref().take_while(|c| *c != '\''));
            }
            '"' => {
                let quoted = word.get_or_insert_default();
                while let Some(c) = chars.next().filter(|c| *c != '"') {
                    match c {
                        '\\' => quoted.extend(chars.next()),
                        _ => quoted.push(c),
                    }
                }
            }
            '#' if word.is_none() => while chars.next_if(|c| *c != '\n').is_some() {},
            // What follows may be the text of a here-document.
            '<' if chars.peek() == Some(&'<') => break,
            ' ' | '\t' | '\r' => finish(&mut word, &mut pieces),
            '|' | '&' => {
                // `2>&1` is part of a redirection.
                if c == '&' && word.as_ref().is_some_and(|word| word.ends_with(['>', '<'])) {
                    word.get_or_insert_default().push(c);
                    continue;
                }
                finish(&mut word, &mut pieces);
                let double = chars.next_if_eq(&c).is_some();
                pieces.push(match (c, double) {
                    ('|', true) => Piece::Or,
                    ('|', false) => Piece::Pipe,
                    (_, true) => Piece::And,
                    (_, false) => Piece::End,
                });
            }
            ';' | '\n' | '(' | ')' | '`' => {
                finish(&mut word, &mut pieces);
                pieces.push(Piece::End);
            }
            _ => word.get_or_insert_default().push(c),
        }
    }
    finish(&mut word, &mut pieces);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::model::Text;

    fn shell(line: &str) -> Vec<(String, bool)> {
        let text = Text {
            value: line.to_owned(),
            ..Text::default()
        };
        let found = commands(&Command::Shell(text));
        found
            .into_iter()
            .map(|simple| (simple.words.join(" "), simple.may_fail))
            .collect()
    }

    fn surely(line: &str) -> Vec<String> {
        shell(line)
            .into_iter()
            .filter(|(_, may_fail)| !may_fail)
            .map(|(words, _)| words)
            .collect()
    }

    #[test]
    fn a_line_is_cut_into_its_commands() {
        assert_eq!(
            surely("a b; c && d | e & f\ng"),
            ["a b", "c", "d", "e", "f", "g"]
        );
        assert_eq!(
            surely("A=1 sudo -E env B=2 timeout 5 a 'x y' \"z\""),
            ["a x y z"]
        );
        assert_eq!(surely("a >out 2>&1; b"), ["a >out 2>&1", "b"]);
        assert_eq!(surely("a \\\n b # c; d"), ["a b"]);
        assert_eq!(surely("(a; b)"), ["a", "b"]);
    }

    #[test]
    fn quotes_hide_commands() {
        assert_eq!(surely("echo 'a; b' \"c && d\""), ["echo a; b c && d"]);
        assert_eq!(surely("cat <<EOF\ncurl x\nEOF"), ["cat"]);
    }

    #[test]
    fn a_shell_within_is_opened() {
        assert_eq!(surely("sh -lc 'a; b'"), ["a", "b"]);
        assert_eq!(surely("bash -e -c \"sh -c 'a'\""), ["a"]);
        assert_eq!(surely("sh script.sh"), ["sh script.sh"]);
        let argv = ["sh", "-c", "a && b"].map(|word| Text {
            value: word.into(),
            ..Text::default()
        });
        let found = commands(&Command::Argv {
            words: argv.into(),
            span: Default::default(),
        });
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn what_may_fail_is_known() {
        assert_eq!(
            shell("a && b || c")[..2],
            [("a".into(), true), ("b".into(), true)]
        );
        assert_eq!(surely("a || b; d"), ["b", "d"]);
        assert_eq!(
            surely("if a; then b; fi; ! c; while d; do e; done"),
            ["b", "e"]
        );
        assert_eq!(surely("sh -c 'a' || b"), ["b"]);
    }

    #[test]
    fn broken_lines_do_no_harm() {
        for line in [
            "'", "\"", "a 'b", "\\", "|| &&", "((", "a <", "$(", "a=", "=", "sh -c", "timeout",
        ] {
            shell(line);
        }
    }
}
