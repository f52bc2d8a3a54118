//! The file as a whole.

use super::context::Context;
use super::model::{Determinism, ReportFiles, TestFile, Text};
use super::reader::{Item, Reader};
use super::schema::{Kind, Section, optional, same};
use super::{assertions, expect, limits, meta, otel, scenarios, services};
use crate::diagnostic::{Code, Findings};
use crate::document::{Document, Entry, Kind as Value, Origin};
use crate::source::Span;

/// The file.
pub static FILE: Section = Section {
    header: "",
    title: "a test file",
    doc: "A test: what it starts, what it does, and what must be true of it.",
    fields: &[
        optional("meta", Kind::Table(&meta::META), "What the test is called."),
        optional(
            "test",
            Kind::Table(&meta::TEST),
            "The older form of `[meta]`.",
        ),
        optional("vars", Kind::Any, "Values for the template itself."),
        optional(
            "template",
            Kind::Any,
            "Values for the template itself, in groups.",
        ),
        optional(
            "matrix",
            Kind::Any,
            "The test runs once for each combination of these lists.",
        ),
        optional("otel", Kind::Table(&otel::OTEL), "Where spans go."),
        optional(
            "otel_headers",
            Kind::Pairs,
            "The older form of `[otel.headers]`.",
        ),
        optional(
            "otel_propagators",
            Kind::Any,
            "The older form of `[otel.propagators]`.",
        ),
        optional(
            "service",
            Kind::Named(&services::SERVICE),
            "Containers that the test starts.",
        )
        .or(&[same("services")]),
        optional(
            "scenario",
            Kind::Tables(&scenarios::SCENARIO),
            "What the test does.",
        )
        .or(&[same("scenarios")]),
        optional(
            "steps",
            Kind::Tables(&scenarios::STEP),
            "What the test does, without scenarios.",
        )
        .or(&[same("step")]),
        optional(
            "expect",
            Kind::Table(&expect::EXPECT),
            "What must be true of the trace.",
        ),
        optional(
            "otel_validation",
            Kind::Table(&expect::OTEL_VALIDATION),
            "The older form of `[expect]`.",
        ),
        optional(
            "limits",
            Kind::Table(&limits::LIMITS),
            "What each container may use.",
        ),
        optional(
            "determinism",
            Kind::Table(&DETERMINISM),
            "What makes runs repeatable.",
        ),
        optional("report", Kind::Table(&REPORT), "Files that a run writes."),
        optional(
            "assertions",
            Kind::Table(&assertions::ASSERTIONS),
            "Legacy assertions.",
        )
        .also(&[Kind::Tables(&assertions::ASSERTIONS)]),
    ],
    open: false,
};

/// `[determinism]`.
pub static DETERMINISM: Section = Section {
    header: "determinism",
    title: "`[determinism]`",
    doc: "What makes runs repeatable.",
    fields: &[
        optional(
            "seed",
            Kind::Integer(0, u64::MAX as i128),
            "Feeds everything that is random.",
        ),
        optional(
            "freeze_clock",
            Kind::Timestamp,
            "Stops the clock of template functions here.",
        ),
    ],
    open: false,
};

/// `[report]`.
pub static REPORT: Section = Section {
    header: "report",
    title: "`[report]`",
    doc: "Files that a run writes, relative to the test file.",
    fields: &[
        optional("json", Kind::Text, "The report as JSON."),
        optional("junit", Kind::Text, "The report for CI dashboards."),
        optional("html", Kind::Text, "The report as a page."),
        optional("digest", Kind::Text, "The digest of the normalised trace."),
    ],
    open: false,
};

/// Reads a test file. All findings are in order of place.
#[must_use]
pub fn read(document: &Document<'_>) -> (TestFile, Findings) {
    let cx = Context::new(document);
    let mut file = TestFile::default();
    {
        let reader = Reader::root(&cx, &FILE);
        reader.each(|item| table(&reader, &item, &mut file));
        file.incomplete = document.incomplete || reader.is_incomplete();
        let lost = document.incomplete || document.root.incomplete;
        if meta::is_missing(&file.meta) && !lost && !reader.is_misspelt(&["meta", "test"]) {
            cx.report(
                Code::C101,
                Span::at(0),
                "the file has no `[meta]` with a `name`",
            )
            .help("write `[meta]` and `name = \"…\"` at the top");
        }
        file.services
            .sort_by_cached_key(|service| service.name.span.start);
        if file.scenarios.is_empty() {
            reader.is_misspelt(&["scenario", "steps"]);
        }
        if names_lost_service(document, &file) {
            reader.is_misspelt(&["service"]);
        }
    }
    (file, cx.finish())
}

/// Whether a service that is named somewhere stands under a table that is none of the format's.
fn names_lost_service(document: &Document<'_>, file: &TestFile) -> bool {
    let unknown = document.root.entries().iter().filter(|entry| {
        let known = FILE.find(&entry.key.name).is_some();
        !known && entry.value.as_table().is_some()
    });
    let is_lost = |name: &Text| {
        let inside = |entry: &Entry<'_>| {
            let table = entry.value.as_table();
            table.is_some_and(|table| table.get(&name.value).is_some())
        };
        file.service(&name.value).is_none() && unknown.clone().any(inside)
    };
    let scenarios = file.scenarios.iter();
    let of_scenarios = scenarios.flat_map(|scenario| {
        let steps = scenario.steps.iter();
        scenario
            .service
            .iter()
            .chain(steps.filter_map(|step| step.service.as_ref()))
    });
    let of_services = file.services.iter().flat_map(|service| &service.depends_on);
    of_scenarios.chain(of_services).any(is_lost)
}

