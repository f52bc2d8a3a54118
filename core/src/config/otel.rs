//! `[otel]`: where spans go.

use super::env;
use super::formats::endpoint;
use super::model::{Exporter, Otel, Pair, Protocol, Text};
use super::reader::{Item, Reader};
use super::schema::{Field, Kind, Section, optional};
use crate::diagnostic::Code;
use crate::document::{Kind as Value, Node};

const FIELDS: &[Field] = &[
    optional(
        "exporter",
        Kind::Word(&["otlp", "otlp-http", "otlp-grpc", "stdout", "none"]),
        "Where spans go.",
    )
    .also(&[Kind::Word(&[
        "otlp_http",
        "otlp_grpc",
        "otlp/http",
        "otlp/grpc",
        "console",
        "jaeger",
        "zipkin",
        "datadog",
        "newrelic",
        "new_relic",
        "new-relic",
    ])]),
    optional(
        "endpoint",
        Kind::Endpoint,
        "To which address; without it, to the runner's own receiver.",
    ),
    optional(
        "protocol",
        Kind::Word(&["http/protobuf", "http/json", "grpc"]),
        "How spans are sent.",
    )
    .also(&[Kind::Word(&["json", "protobuf", "http"])]),
    optional(
        "sample_ratio",
        Kind::Number(0.0, 1.0),
        "Which part of the traces is recorded, between 0 and 1.",
    ),
    optional("resources", Kind::Pairs, "Attributes of the resource."),
    optional("headers", Kind::Pairs, "Sent along with each export."),
    optional(
        "propagators",
        Kind::Table(&PROPAGATORS),
        "How context travels.",
    )
    .also(&[Kind::Texts]),
];

/// `[otel]`.
pub static OTEL: Section = Section {
    header: "otel",
    title: "`[otel]`",
    doc: "Where spans go, and how.",
    fields: FIELDS,
    open: false,
};

/// `[otel.propagators]`.
pub static PROPAGATORS: Section = Section {
    header: "otel.propagators",
    title: "`propagators`",
    doc: "How context travels from service to service.",
    fields: &[optional(
        "use",
        Kind::Texts,
        "Their names, such as `tracecontext` and `baggage`.",
    )],
    open: false,
};

const EXPORTERS: &[(&str, Exporter)] = &[
    ("otlp", Exporter::Otlp),
    ("otlp-http", Exporter::OtlpHttp),
    ("otlp-grpc", Exporter::OtlpGrpc),
    ("stdout", Exporter::Stdout),
    ("none", Exporter::None),
    ("otlp_http", Exporter::OtlpHttp),
    ("otlp_grpc", Exporter::OtlpGrpc),
    ("otlp/http", Exporter::OtlpHttp),
    ("otlp/grpc", Exporter::OtlpGrpc),
    ("console", Exporter::Stdout),
    ("jaeger", Exporter::Jaeger),
    ("zipkin", Exporter::Zipkin),
    ("datadog", Exporter::Datadog),
    ("newrelic", Exporter::NewRelic),
    ("new_relic", Exporter::NewRelic),
    ("new-relic", Exporter::NewRelic),
];

const PROTOCOLS: &[(&str, Protocol)] = &[
    ("http/protobuf", Protocol::HttpProtobuf),
    ("http/json", Protocol::HttpJson),
    ("grpc", Protocol::Grpc),
    ("json", Protocol::HttpJson),
    ("protobuf", Protocol::HttpProtobuf),
    ("http", Protocol::HttpProtobuf),
];

/// Reads the table.
pub(super) fn read<'t>(parent: &Reader<'_, 't>, item: &Item<'_, 't>) -> Option<Otel> {
    let table = parent.table_of(item.name, item.node)?;
    let reader = parent.within(item.name, table, &OTEL);
    let mut otel = Otel {
        header: table.name,
        ..Otel::default()
    };
    reader.each(|item| match item.name {
        "exporter" => otel.exporter = reader.word(&item, EXPORTERS),
        "endpoint" => otel.endpoint = read_endpoint(&reader, &item),
        "protocol" => otel.protocol = reader.word(&item, PROTOCOLS),
        "sample_ratio" => {
            otel.sample_ratio = reader.number_within(item.name, item.node, 0.0, 1.0);
        }
        "resources" => otel.resources = reader.pairs(&item),
        "headers" => otel.headers = headers(&reader, &item),
        "propagators" => otel.propagators = propagators(&reader, item.name, item.node),
        name => debug_assert!(false, "{name} is read"),
    });
    otel.incomplete = reader.is_incomplete();
    Some(otel)
}

fn read_endpoint<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Option<Text> {
    let text = reader.words(item)?;
    if let Err(wrong) = endpoint::check(&text.value) {
        reader.lose();
        reader.wrong_value(Code::C114, text.span, &text.value, &wrong);
        return None;
    }
    Some(text)
}

/// Headers, none of which should hold a credential.
pub(super) fn headers<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Vec<Pair> {
    let headers = reader.pairs(item);
    headers
        .iter()
        .for_each(|header| env::check_secret(reader, &header.name.value, &header.value));
    headers
}

/// `{ use = [names] }`, or the names themselves.
pub(super) fn propagators<'t>(reader: &Reader<'_, 't>, name: &str, node: &Node<'t>) -> Vec<Text> {
    if let Value::Array(_) | Value::String(_) = &node.kind {
        return reader.texts_of(name, node);
    }
    let Some(table) = reader.table_of(name, node) else {
        return Vec::new();
    };
    let inner = reader.within(name, table, &PROPAGATORS);
    let mut names = Vec::new();
    inner.each(|item| names = inner.texts(&item));
    if inner.is_incomplete() {
        reader.lose();
    }
    names
}
