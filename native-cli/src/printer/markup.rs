//! Text within HTML and SVG.

use super::text::stand_in;

/// `text` as the text of an element or the value of an attribute, in HTML and XML alike: it ends neither.
/// What would reorder it or has no picture of its own is made visible; line breaks and tabs stay.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(character),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(stand_in(other).unwrap_or(other)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_element() {
        assert_eq!(
            escaped("</pre><script>\"'&\u{1b}[31m\u{202e}\n\t"),
            "&lt;/pre&gt;&lt;script&gt;&quot;&#39;&amp;␛[31m\u{fffd}\n\t"
        );
    }
}
