//! `[[scenario]]`, and `[[steps]]` at top level.

mod retry;

use super::env;
use super::model::{Command, Outcome, Scenario, Step, Text};
use super::reader::{Item, Reader};
use super::schema::{
    DESCRIPTION, Field, Form, Kind, Names, Section, alias, optional, required, same,
};
use super::services::check_command;
use super::values::show;
use crate::diagnostic::Code;
use crate::document::{Kind as Value, Node, Table};
use retry::{OlderRetry, RETRY, retry};

const TIMEOUT: Field = optional("timeout", Kind::Duration, "For how long it may run.").or(&[
    alias("timeout_ms", Form::Millis),
    alias("timeout_seconds", Form::Seconds),
]);
const RETRY_FIELD: Field = optional("retry", Kind::Table(&RETRY), "What happens when it fails.")
    .or(&[same("retries")])
    .also(&[Kind::Integer(0, i128::MAX)]);
const RETRY_ON_FAILURE: Field = optional(
    "retry_on_failure",
    Kind::Boolean,
    "The older form of `retry`.",
);
const MAX_RETRIES: Field = optional(
    "max_retries",
    Kind::Integer(0, i128::MAX),
    "The older form of `retry.max_attempts`.",
);
const ENV: Field = optional("env", Kind::Env, "Environment variables.")
    .or(&[same("environment"), same("env_vars")]);
const WORKING_DIR: Field =
    optional("working_dir", Kind::Text, "Where commands start.").or(&[same("workdir")]);
const SERVICE: Field = optional("service", Kind::ServiceName, "The service it runs in.");
const EXIT_CODE: Field = optional(
    "expected_exit_code",
    Kind::Integer(0, 255),
    "The exit code it must end with.",
);
const OUTPUT_REGEX: Field = optional(
    "expected_output_regex",
    Kind::Regex,
    "A regular expression that must match somewhere in the output.",
);
const OUTPUT_CONTAINS: Field = optional(
    "expected_output_contains",
    Kind::Text,
    "A text that must be in the output.",
);
const OUTPUT_REGEX_NOT: Field = optional(
    "expected_output_regex_not",
    Kind::Regex,
    "A regular expression that must match nowhere in the output.",
);
const FAILURE: Field = optional(
    "expect_failure",
    Kind::Boolean,
    "The command must run and end with something else than 0.",
)
.or(&[same("should_fail"), alias("expect_success", Form::Inverse)]);

const SCENARIO_FIELDS: &[Field] = &[
    required("name", Kind::Name, "What the scenario is called."),
    SERVICE,
    optional("run", Kind::Command, "What it runs, before its steps."),
    optional("steps", Kind::Tables(&STEP), "What it does, in order."),
    optional(
        "parallel_services",
        Kind::Texts,
        "Its commands run at the same time, in these services.",
    )
    .naming(Names::Services),
    optional("depends_on", Kind::Texts, "Scenarios that come before it.").naming(Names::Scenarios),
    optional("concurrent", Kind::Boolean, "It may run beside the others."),
    optional("tags", Kind::Texts, "Words to choose it by."),
    DESCRIPTION,
    WORKING_DIR,
    TIMEOUT,
    RETRY_FIELD,
    RETRY_ON_FAILURE,
    MAX_RETRIES,
    ENV,
    EXIT_CODE,
    OUTPUT_REGEX,
    OUTPUT_CONTAINS,
    OUTPUT_REGEX_NOT,
    FAILURE,
    optional(
        "artifacts",
        Kind::Table(&ARTIFACTS),
        "What is kept afterwards.",
    ),
];

/// `[[scenario]]`.
pub static SCENARIO: Section = Section {
    header: "scenario",
    title: "a scenario",
    doc: "Something the test does.",
    fields: SCENARIO_FIELDS,
    open: false,
};

const STEP_FIELDS: &[Field] = &[
    required("name", Kind::Name, "What the step is called."),
    required("command", Kind::Command, "What it runs.").or(&[same("run"), same("cmd")]),
    SERVICE,
    DESCRIPTION,
    WORKING_DIR,
    TIMEOUT,
    RETRY_FIELD,
    RETRY_ON_FAILURE,
    MAX_RETRIES,
    optional(
        "continue_on_failure",
        Kind::Boolean,
        "The next step follows even if this one fails.",
    ),
    ENV,
    EXIT_CODE,
    OUTPUT_REGEX,
    OUTPUT_CONTAINS,
    OUTPUT_REGEX_NOT,
    FAILURE,
];

/// `[[steps]]`, `[[scenario.steps]]`.
pub static STEP: Section = Section {
    header: "steps",
    title: "a step",
    doc: "One command.",
    fields: STEP_FIELDS,
    open: false,
};

