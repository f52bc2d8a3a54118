//! `X115` unobservable-expectation: spans are expected, but nothing exports any; and `X117`
//! uncollected-exporter: spans go where a run does not collect them.
//!
//! A run has a receiver of its own and tells the containers where it is, so a file without `[otel]`
//! is observable. It is not where the file itself turns exporting off, where it sends spans to what
//! we do not collect from, and where the expected spans are the runner's own, which count only when
//! the file asks for them.

use super::parents::RUNNER;
use super::patterns::may_overlap;
use super::world::{World, is_required};
use crate::config::model::{Exporter, Pattern};
use crate::diagnostic::{Code, Finding, Findings};

pub fn check(world: &World, found: &mut Findings) {
    let expect = &world.file.expect;
    let set =
        |flag: Option<crate::config::model::Spanned<bool>>| flag.is_some_and(|flag| flag.value);
    let looked_for = !set(expect.runner_spans) && !set(expect.allow_empty);
    match silenced(world).filter(|_| looked_for) {
        Some(finding) => found.push(finding),
        None => {
            found.extend(uncollected(world));
            found.extend(runners_own(world).filter(|_| looked_for));
        }
    }
}

/// The exporter is one that is read and no more.
fn uncollected(world: &World) -> Option<Finding> {
    let exporter = world.file.otel.as_ref()?.exporter?;
    if exporter.value.is_collected() || exporter.value == Exporter::None {
        return None;
    }
    Some(
        Finding::new(
            Code::X117,
            exporter.span,
            "a run does not collect what goes to this exporter",
        )
        .help("use `exporter = \"otlp\"`, which the run's own receiver collects"),
    )
}

/// Exporting is turned off, or goes where we do not collect.
fn silenced(world: &World) -> Option<Finding> {
    let first = world.file.expect.first()?;
    let otel = world.file.otel.as_ref()?;
    if let Some(exporter) = otel
        .exporter
        .filter(|exporter| !exporter.value.is_collected())
    {
        let (message, clause, help) = if exporter.value == Exporter::None {
            (
                "spans are expected, but `exporter = \"none\"` lets none out",
                "exporting is turned off here",
                "use `exporter = \"otlp\"`",
            )
        } else {
            (
                "spans are expected, but go to an exporter that a run does not collect from",
                "sent elsewhere here",
                "use `exporter = \"otlp\"`, which the run's own receiver collects",
            )
        };
        return Some(
            Finding::new(Code::X115, first, message)
                .note(exporter.span, clause)
                .help(help),
        );
    }
    let ratio = otel.sample_ratio.filter(|ratio| ratio.value == 0.0)?;
    let message = "spans are expected, but `sample_ratio = 0` drops every one";
    Some(
        Finding::new(Code::X115, first, message)
            .note(ratio.span, "nothing is sampled")
            .help("use `sample_ratio = 1.0`"),
    )
}

/// A span is expected that only the runner emits, and nothing in the file looks as if a container
/// runs clnrm itself.
fn runners_own(world: &World) -> Option<Finding> {
    let file = world.file;
    let runner = RUNNER.map(Pattern::new);
    let name = file
        .expect
        .spans
        .iter()
        .filter(|span| is_required(span))
        .find_map(|span| {
            let name = span.name.as_ref()?;
            let own = runner.iter().any(|own| may_overlap(own, &name.value));
            (own && name.value.as_str().starts_with("clnrm.")).then_some(name)
        })?;
    if world.is_damaged() || mentions_clnrm(world) {
        return None;
    }
    let message = format!(
        "span `{}` is the runner's own, and only spans of containers count",
        name.value.as_str()
    );
    Some(
        Finding::new(Code::X115, name.span, message)
            .label("no container emits it")
            .help("set `runner_spans = true` under `[expect]` to count the runner's spans too"),
    )
}

fn mentions_clnrm(world: &World) -> bool {
    let has = |text: &str| text.to_ascii_lowercase().contains("clnrm");
    let file = world.file;
    let services = file.services.iter().any(|service| {
        let image = service.image.iter().any(|image| has(&image.value));
        let commands = service.args.iter().chain(&service.entrypoint);
        image
            || has(&service.name.value)
            || commands
                .flat_map(|command| command.texts())
                .any(|text| has(&text.value))
    });
    services
        || world
            .commands()
            .flat_map(|command| command.texts())
            .any(|text| has(&text.value))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{HELLO, PAYS, clean, only, trips};
    use super::*;

    const SPAN: &str = "[[expect.span]]\nname = 'pay'\n";

    #[test]
    fn exporting_that_is_turned_off_is_told_at_the_first_expectation() {
        let text = format!("{PAYS}[otel]\nexporter = 'none'\n{SPAN}");
        trips(Code::X115, &text, &["expect.span"]);
        assert_eq!(only(&text).notes.len(), 1);
        let text = format!(
            "{PAYS}[otel]\nsample_ratio = 0.0\n[expect.counts]\nspans_total = {{ gte = 1 }}\n"
        );
        assert_eq!(only(&text).code, Code::X115);
        let text = format!("{PAYS}[otel]\nexporter = 'none'\n[expect.graph]\nacyclic = true\n");
        assert_eq!(only(&text).code, Code::X115);
    }

    #[test]
    fn a_run_has_a_receiver_of_its_own() {
        clean(&format!("{PAYS}{SPAN}"));
        clean(&format!(
            "{PAYS}{SPAN}[otel]\nendpoint = 'http://localhost:4318'\n"
        ));
        clean(&format!(
            "{PAYS}{SPAN}[otel]\nexporter = 'stdout'\nsample_ratio = 0.1\n"
        ));
    }

    #[test]
    fn without_expectations_exporting_may_be_off() {
        clean(&format!("{PAYS}[otel]\nexporter = 'none'\n"));
        clean(&format!(
            "{PAYS}[otel]\nexporter = 'none'\n[expect]\nrunner_spans = true\n{SPAN}"
        ));
    }

    #[test]
    fn the_runners_spans_count_only_when_asked_for() {
        let expect = "[[expect.span]]\nname = 'clnrm.step:hello'\n";
        trips(
            Code::X115,
            &format!("{HELLO}{expect}"),
            &["'clnrm.step:hello'"],
        );
        clean(&format!("{HELLO}[expect]\nrunner_spans = true\n{expect}"));
        clean(&format!("{HELLO}[[expect.span]]\nname = '*'\n"));
    }

    #[test]
    fn a_container_may_run_clnrm_itself() {
        let expect = "[[expect.span]]\nname = 'clnrm.run'\n";
        clean(&format!("{}{expect}", PAYS.replace("shop/api", "clnrm")));
        clean(&format!(
            "{}{expect}",
            HELLO.replace("\"echo\"", "\"clnrm\"")
        ));
    }
}