fn table<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>, file: &mut TestFile) {
    match item.name {
        "meta" => meta::read(reader, item.name, item.node, &mut file.meta),
        "test" => test(reader, item, file),
        "vars" => {
            file.vars.get_or_insert(item.key.span);
            reader.table_of(item.name, item.node);
        }
        "template" => {
            file.vars.get_or_insert(item.key.span);
        }
        "matrix" => matrix(reader, item, file),
        "otel" => {
            let earlier = file.otel.take();
            file.otel = otel::read(reader, item);
            if let (Some(otel), Some(earlier)) = (&mut file.otel, earlier) {
                otel.headers.extend(earlier.headers);
                otel.propagators.extend(earlier.propagators);
            }
        }
        "otel_headers" | "otel_propagators" => otel_apart(reader, item, file),
        "service" => services::read(reader, item, &mut file.services),
        "scenario" => scenarios::read(reader, item, &mut file.scenarios),
        "steps" => scenarios::read_steps(reader, item, &mut file.scenarios),
        "expect" => expect::read(reader, item, &mut file.expect),
        "otel_validation" => expect::read_legacy(reader, item, &mut file.expect),
        "limits" => file.limits = limits::read(reader, item),
        "determinism" => file.determinism = determinism(reader, item),
        "report" => file.report = report(reader, item),
        "assertions" => {
            assertions::read(reader, item, &assertions::ASSERTIONS, &mut file.assertions);
        }
        name => debug_assert!(false, "{name} is read"),
    }
}

/// `[test]`, which holds `[test.metadata]`, or the head itself.
fn test<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>, file: &mut TestFile) {
    let Some(table) = reader.table_of(item.name, item.node) else {
        file.meta.incomplete = true;
        return;
    };
    let alone = reader.table.get("meta").is_none();
    let inner = reader.within(item.name, table, &meta::TEST);
    let mut flat = false;
    inner.each(|item| match item.name {
        "metadata" => {
            if let Some(metadata) = item.node.as_table() {
                let header = metadata.origin == Origin::Header;
                meta::old_header(&inner, metadata, header && alone);
            }
            meta::read(&inner, item.name, item.node, &mut file.meta);
        }
        "assertions" => {
            assertions::read(
                &inner,
                &item,
                &assertions::TEST_ASSERTIONS,
                &mut file.assertions,
            );
        }
        "cleanup" => assertions::cleanup(&inner, &item),
        _ => {
            flat = true;
            meta::field(&inner, &item, &mut file.meta);
        }
    });
    file.meta.incomplete |= inner.is_incomplete();
    if alone
        && ["name", "metadata"]
            .iter()
            .all(|name| table.get(name).is_none())
    {
        file.meta.header.get_or_insert(table.name);
        inner.report_missing(&["name", "metadata"]);
    }
    if flat {
        file.meta.header.get_or_insert(table.name);
        let plain = table.origin == Origin::Header
            && table
                .entries()
                .iter()
                .all(|entry| meta::META.find(&entry.key.name).is_some());
        meta::old_header(&inner, table, plain && alone);
    }
}

fn matrix<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>, file: &mut TestFile) {
    file.matrix.get_or_insert(item.key.span);
    let Some(table) = reader.table_of(item.name, item.node) else {
        return;
    };
    for entry in table.entries() {
        let name = &*entry.key.name;
        match &entry.value.kind {
            Value::Array(array) if array.items.is_empty() && !entry.value.touched => {
                reader
                    .cx
                    .report(Code::C112, entry.value.span, format!("`{name}` is empty"))
                    .help("a test with no combination never runs");
            }
            Value::Array(_) | Value::Damaged => {}
            _ => {
                if reader.is_whole(&entry.value) {
                    reader.wrong_type(name, &entry.value, "a list of values");
                }
            }
        }
    }
}

/// `[otel_headers]`, `[otel_propagators]`.
fn otel_apart<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>, file: &mut TestFile) {
    let part = item.name.trim_start_matches("otel_");
    let report = reader
        .old(
            item.key.span,
            format!("`[{}]` is an older form of `[otel.{part}]`", item.key.name),
        )
        .help(format!("write `[otel.{part}]`"));
    let free = reader
        .table
        .get("otel")
        .and_then(|node| node.as_table())
        .is_none_or(|otel| otel.origin != Origin::Inline && otel.get(part).is_none());
    if free
        && item
            .node
            .as_table()
            .is_some_and(|table| table.origin == Origin::Header)
    {
        report.fix([(item.key.span, format!("otel.{part}"))]);
    }
    let otel = file.otel.get_or_insert_default();
    if part == "headers" {
        otel.headers.extend(otel::headers(reader, item));
    } else {
        let names = otel::propagators(reader, item.name, item.node);
        otel.propagators.extend(names);
    }
    if otel.header.is_empty() {
        otel.header = item.key.span;
    }
}

fn determinism<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Determinism {
    let mut determinism = Determinism::default();
    let Some(table) = reader.table_of(item.name, item.node) else {
        return determinism;
    };
    determinism.header = Some(table.name);
    let inner = reader.within(item.name, table, &DETERMINISM);
    inner.each(|item| match item.name {
        "seed" => determinism.seed = inner.natural(item.name, item.node),
        "freeze_clock" => determinism.freeze_clock = inner.timestamp(&item),
        name => debug_assert!(false, "{name} is read"),
    });
    determinism
}

fn report<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> ReportFiles {
    let mut report = ReportFiles::default();
    let Some(table) = reader.table_of(item.name, item.node) else {
        return report;
    };
    let inner = reader.within(item.name, table, &REPORT);
    inner.each(|item| {
        let path = inner.words(&item);
        match item.name {
            "json" => report.json = path,
            "junit" => report.junit = path,
            "html" => report.html = path,
            "digest" => report.digest = path,
            name => debug_assert!(false, "{name} is read"),
        }
    });
    report
}
