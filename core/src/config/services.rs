//! `[service.x]` and `[services.x]`.

mod host;
mod image;
mod kind;

pub use self::host::VOLUME;
pub(super) use self::image::{check_command, check_image};
use super::model::{Pull, Service, Spanned, Text};
use super::presets::GENERIC;
use super::reader::{Item, Reader};
use super::schema::{DESCRIPTION, Field, Kind, Names, Section, optional, same};
use super::values::show;
use super::{env, health, limits};
use crate::diagnostic::Code;
use crate::document::{Entry, Kind as Value, Node, Origin, Table};
use crate::source::Span;
use crate::suggest;

const FIELDS: &[Field] = &[
    optional(
        "plugin",
        Kind::Text,
        "What kind of service: `generic_container`, or one that supplies image and ports, such as `postgres`.",
    )
    .naming(Names::Plugins),
    optional("type", Kind::Text, "The older name of `plugin`."),
    optional(
        "image",
        Kind::Image,
        "The image; needed unless the plugin supplies it.",
    ),
    optional("args", Kind::Command, "The container's command.").or(&[same("command"), same("cmd")]),
    optional("entrypoint", Kind::Command, "The container's entry point."),
    optional("env", Kind::Env, "Environment variables.")
        .or(&[same("environment"), same("env_vars")]),
    optional(
        "ports",
        Kind::Ports,
        "Published ports, such as `5432` or `\"8080:80\"`.",
    ),
    optional("volumes", Kind::Volumes, "Mounted folders and files."),
    optional("working_dir", Kind::Text, "Where commands start.").or(&[same("workdir")]),
    optional("user", Kind::Scalar, "Who runs them."),
    optional(
        "depends_on",
        Kind::Texts,
        "Services that are ready before this one starts.",
    )
    .naming(Names::Services),
    optional(
        "health_check",
        Kind::Table(&health::HEALTH_CHECK),
        "A command that says whether the service is well.",
    )
    .or(&[same("healthcheck")])
    .also(&[Kind::Command]),
    optional(
        "wait_for",
        Kind::Table(&health::WAIT_FOR),
        "What must hold before the service counts as ready.",
    ),
    optional(
        "wait_for_span",
        Kind::Text,
        "A span that must have arrived before the service counts as ready.",
    )
    .naming(Names::Spans),
    optional("wait_for_span_timeout", Kind::Duration, "For how long."),
    optional(
        "wait_for_ready",
        Kind::Boolean,
        "Accepted for older files: a run always waits.",
    ),
    optional(
        "limits",
        Kind::Table(&limits::LIMITS),
        "What the container may use.",
    )
    .or(&[same("resources")]),
    optional(
        "pull",
        Kind::Word(&["missing", "always", "never"]),
        "When to fetch the image.",
    )
    .also(&[Kind::Word(&["if_not_present", "IfNotPresent"])]),
    DESCRIPTION,
];

/// `[service.NAME]`.
pub static SERVICE: Section = Section {
    header: "service.NAME",
    title: "a service",
    doc: "A container that the test starts.",
    fields: FIELDS,
    open: true,
};

const PULLS: &[(&str, Pull)] = &[
    ("missing", Pull::Missing),
    ("always", Pull::Always),
    ("never", Pull::Never),
    ("if_not_present", Pull::Missing),
    ("IfNotPresent", Pull::Missing),
];

/// Reads all services of one table of services.
pub(super) fn read<'t>(parent: &Reader<'_, 't>, item: &Item<'_, 't>, services: &mut Vec<Service>) {
    let Some(table) = parent.table_of(item.name, item.node) else {
        return;
    };
    if table.incomplete {
        parent.lose();
    }
    if item.alias.is_some() {
        old_tables(parent, item, table);
    }
    let group = &*item.key.name;
    for entry in table.entries() {
        if parent.cx.document.has_placeholder(entry.key.span) {
            // Its name is not known.
            parent.lose();
            continue;
        }
        named(parent, group, &entry.key.name, entry, services);
    }
}

/// Reads the service `name`, or those whose names begin so: `[service.a.b]` is the service `a.b`, as
/// it would be in quotes, where `a` itself has neither a header nor anything that a service has.
fn named<'t>(
    parent: &Reader<'_, 't>,
    group: &str,
    name: &str,
    entry: &Entry<'t>,
    services: &mut Vec<Service>,
) {
    let is_name = |entry: &Entry<'_>| {
        let name = &*entry.key.name;
        let table = entry.value.as_table();
        table.is_some_and(|table| matches!(table.origin, Origin::Header | Origin::Implied))
            && SERVICE.find(name).is_none()
            && suggest::nearest(name, SERVICE.names()).is_none()
    };
    match entry.value.as_table() {
        Some(table) if table.origin == Origin::Implied && table.entries().iter().all(is_name) => {
            for entry in table.entries() {
                let name = format!("{name}.{}", entry.key.name);
                named(parent, group, &name, entry, services);
            }
        }
        _ => services.extend(service(parent, group, name, entry)),
    }
}

