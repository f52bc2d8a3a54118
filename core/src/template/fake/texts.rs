//! Words, sentences and paragraphs.

use super::super::call::{Args, CallError, Callable, optional};
use super::super::functions::capped;
use super::super::host::Host;
use super::super::random::{Random, SEED};
use super::words::WORDS;
use super::{kind, one};

/// The most words that one call makes.
const MOST: usize = 100_000;

pub(super) const FUNCTIONS: &[Callable] = &[
    kind!("fake_word", "A word.", word),
    Callable::ours(
        "fake_words",
        &[optional("count", "3").or(&["n"]), SEED],
        "`count` words with spaces between them.",
        words,
    ),
    kind!(
        "fake_sentence",
        "A sentence of four to nine words.",
        sentence
    ),
    kind!(
        "fake_paragraph",
        "A paragraph of three to six sentences.",
        |random| {
            let count = 3 + random.place(4);
            let sentences: Vec<String> = (0..count).map(|_| sentence(random)).collect();
            sentences.join(" ")
        }
    ),
];

/// A word.
pub(super) fn word(random: &mut Random) -> &'static str {
    one(random, WORDS)
}

fn words(args: &Args<'_>, host: &Host) -> Result<minijinja::Value, CallError> {
    let count = capped(args, "count", 3, MOST, host)?;
    // A word and its space have at most eight bytes.
    host.charge(8 * count as u64)?;
    let mut random = Random::for_call("fake_words", args, host)?;
    let words: Vec<&str> = (0..count).map(|_| word(&mut random)).collect();
    Ok(words.join(" ").into())
}

fn sentence(random: &mut Random) -> String {
    let count = 4 + random.place(6);
    let words: Vec<&str> = (0..count).map(|_| word(random)).collect();
    format!("{}.", capitalized(&words.join(" ")))
}

/// ASCII text with its first letter large.
pub(super) fn capitalized(text: &str) -> String {
    let (first, rest) = text.split_at(text.len().min(1));
    first.to_ascii_uppercase() + rest
}
