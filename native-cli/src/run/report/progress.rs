//! What is going on, for who looks at a terminal: a line for each running test, a bar, the time. It
//! stands below what was printed, and is taken away before anything else is.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::printer::Screen;
use crate::printer::text::{clean, fit};

/// Lines for running tests; more are counted.
const LINES: usize = 6;

/// Columns of the bar.
const BAR: usize = 24;

/// What is going on.
#[derive(Debug)]
pub struct Progress {
    begun: Instant,
    tests: usize,
    ended: usize,
    failed: usize,
    /// Path, title, and when it began.
    running: Vec<(String, String, Instant)>,
    /// Lines on the screen.
    drawn: usize,
}

impl Progress {
    /// Of so many tests, none of which has begun.
    pub fn new(tests: usize) -> Self {
        Self {
            begun: Instant::now(),
            tests,
            ended: 0,
            failed: 0,
            running: Vec::new(),
            drawn: 0,
        }
    }

    /// A test begins.
    pub fn begins(&mut self, path: &str, title: String) {
        self.running.push((path.to_owned(), title, Instant::now()));
    }

    /// A test has ended.
    pub fn ends(&mut self, path: &str, title: &str, failed: bool) {
        let at = self.running.iter();
        let mut at = at.enumerate();
        let at = at.find(|(_, (known, name, _))| known == path && name == title);
        if let Some((at, _)) = at {
            self.running.remove(at);
        }
        self.ended += 1;
        self.failed += usize::from(failed);
    }

    /// Takes away what is on the screen.
    pub fn erase(&mut self) -> String {
        match std::mem::take(&mut self.drawn) {
            0 => String::new(),
            // Up so many lines, and all below the cursor.
            lines => format!("\x1b[{lines}A\x1b[J"),
        }
    }

    /// Draws anew.
    pub fn draw(&mut self, screen: &Screen) -> String {
        let screen = screen.measured();
        let mut out = self.erase();
        let lines = self.lines(Instant::now(), &screen);
        self.drawn = lines.len();
        for line in lines {
            let _ = writeln!(out, "{line}");
        }
        out
    }

    fn lines(&self, now: Instant, screen: &Screen) -> Vec<String> {
        let styles = &screen.styles;
        let faint = styles.faint;
        // The last column stays empty: some terminals break the line after it.
        let room = screen.width.saturating_sub(1);
        let mut lines = Vec::new();
        for (_, title, since) in self.running.iter().take(LINES) {
            let time = time(now.saturating_duration_since(*since));
            let title = fit(&clean(title), room.saturating_sub(14 + time.len()));
            lines.push(format!(
                "{faint}running{faint:#}     {title}  {faint}{time}{faint:#}"
            ));
        }
        if self.running.len() > LINES {
            lines.push(format!(
                "{faint}and {} more{faint:#}",
                self.running.len() - LINES
            ));
        }
        let full = (BAR * self.ended).checked_div(self.tests).unwrap_or(BAR);
        let style = if self.failed > 0 {
            styles.error
        } else {
            styles.good
        };
        let numbers = format!(
            "{} of {} · {}",
            self.ended,
            self.tests,
            time(now.saturating_duration_since(self.begun))
        );
        let bar = BAR.min(room.saturating_sub(numbers.len() + 2));
        let full = full.min(bar);
        lines.push(format!(
            "{style}{}{style:#}{faint}{}{faint:#}  {numbers}",
            "━".repeat(full),
            "─".repeat(bar - full)
        ));
        lines
    }
}

/// Whole seconds, and minutes.
fn time(elapsed: Duration) -> String {
    match elapsed.as_secs() {
        seconds @ ..60 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::*;
    use crate::printer::style::Styles;

    fn screen(width: usize) -> Screen {
        Screen {
            styles: Styles::new(false),
            width,
            terminal: true,
        }
    }

    #[test]
    fn running_tests_have_a_line_each_and_the_bar_is_last() {
        let mut progress = Progress::new(4);
        progress.begins("a", "pays".to_owned());
        progress.begins("b", "ships\n".to_owned());
        progress.ends("a", "pays", true);
        let lines = progress.lines(progress.begun + Duration::from_secs(75), &screen(80));
        assert_eq!(lines.len(), 2);
        assert!(
            lines[0].starts_with("running     ships␊  1 min "),
            "{lines:?}"
        );
        assert_eq!(lines[1], "━━━━━━──────────────────  1 of 4 · 1 min 15 s");
    }

    #[test]
    fn what_was_drawn_is_taken_away_once() {
        let mut progress = Progress::new(1);
        progress.begins("a", "pays".to_owned());
        assert_eq!(progress.erase(), "");
        progress.draw(&screen(80));
        assert_eq!(progress.erase(), "\x1b[2A\x1b[J");
        assert_eq!(progress.erase(), "");
    }

    #[test]
    fn every_line_fits() {
        let mut progress = Progress::new(20);
        for at in 0..20 {
            progress.begins("a", format!("{at} {}", "名前".repeat(40)));
        }
        for width in [20, 40, 80] {
            let lines = progress.lines(progress.begun, &screen(width));
            assert_eq!(lines.len(), LINES + 2);
            assert!(lines.iter().all(|line| line.width() < width), "{lines:#?}");
        }
    }
}
