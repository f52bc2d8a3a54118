//! When a service is well, and when it is ready.

use super::model::{Command, HealthCheck, Spanned, WaitFor};
use super::reader::{Item, Reader};
use super::schema::{Form, Kind, Section, alias, optional, same};
use super::values::show;
use crate::diagnostic::Code;
use crate::document::Kind as Value;

/// `health_check`.
pub static HEALTH_CHECK: Section = Section {
    header: "service.NAME.health_check",
    title: "a health check",
    doc: "A command in the container that ends with 0 when the service is well.",
    fields: &[
        optional("cmd", Kind::Command, "The command.").or(&[same("command"), same("test")]),
        optional("interval", Kind::Duration, "Between two probes."),
        optional("timeout", Kind::Duration, "Of one probe.").or(&[
            alias("timeout_ms", Form::Millis),
            alias("timeout_seconds", Form::Seconds),
        ]),
        optional(
            "start_period",
            Kind::Duration,
            "Before failed probes count.",
        ),
        optional(
            "retries",
            Kind::Integer(0, i128::MAX),
            "Probes that may fail.",
        ),
    ],
    open: false,
};

/// `wait_for`.
pub static WAIT_FOR: Section = Section {
    header: "service.NAME.wait_for",
    title: "`wait_for`",
    doc: "What must hold before the service counts as ready; all that are given must.",
    fields: &[
        optional("log", Kind::Text, "A text in the log."),
        optional(
            "times",
            Kind::Integer(1, i128::MAX),
            "How often it must be there.",
        ),
        optional(
            "port",
            Kind::Integer(1, 65_535),
            "An open port of the container.",
        ),
        optional(
            "http",
            Kind::Text,
            "A path that answers with a status below 400.",
        ),
        optional("timeout", Kind::Duration, "For how long.").or(&[
            alias("timeout_ms", Form::Millis),
            alias("timeout_seconds", Form::Seconds),
        ]),
    ],
    open: false,
};

/// Reads `health_check`: a table, or a command.
pub(super) fn check<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Option<HealthCheck> {
    if item.alias.is_some() {
        reader.old_name(item);
    }
    let mut health = HealthCheck {
        span: item.node.span,
        ..HealthCheck::default()
    };
    let table = match &item.node.kind {
        Value::Table(table) => table,
        Value::String(_) | Value::Array(_) => {
            let command = reader.command(item)?;
            let report = reader
                .old(
                    item.node.span,
                    format!("a command for `{}` is an older form", item.key.name),
                )
                .help("write `health_check = { cmd = … }`");
            // Not where `cmd` would read the first word as Compose does.
            if compose(command.clone()).as_ref() == Some(&command) {
                let raw = item.node.span.of(reader.cx.text);
                report.fix([(item.node.span, format!("{{ cmd = {raw} }}"))]);
            }
            health.command = Some(command);
            return Some(health);
        }
        _ => {
            reader.table_of(item.name, item.node)?;
            return None;
        }
    };
    let inner = reader.within(&item.key.name, table, &HEALTH_CHECK);
    inner.each(|item| match item.name {
        "cmd" => {
            health.command = inner.command(&item).and_then(compose);
            if item.alias.is_some() {
                inner.old_name(&item);
            }
        }
        "interval" => health.interval = inner.some_time(&item),
        "timeout" => health.timeout = inner.some_time(&item),
        "start_period" => health.start_period = inner.duration(&item),
        "retries" => health.retries = inner.natural(item.name, item.node),
        name => debug_assert!(false, "{name} is read"),
    });
    if health.command.is_none()
        && !["cmd", "command", "test"]
            .iter()
            .any(|n| table.get(n).is_some())
    {
        inner.report_missing(&["cmd"]);
    }
    if inner.is_incomplete() {
        reader.lose();
    }
    Some(health)
}

/// Compose writes `["CMD", …]` and `["CMD-SHELL", "…"]`; `["NONE"]` is no check.
fn compose(command: Command) -> Option<Command> {
    let Command::Argv { mut words, span } = command else {
        return Some(command);
    };
    match words.first().map(|word| word.value.as_str()) {
        Some("CMD") => {
            words.remove(0);
            (!words.is_empty()).then_some(Command::Argv { words, span })
        }
        Some("CMD-SHELL") if words.len() == 2 => words.pop().map(Command::Shell),
        Some("NONE") if words.len() == 1 => None,
        _ => Some(Command::Argv { words, span }),
    }
}

/// Reads `wait_for`.
pub(super) fn wait_for<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Option<WaitFor> {
    let table = reader.table_of(item.name, item.node)?;
    let inner = reader.within(item.name, table, &WAIT_FOR);
    let mut wait = WaitFor {
        span: item.node.span,
        ..WaitFor::default()
    };
    inner.each(|item| match item.name {
        "log" => wait.log = inner.words(&item),
        "times" => wait.times = inner.positive(item.name, item.node),
        "port" => {
            let port = inner.integer(item.name, item.node, i128::MIN, i128::MAX);
            wait.port = port.and_then(|port| match u16::try_from(port.value) {
                Ok(number) if number > 0 => Some(Spanned::new(number, port.span)),
                _ => {
                    inner.lose();
                    inner
                        .cx
                        .report(
                            Code::C109,
                            port.span,
                            format!("`{}` is no port", show(port.span.of(inner.cx.text))),
                        )
                        .help("ports go from 1 to 65535");
                    None
                }
            });
        }
        "http" => wait.http = inner.words(&item),
        "timeout" => wait.timeout = inner.some_time(&item),
        name => debug_assert!(false, "{name} is read"),
    });
    if inner.is_incomplete() {
        reader.lose();
    }
    Some(wait)
}
