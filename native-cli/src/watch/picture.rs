//! What a terminal shows after a pass, in no more rows than it has: why there was one, what is
//! mended, what is broken now, and always last the line of numbers.

use std::cmp::Reverse;
use std::fmt::Write as _;

use clnrm_core::diagnostic::{Diagnostic, Severity};
use clnrm_core::report::{FileReport, Summary};

use super::pass::Pass;
use super::rows::{cut, rows};
use super::state::{State, StateTexts};
use crate::printer::style::{Styles, word};
use crate::printer::text::{clean, count, duration};
use crate::printer::{Screen, human, lines};
use crate::session::Session;

/// Names shown of what changed, was mended, or went.
const MAX_NAMES: usize = 3;
/// Rows where nobody counts them.
const ENOUGH: usize = 600;

/// What is drawn.
pub struct Picture<'a> {
    /// The pass.
    pub pass: &'a Pass,
    /// What is known.
    pub state: &'a State,
    /// The run.
    pub session: &'a Session,
    /// Where to.
    pub screen: Screen,
    /// Rows there are; `None`: as many as it takes.
    pub height: Option<usize>,
    /// Whether warnings are left out.
    pub failures_only: bool,
    /// Whether nothing but the numbers is wanted.
    pub cleared: bool,
    /// Whether events are let pass.
    pub paused: bool,
    /// What came of a run of tests, and what is being run.
    pub run: [&'a str; 2],
    /// Keys or statistics, if somebody asked for them.
    pub panel: Option<&'a str>,
}

impl<'a> Picture<'a> {
    /// The rows, from top to bottom.
    pub fn rows(&self) -> Vec<String> {
        let width = self.screen.width;
        let mut head = String::new();
        let mut foot = String::new();
        self.numbers(&mut foot);
        let foot = rows(&foot, width);
        if self.cleared {
            return foot;
        }
        self.news(&mut head);
        head.push_str(self.panel.unwrap_or_default());
        self.run.iter().for_each(|text| head.push_str(text));
        let mut all = rows(&head, width);
        let height = self.height.unwrap_or(ENOUGH).max(foot.len() + 1);
        all.truncate(height - foot.len());
        let room = height - foot.len() - all.len();
        all.extend(self.broken(room));
        all.extend(foot);
        all
    }

    fn news(&self, out: &mut String) {
        let Styles {
            good,
            faint,
            warning,
            ..
        } = self.screen.styles;
        let pass = self.pass;
        if !pass.reason.is_empty() {
            let files = self.state.summary(pass.latency).files;
            reason(out, pass, files, &self.screen.styles);
        }
        if !pass.mended.is_empty() {
            let names = names(pass.mended.iter().map(|name| &**name));
            let _ = writeln!(out, "{good}mended{good:#} {names}");
        }
        if !pass.removed.is_empty() {
            let names = names(pass.removed.iter().map(|name| &**name));
            let _ = writeln!(out, "{faint}removed{faint:#} {names}");
        }
        match &self.state.settings_fault {
            Some(fault) => out.push_str(fault),
            None => {
                for notice in &pass.notices {
                    let _ = writeln!(out, "{warning}{}{warning:#}", clean(notice));
                }
            }
        }
        for remark in &pass.remarks {
            let _ = writeln!(out, "{faint}{remark}{faint:#}");
        }
        if pass.reason.is_empty() {
            human::skipped(out, &self.state.skipped(), &self.screen.styles);
        }
    }

    /// What is broken, within `room` rows: frames as long as there is room for one row of each of
    /// the others too (a third of the room at most), then a row each, then their number.
    fn broken(&self, room: usize) -> Vec<String> {
        let least = if self.failures_only {
            Severity::Error
        } else {
            Severity::Warning
        };
        let items: Vec<(&FileReport, &Diagnostic)> = self.in_order(least);
        let mut out: Vec<String> = Vec::new();
        let mut shown = 0;
        let texts = StateTexts {
            state: self.state,
            session: self.session,
        };
        for (file, diagnostic) in &items {
            let frame = frame(file, diagnostic, &texts, &self.screen);
            let left = items.len() - shown - 1;
            let others = left.min(room / 3);
            if out.len() + frame.len() + others > room {
                break;
            }
            out.extend(frame);
            shown += 1;
        }
        // The empty row after the last frame, where nothing follows it.
        for (_, diagnostic) in &items[shown..] {
            let is_last = shown + 1 == items.len();
            if out.len() + usize::from(!is_last) >= room {
                break;
            }
            out.push(self.in_short(diagnostic));
            shown += 1;
        }
        let omitted: usize = self.state.broken().iter().map(|file| file.omitted).sum();
        let more = items.len() - shown + omitted;
        if more > 0 && out.len() < room {
            let faint = self.screen.styles.faint;
            let dots = if shown > 0 { "… and " } else { "" };
            let line = format!("{faint}{dots}{more} more: `clnrm dry-run` shows them all{faint:#}");
            out.push(cut(&line, self.screen.width));
        }
        out
    }

