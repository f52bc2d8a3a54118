//! `clnrm graph`: a test or a trace as a picture.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use clnrm_core::graph::Graph;

use crate::args::{Globals, Variables, Weights};
use crate::check::FileTexts;
use crate::discover::STDIN;
use crate::errors::Error;
use crate::exit::Outcome;
use crate::paths::Base;
use crate::printer::text::count;
use crate::printer::{Screen, graph, human, print_bytes, print_error_text};
use crate::session::{Session, Wishes};
use crate::traces;

/// Arguments of `graph`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  clnrm graph tests/api.clnrm.toml                     On the terminal
  clnrm graph tests/api.clnrm.toml --format svg > api.svg
  clnrm graph tests/api.clnrm.toml --format dot | dot -Tpng > api.png
  clnrm graph trace.json                               The spans of a trace

A file is a test if its name ends in .toml or .tera, and a trace otherwise. Of a test with faults what can
be read is drawn, and the faults go to standard error.")]
pub struct Arguments {
    /// A test file or a trace, or - for a test file from standard input
    #[arg(value_name = "FILE|TRACE")]
    pub file: PathBuf,
    /// How to draw
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Picture,
    /// Variables.
    #[command(flatten)]
    pub variables: Variables,
    /// The name that standard input goes by
    #[arg(long, value_name = "NAME")]
    pub stdin_name: Option<PathBuf>,
}

/// How a graph is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum Picture {
    /// A tree for the terminal.
    #[default]
    Text,
    /// For a browser, by itself.
    Svg,
    /// For graphviz.
    Dot,
    /// For Markdown on GitHub and GitLab.
    Mermaid,
}

/// Draws.
pub fn run(arguments: &Arguments, globals: &Globals) -> Result<Outcome, Error> {
    let named = match &arguments.stdin_name {
        Some(name) if arguments.file == Path::new(STDIN) => name,
        _ => &arguments.file,
    };
    let is_test = named == Path::new(STDIN)
        || named
            .extension()
            .is_some_and(|extension| extension == "toml" || extension == "tera");
    if is_test {
        return test(arguments, globals);
    }
    let base = Base::here()?;
    let trace = traces::read(&base, &arguments.file)?;
    draw(
        &Graph::of_trace(&trace),
        &named.display().to_string(),
        arguments.format,
        globals,
    )?;
    Ok(Outcome::Good)
}

/// Draws a test, in the first combination of its matrix.
fn test(arguments: &Arguments, globals: &Globals) -> Result<Outcome, Error> {
    let session = Session::new(
        globals,
        Wishes {
            level: None,
            variables: arguments.variables.clone(),
            weights: Weights::default(),
            jobs: None,
            watching: false,
        },
    )?;
    let source = session.one(&arguments.file, arguments.stdin_name.as_deref())?;
    let (report, renders) =
        session
            .checker
            .check_whole(&source, &session.sources, &session.options);
    let graph = renders.graph(0);
    if !report.valid {
        let screen = Screen::errors(globals.color);
        let mut out = String::new();
        let texts = FileTexts {
            source: &source,
            session: &session,
        };
        human::files(&mut out, std::iter::once(&report), &texts, &screen);
        print_error_text(&out);
    }
    let Some(graph) = graph else {
        return Err(Error::NotRendered(source.name.to_string()));
    };
    if renders.count() > 1 {
        print_error_text(&format!(
            "{}: the first of {}; `--matrix NAME=VALUE` chooses another\n",
            source.name,
            count(renders.count(), "combination")
        ));
    }
    draw(&graph, &source.name, arguments.format, globals)?;
    Ok(Outcome::of_file(&report))
}

fn draw(graph: &Graph, title: &str, picture: Picture, globals: &Globals) -> Result<(), Error> {
    match picture {
        Picture::Text => {
            let screen = Screen::new(globals.color);
            screen.print(&graph::text(graph, title, &screen))
        }
        Picture::Dot => print_bytes(graph::dot(graph, title).as_bytes()),
        Picture::Mermaid => print_bytes(graph::mermaid(graph, title).as_bytes()),
        Picture::Svg if graph.nodes.len() > graph::MAX_NODES => Err(Error::TooManyToDraw {
            name: title.to_owned(),
            count: graph.nodes.len(),
            limit: graph::MAX_NODES,
        }),
        Picture::Svg => print_bytes(graph::svg(graph, title).as_bytes()),
    }
}