/// Says that `[services.x]` is written `[service.x]` today.
fn old_tables(parent: &Reader<'_, '_>, item: &Item<'_, '_>, table: &Table<'_>) {
    let text = parent.cx.text;
    let mut headers = Vec::new();
    collect_headers(item.node, &mut headers);
    let renames = headers
        .iter()
        .map(|name| Span::new(name.start, name.start + item.key.name.len()));
    let edits: Vec<(Span, String)> = renames
        .filter(|word| word.of(text) == item.key.name)
        .map(|word| (word, item.name.to_owned()))
        .collect();
    let whole = edits.len() == headers.len() && !headers.is_empty();
    // A file that has tables of both names may have one service in both.
    let alone = parent.table.get(item.name).is_none();
    let first = headers.first().map_or(item.key.span, |name| {
        Span::new(name.start, name.start + item.key.name.len())
    });
    let report = parent
        .old(
            first,
            format!(
                "`[{}.…]` is the older form of `[{}.…]`",
                item.key.name, item.name
            ),
        )
        .help(format!("write `[{}.…]`", item.name));
    let dotted = table
        .entries()
        .iter()
        .any(|entry| matches!(&entry.value.kind, Value::Table(t) if t.origin == Origin::Dotted));
    if whole && alone && !dotted {
        report.fix(edits);
    }
}

/// Names in headers of a table and all tables in it, in order of file.
fn collect_headers(node: &Node<'_>, headers: &mut Vec<Span>) {
    match &node.kind {
        Value::Table(table) => {
            if table.origin == Origin::Header {
                headers.push(table.name);
            }
            for entry in table.entries() {
                collect_headers(&entry.value, headers);
            }
        }
        Value::Array(array) if array.of_tables => {
            array
                .items
                .iter()
                .for_each(|item| collect_headers(item, headers));
        }
        _ => {}
    }
}

fn service<'t>(
    parent: &Reader<'_, 't>,
    group: &str,
    name: &str,
    entry: &Entry<'t>,
) -> Option<Service> {
    let group = format!("{group}.{name}");
    let table = match &entry.value.kind {
        Value::Table(table) => table,
        _ => {
            if parent.is_whole(&entry.value) {
                parent.wrong_type(name, &entry.value, "a table that describes a service");
            }
            return None;
        }
    };
    let reader = parent.within(&group, table, &SERVICE);
    check_name(&reader, entry);
    let mut service = Service {
        name: Spanned::new(name.to_owned(), entry.key.span),
        header: table.name,
        ..Service::default()
    };
    let mut kinds: Vec<Text> = Vec::new();
    reader.each(|item| match item.name {
        "plugin" | "type" => kinds.extend(reader.words(&item)),
        "image" => service.image = image::read_image(&reader, &item),
        "args" => {
            service.args = reader.command(&item);
            if item.alias.is_some() {
                reader.old_name(&item);
            }
            service
                .args
                .iter()
                .for_each(|args| check_command(&reader, args));
        }
        "entrypoint" => service.entrypoint = reader.command(&item),
        "env" => service.env.extend(env::read(&reader, &item)),
        "ports" => service.ports = host::ports(&reader, &item),
        "volumes" => service.volumes = host::volumes(&reader, &item),
        "working_dir" => {
            service.working_dir = reader.words(&item);
            if item.alias.is_some() {
                reader.old_name(&item);
            }
        }
        "user" => service.user = reader.scalar(item.name, item.node),
        "depends_on" => service.depends_on = reader.texts(&item),
        "health_check" => service.health_check = health::check(&reader, &item),
        "wait_for" => service.wait_for = health::wait_for(&reader, &item),
        "wait_for_span" => service.wait_for_span = reader.words(&item),
        "wait_for_span_timeout" => service.wait_for_span_timeout = reader.some_time(&item),
        "wait_for_ready" => {
            reader.boolean(&item);
        }
        "limits" => service.limits = limits::read(&reader, &item),
        "pull" => service.pull = reader.word(&item, PULLS),
        "description" => {
            reader.text(&item);
        }
        name => debug_assert!(false, "{name} is read"),
    });
    let preset = kind::kind(&reader, &mut service, &kinds);
    kind::settings(&reader, preset, &mut service);
    // One with an unknown plugin was told so.
    let generic = kinds.iter().all(|kind| GENERIC.contains(&&*kind.value));
    if preset.is_none() && generic && table.get("image").is_none() {
        let names: &[&str] = if kinds.is_empty() {
            &["image", "plugin"]
        } else {
            &["image"]
        };
        reader.report_missing(names);
    }
    service.incomplete = reader.is_incomplete();
    Some(service)
}

fn check_name(reader: &Reader<'_, '_>, entry: &Entry<'_>) {
    let name = &*entry.key.name;
    let well = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if name.trim().is_empty() {
        reader
            .cx
            .report(Code::C112, entry.key.span, "the name of a service is empty");
    } else if !well {
        reader
            .cx
            .report(
                Code::C104,
                entry.key.span,
                format!("`{}` is no name of a service", show(name)),
            )
            .help("names have letters, digits, `_`, `-` and `.`");
    }
}