/// An entry of `run = [{ … }]`, which needs no name.
pub static RUN: Section = Section {
    header: "scenario.run",
    title: "a command of a scenario",
    doc: "One of several commands that a scenario runs.",
    fields: &[
        optional("name", Kind::Name, "What the command is called."),
        required("command", Kind::Command, "What it runs.").or(&[same("run"), same("cmd")]),
        SERVICE,
        DESCRIPTION,
        WORKING_DIR,
        TIMEOUT,
        RETRY_FIELD,
        ENV,
        EXIT_CODE,
        OUTPUT_REGEX,
        OUTPUT_CONTAINS,
        OUTPUT_REGEX_NOT,
        FAILURE,
    ],
    open: false,
};

/// `artifacts`.
pub static ARTIFACTS: Section = Section {
    header: "scenario.artifacts",
    title: "`artifacts`",
    doc: "What is kept of a run.",
    fields: &[optional(
        "collect",
        Kind::Texts,
        "`spans:default`, `logs:all`, `files:/var/log/app.log` …",
    )],
    open: false,
};

/// The tables of an array of tables; a single table is one of one.
pub(super) fn tables<'n, 't>(
    reader: &Reader<'_, 't>,
    name: &str,
    node: &'n Node<'t>,
) -> &'n [Node<'t>] {
    match &node.kind {
        Value::Table(_) => std::slice::from_ref(node),
        Value::Array(array) => {
            if array.incomplete {
                reader.lose();
            }
            &array.items
        }
        _ => {
            if reader.is_whole(node) {
                reader.wrong_type(name, node, "an array of tables");
            }
            &[]
        }
    }
}

/// Reads `[[scenario]]`.
pub(super) fn read<'t>(
    parent: &Reader<'_, 't>,
    item: &Item<'_, 't>,
    scenarios: &mut Vec<Scenario>,
) {
    if item.alias.is_some() {
        parent.old_name(item);
    }
    for node in tables(parent, item.name, item.node) {
        if let Some(table) = parent.table_of(item.name, node) {
            scenarios.push(scenario(parent, item.name, table));
        }
    }
}

/// Reads `[[steps]]` at top level.
pub(super) fn read_steps<'t>(
    parent: &Reader<'_, 't>,
    item: &Item<'_, 't>,
    scenarios: &mut Vec<Scenario>,
) {
    if item.alias.is_some() {
        parent.old_name(item);
    }
    let lost = std::cell::Cell::new(false);
    let steps = steps(parent, &item.key.name, item.node, &STEP, &lost);
    let header = steps.first().map_or(item.key.span, |step| step.header);
    if steps.is_empty() && !lost.get() {
        return;
    }
    scenarios.push(Scenario {
        top_level: true,
        header,
        incomplete: lost.get(),
        steps,
        ..Scenario::default()
    });
}

fn steps<'t>(
    parent: &Reader<'_, 't>,
    name: &str,
    node: &Node<'t>,
    section: &'static Section,
    lost: &std::cell::Cell<bool>,
) -> Vec<Step> {
    let nodes = tables(parent, name, node);
    if node.touched {
        lost.set(true);
    }
    let mut steps = Vec::with_capacity(nodes.len());
    for node in nodes {
        match parent.table_of(name, node) {
            Some(table) => steps.push(step(parent, name, table, section)),
            None => lost.set(true),
        }
    }
    steps
}

fn scenario<'t>(parent: &Reader<'_, 't>, name: &str, table: &Table<'t>) -> Scenario {
    let reader = parent.within(name, table, &SCENARIO);
    let mut scenario = Scenario {
        header: table.name,
        ..Scenario::default()
    };
    let mut older = OlderRetry::default();
    reader.each(|item| match item.name {
        "name" => scenario.name = read_name(&reader, &item),
        "service" => scenario.service = reader.words(&item),
        "run" => run(&reader, &item, &mut scenario),
        "steps" => {
            let lost = std::cell::Cell::new(false);
            scenario
                .steps
                .extend(steps(&reader, "steps", item.node, &STEP, &lost));
            if lost.get() {
                reader.lose();
            }
        }
        "parallel_services" => scenario.parallel_services = reader.texts(&item),
        "depends_on" => scenario.depends_on = reader.texts(&item),
        "concurrent" => scenario.concurrent = reader.boolean(&item),
        "tags" => scenario.tags = reader.texts(&item),
        "description" => scenario.description = reader.text(&item),
        "working_dir" => {
            scenario.working_dir = reader.words(&item);
            if item.alias.is_some() {
                reader.old_name(&item);
            }
        }
        "timeout" => scenario.timeout = reader.some_time(&item),
        "retry" => scenario.retry = retry(&reader, &item),
        "retry_on_failure" | "max_retries" => older.read(&reader, &item),
        "env" => scenario.env.extend(env::read(&reader, &item)),
        "artifacts" => scenario.artifacts = artifacts(&reader, &item),
        _ => outcome(&reader, &item, &mut scenario.outcome),
    });
    scenario.retry = scenario.retry.take().or(older.finish(&reader));
    if table.get("run").is_none() && table.get("steps").is_none() {
        reader.report_missing(&["run", "steps"]);
    }
    scenario.incomplete = reader.is_incomplete();
    scenario
}