    /// The files of this pass first: somebody has them open. Of those, and of the others, errors
    /// first.
    fn in_order(&self, least: Severity) -> Vec<(&'a FileReport, &'a Diagnostic)> {
        let broken = self.state.broken();
        let is_news = |file: &&&FileReport| {
            !self.pass.reason.is_empty() && self.pass.checked.contains(&file.path)
        };
        let (news, others): (Vec<&'a FileReport>, Vec<&'a FileReport>) =
            broken.iter().partition(is_news);
        let ordered = |files: Vec<&'a FileReport>| {
            let mut all: Vec<(&'a FileReport, &'a Diagnostic)> = files
                .into_iter()
                .flat_map(|file| file.diagnostics.iter().map(move |one| (file, one)))
                .filter(|(_, diagnostic)| diagnostic.severity >= least)
                .collect();
            all.sort_by_key(|(_, diagnostic)| Reverse(diagnostic.severity));
            all
        };
        let mut all = ordered(news);
        all.extend(ordered(others));
        all
    }

    fn in_short(&self, diagnostic: &Diagnostic) -> String {
        let style = self.screen.styles.severity(diagnostic.severity);
        let line = format!(
            "{style}{}[{}]{style:#} {} {}",
            word(diagnostic.severity),
            diagnostic.code,
            human::place(&diagnostic.primary),
            clean(&diagnostic.message),
        );
        cut(&line, self.screen.width)
    }

    /// `12 files · 11 ok · 1 failed · 34 ms · 14:02:11`.
    fn numbers(&self, out: &mut String) {
        let summary = self.state.summary(self.pass.latency);
        numbers(out, &summary, self.pass, &self.screen.styles);
        let Styles { warning, faint, .. } = self.screen.styles;
        for (is_so, style, words) in [
            (self.failures_only, faint, "failures only"),
            (self.paused, warning, "paused"),
        ] {
            if is_so {
                out.truncate(out.trim_end().len());
                let _ = writeln!(out, " · {style}{words}{style:#}");
            }
        }
    }
}

/// `changed tests/_macros.toml.tera → 3 of 12 files`.
fn reason(out: &mut String, pass: &Pass, files: usize, styles: &Styles) {
    let _ = writeln!(
        out,
        "{0}changed{0:#} {1} {0}→ {2} of {3}{0:#}",
        styles.faint,
        names(pass.reason.iter().map(|name| &**name)),
        pass.checked.len(),
        count(files, "file")
    );
}

fn names<'a>(all: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = all.len().saturating_sub(MAX_NAMES);
    let mut shown: Vec<String> = all
        .take(MAX_NAMES)
        .map(|name| clean(name).into_owned())
        .collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}

/// The line that is always last.
pub fn numbers(out: &mut String, all: &Summary, pass: &Pass, styles: &Styles) {
    let mut parts = vec![count(all.files, "file")];
    parts.extend(human::verdicts(all, styles));
    parts.push(duration(all.duration_us));
    let at = jiff::Timestamp::try_from(pass.at).unwrap_or_else(|_| jiff::Timestamp::now());
    let zone = jiff::tz::TimeZone::system();
    let time = at.to_zoned(zone).strftime("%H:%M:%S").to_string();
    parts.push(format!("{0}{time}{0:#}", styles.faint));
    let _ = writeln!(out, "{}", parts.join(" · "));
}

/// One diagnostic in full, with an empty row after it.
fn frame(
    file: &FileReport,
    diagnostic: &Diagnostic,
    texts: &StateTexts<'_>,
    screen: &Screen,
) -> Vec<String> {
    let one = FileReport {
        diagnostics: vec![diagnostic.clone()],
        omitted: 0,
        ..without_diagnostics(file)
    };
    let mut out = String::new();
    human::files(&mut out, std::iter::once(&one), texts, screen);
    rows(&out, screen.width)
}

fn without_diagnostics(file: &FileReport) -> FileReport {
    FileReport {
        path: file.path.clone(),
        renders: file.renders.clone(),
        dependencies: Vec::new(),
        diagnostics: Vec::new(),
        ..*file
    }
}

/// A pass for a pipe: one line a result, and the line of numbers.
pub fn plain(pass: &Pass, state: &State, screen: &Screen) -> String {
    let styles = &screen.styles;
    let mut out = String::new();
    let all = state.summary(pass.latency);
    if !pass.reason.is_empty() {
        reason(&mut out, pass, all.files, styles);
    }
    for file in &state.report_of_pass(pass).files {
        lines::file(&mut out, file);
    }
    for name in &pass.mended {
        let _ = writeln!(out, "{0}mended{0:#} {1}", styles.good, clean(name));
    }
    for name in &pass.removed {
        let _ = writeln!(out, "{0}removed{0:#} {1}", styles.faint, clean(name));
    }
    for notice in &pass.notices {
        let _ = writeln!(out, "{0}{1}{0:#}", styles.warning, clean(notice));
    }
    if pass.reason.is_empty() {
        human::skipped(&mut out, &state.skipped(), styles);
    }
    numbers(&mut out, &all, pass, styles);
    out
}
