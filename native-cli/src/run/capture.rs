//! What a command or container printed, kept within bounds.

use std::collections::VecDeque;

/// Bytes kept of the beginning of a stream.
const HEAD: usize = 4 << 20;
/// Bytes kept of its end.
const TAIL: usize = 4 << 20;

/// A stream: its beginning and its end, and how much was between.
#[derive(Clone, Debug)]
pub struct Capture {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    lost: u64,
    limits: (usize, usize),
}

impl Default for Capture {
    fn default() -> Self {
        Self::with_limits(HEAD, TAIL)
    }
}

impl Capture {
    const fn with_limits(head: usize, tail: usize) -> Self {
        Self {
            head: Vec::new(),
            tail: VecDeque::new(),
            lost: 0,
            limits: (head, tail),
        }
    }

    /// Takes more of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        let (head, tail) = self.limits;
        let room = head.saturating_sub(self.head.len()).min(bytes.len());
        let (first, rest) = bytes.split_at(room);
        self.head.extend_from_slice(first);
        // Of more than fits only the end is worth copying.
        let skip = rest.len().saturating_sub(tail);
        let (skipped, rest) = rest.split_at(skip);
        let over = (self.tail.len() + rest.len()).saturating_sub(tail);
        self.tail.drain(..over);
        self.lost += (over + skipped.len()) as u64;
        self.tail.extend(rest);
    }

    /// Bytes that were thrown away between beginning and end.
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    /// The stream as text, without its last line break; bytes that are no UTF-8 are `U+FFFD`. If
    /// something is lost a line in between says how much.
    pub fn text(&self) -> String {
        let (one, two) = self.tail.as_slices();
        let text = if self.lost == 0 {
            let all = [&self.head, one, two].concat();
            String::from_utf8_lossy(&all).into_owned()
        } else {
            let tail = [one, two].concat();
            format!(
                "{}\n[… {} bytes are not kept …]\n{}",
                String::from_utf8_lossy(&self.head),
                self.lost,
                String::from_utf8_lossy(&tail)
            )
        };
        match text.strip_suffix('\n') {
            Some(rest) => rest.strip_suffix('\r').unwrap_or(rest).to_owned(),
            None => text,
        }
    }
}

/// Lines of a text that are shown of its end.
pub const LAST_LINES: usize = 20;

/// Characters shown of a line.
const LINE: usize = 400;

/// The last lines of a text, each cut to a length that can be read.
pub fn last_lines(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.len().saturating_sub(LAST_LINES);
    let cut = lines[first..]
        .iter()
        .map(|line| match line.char_indices().nth(LINE) {
            Some((end, _)) => format!("{} [… {} more bytes]", &line[..end], line.len() - end),
            None => (*line).to_owned(),
        });
    cut.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_stream_is_kept_whole() {
        let mut capture = Capture::with_limits(4, 4);
        capture.push(b"abc");
        capture.push(b"defg\n");
        assert_eq!((capture.text().as_str(), capture.lost()), ("abcdefg", 0));
    }

    #[test]
    fn a_long_one_keeps_both_ends_and_says_how_much_is_missing() {
        let mut capture = Capture::with_limits(4, 4);
        capture.push(b"0123456789");
        capture.push(b"ab");
        assert_eq!(capture.text(), "0123\n[… 4 bytes are not kept …]\n89ab");
        capture.push(&[b'x'; 100]);
        assert_eq!(capture.lost(), 104);
        assert!(capture.text().ends_with("\nxxxx"));
    }

    #[test]
    fn broken_utf8_is_text_all_the_same() {
        let mut capture = Capture::default();
        capture.push(b"a\xffb\r\n");
        assert_eq!(capture.text(), "a\u{fffd}b");
    }

    #[test]
    fn only_the_last_lines_are_shown_and_a_line_is_cut() {
        let text = format!("{}{}", "a\n".repeat(50), "b".repeat(1000));
        let lines = last_lines(&text);
        assert_eq!(lines.len(), LAST_LINES);
        assert!(lines[LAST_LINES - 1].ends_with("[… 600 more bytes]"));
    }
}