fn step<'t>(
    parent: &Reader<'_, 't>,
    name: &str,
    table: &Table<'t>,
    section: &'static Section,
) -> Step {
    let reader = parent.within(name, table, section);
    let mut step = Step {
        header: table.name,
        ..Step::default()
    };
    let mut older = OlderRetry::default();
    reader.each(|item| match item.name {
        "name" => step.name = read_name(&reader, &item),
        "command" => {
            step.command = reader.command(&item);
            if item.alias.is_some() {
                reader.old_name(&item);
            }
            step.command
                .iter()
                .for_each(|command| check_command(&reader, command));
        }
        "service" => step.service = reader.words(&item),
        "description" => step.description = reader.text(&item),
        "working_dir" => {
            step.working_dir = reader.words(&item);
            if item.alias.is_some() {
                reader.old_name(&item);
            }
        }
        "timeout" => step.timeout = reader.some_time(&item),
        "retry" => step.retry = retry(&reader, &item),
        "retry_on_failure" | "max_retries" => older.read(&reader, &item),
        "continue_on_failure" => step.continue_on_failure = reader.boolean(&item),
        "env" => step.env.extend(env::read(&reader, &item)),
        _ => outcome(&reader, &item, &mut step.outcome),
    });
    step.retry = step.retry.take().or(older.finish(&reader));
    step.incomplete = reader.is_incomplete();
    step
}

/// `run`: a command, or several with settings of their own.
fn run<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>, scenario: &mut Scenario) {
    let tables = match &item.node.kind {
        Value::Array(array) => array.items.iter().any(|node| node.as_table().is_some()),
        Value::Table(_) => true,
        _ => false,
    };
    if tables {
        let lost = std::cell::Cell::new(false);
        // What `run` says comes before the steps.
        let mut all = steps(reader, "run", item.node, &RUN, &lost);
        all.append(&mut scenario.steps);
        scenario.steps = all;
        if lost.get() {
            reader.lose();
        }
        return;
    }
    scenario.run = reader.command(item);
    scenario
        .run
        .iter()
        .for_each(|command: &Command| check_command(reader, command));
}

fn read_name<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Option<Text> {
    let name = reader.words(item)?;
    let well = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | ' ');
    if let Some(found) = name.value.chars().find(|c| !well(*c)) {
        reader.lose();
        let shown = show(&name.value);
        reader
            .cx
            .report(
                Code::C104,
                name.span,
                format!(
                    "`{shown}` is no name of {}: it holds `{}`",
                    reader.section.title,
                    found.escape_debug()
                ),
            )
            .help("names have letters, digits, spaces, `_`, `-`, `.` and `:`");
        return None;
    }
    Some(name)
}

fn outcome<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>, outcome: &mut Outcome) {
    match item.name {
        "expected_exit_code" => {
            let code = reader.integer(item.name, item.node, 0, 255);
            outcome.exit_code = code.map(|code| code.map(|code| i64::try_from(code).unwrap_or(0)));
        }
        "expected_output_regex" => outcome.output_regex = reader.regex(item),
        "expected_output_contains" => outcome.output_contains = reader.text(item),
        "expected_output_regex_not" => outcome.output_regex_not = reader.regex(item),
        "expect_failure" => {
            outcome.failure = reader.boolean(item);
            if item.form() == Form::Inverse {
                if let Some(failure) = outcome.failure {
                    reader
                        .old(
                            item.key.span,
                            "`expect_success` is the older opposite of `expect_failure`",
                        )
                        .help(format!("write `expect_failure = {}`", failure.value))
                        .fix([
                            (item.key.span, "expect_failure".to_owned()),
                            (item.node.span, failure.value.to_string()),
                        ]);
                }
            } else if item.alias.is_some() {
                reader.old_name(item);
            }
        }
        name => debug_assert!(false, "{name} is read"),
    }
}

/// `{ collect = […] }`, or the list itself.
fn artifacts<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Vec<Text> {
    let mut artifacts = Vec::new();
    if let Value::Table(table) = &item.node.kind {
        let inner = reader.within(item.name, table, &ARTIFACTS);
        inner.each(|item| artifacts = inner.texts(&item));
        if inner.is_incomplete() {
            reader.lose();
        }
    } else {
        artifacts = reader.texts(item);
    }
    artifacts.retain(|artifact: &Text| {
        let known = ["spans:", "logs:", "files:"]
            .iter()
            .any(|kind| artifact.value.len() > kind.len() && artifact.value.starts_with(kind));
        if !known {
            reader.lose();
            reader
                .cx
                .report(
                    Code::C104,
                    artifact.span,
                    format!(
                        "`{}` is nothing that can be collected",
                        show(&artifact.value)
                    ),
                )
                .help("write `spans:default`, `logs:all` or `files:/path`");
        }
        known
    });
    artifacts
}
