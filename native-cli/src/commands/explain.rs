//! `clnrm explain`: the page of a code, or the list of all.

use std::fmt::Write as _;

use clap::Args;
use clnrm_core::diagnostic::{Code, Family};
use clnrm_core::rules;

use crate::args::{Globals, values};
use crate::errors::Error;
use crate::exit::Outcome;
use crate::printer::Screen;
use crate::printer::style::{Styles, word};

/// Arguments of `explain`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  clnrm explain                  All codes
  clnrm explain C103             By number
  clnrm explain unknown-field    By name")]
pub struct Arguments {
    /// A code, by number or name; without one, the list
    #[arg(value_name = "CODE", value_parser = values::code)]
    pub code: Option<Code>,
}

/// Prints the page or the list.
pub fn run(arguments: &Arguments, globals: &Globals) -> Result<Outcome, Error> {
    let screen = Screen::new(globals.color);
    let text = match arguments.code {
        Some(code) => page(rules::explain(code).markdown, &screen.styles),
        None => list(&screen.styles),
    };
    screen.print(&text)?;
    Ok(Outcome::Good)
}

/// A page as it was written; with colour, headings stand out and fences step back.
fn page(markdown: &str, styles: &Styles) -> String {
    let Styles { strong, faint, .. } = styles;
    let mut out = String::new();
    let mut code = false;
    for line in markdown.lines() {
        let fence = line.starts_with("```");
        code ^= fence;
        let style = if fence {
            *faint
        } else if !code && line.starts_with('#') {
            *strong
        } else {
            anstyle::Style::new()
        };
        let _ = writeln!(out, "{style}{line}{style:#}");
    }
    out
}

fn list(styles: &Styles) -> String {
    let mut out = String::new();
    let mut family: Option<Family> = None;
    for code in Code::ALL {
        if family != Some(code.family()) {
            if family.is_some() {
                out.push('\n');
            }
            family = Some(code.family());
            let _ = writeln!(out, "{0}{1}{0:#}", styles.strong, title(code.family()));
        }
        let severity = code.severity();
        let style = styles.severity(severity);
        let _ = writeln!(
            out,
            "  {code}  {style}{:<8}{style:#} {}",
            word(severity),
            code.name()
        );
    }
    out
}

const fn title(family: Family) -> &'static str {
    match family {
        Family::File => "Files",
        Family::Template => "Templates",
        Family::Syntax => "TOML",
        Family::Setting => "One setting by itself",
        Family::Cross => "Settings against each other",
        Family::Trace => "Expectations against a trace",
        Family::Run => "A run in containers",
    }
}
