//! What a terminal showed, compared with what it shows now.

/// Times are the machine's: `2.1 ms` and the like become one word.
#[must_use]
pub fn timeless(text: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    for word in text.split(' ') {
        let unit = word.split('\n').next().unwrap_or_default();
        let number = out.last().is_some_and(|last| last.parse::<f64>().is_ok());
        if number && matches!(unit, "µs" | "ms" | "s") {
            // A slow machine counts in another unit.
            out.pop();
            out.push("TIME");
            out.push(&word[unit.len()..]);
            continue;
        }
        out.push(word);
    }
    out.join(" ")
}
