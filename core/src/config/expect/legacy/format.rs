//! The tables of `[otel_validation]`.

use crate::config::schema::{Field, Form, Kind, Section, alias, optional, required};

const REASON: Field =
    optional("reason", Kind::Text, "Why.").or(&[alias("description", Form::Welcome)]);

/// `[otel_validation]`.
pub static OTEL_VALIDATION: Section = Section {
    header: "otel_validation",
    title: "`[otel_validation]`",
    doc: "The older form of `[expect]`.",
    fields: &[
        optional(
            "enabled",
            Kind::Boolean,
            "`false`: the block checks nothing.",
        ),
        optional(
            "validate_spans",
            Kind::Boolean,
            "`false`: no span is expected.",
        ),
        optional(
            "validate_traces",
            Kind::Boolean,
            "`false`: no trace is expected.",
        ),
        optional(
            "validate_temporal_ordering",
            Kind::Boolean,
            "`false`: no order is expected.",
        ),
        optional(
            "validate_cardinality",
            Kind::Boolean,
            "`false`: nothing is counted.",
        ),
        optional(
            "validate_hermeticity",
            Kind::Boolean,
            "`false`: nothing is said of the outside.",
        ),
        optional(
            "validate_attributes",
            Kind::Boolean,
            "`false`: nothing is said of attributes.",
        ),
        optional(
            "validate_graph_topology",
            Kind::Boolean,
            "`false`: nothing is said of the graph.",
        ),
        optional(
            "expected_spans",
            Kind::Tables(&SPAN),
            "The older form of `[[expect.span]]`.",
        ),
        optional(
            "expected_traces",
            Kind::Tables(&TRACE),
            "Spans of a trace, and their edges.",
        ),
        optional(
            "expect_counts",
            Kind::Table(&crate::config::expect::COUNTS),
            "The same as `[expect.counts]`.",
        ),
        optional(
            "span_count_constraints",
            Kind::Tables(&COUNT),
            "The older form of `[expect.counts]`.",
        ),
        optional(
            "temporal_constraints",
            Kind::Tables(&TEMPORAL),
            "The older form of `[expect.order]`.",
        ),
        optional(
            "hermeticity_constraints",
            Kind::Tables(&HERMETIC),
            "The older form of `[expect.hermeticity]`.",
        ),
        optional(
            "graph_topology_constraints",
            Kind::Tables(&TOPOLOGY),
            "The older form of `[expect.graph]`.",
        ),
        optional(
            "attribute_constraints",
            Kind::Tables(&ATTRIBUTE),
            "What an attribute must be, wherever it is.",
        ),
        REASON,
    ],
    open: false,
};

pub(super) static SPAN: Section = Section {
    header: "otel_validation.expected_spans",
    title: "an expected span",
    doc: "The older form of `[[expect.span]]`.",
    fields: &[
        required("name", Kind::Pattern, "The span's name."),
        optional(
            "required",
            Kind::Boolean,
            "`false`: the span may be missing.",
        ),
        optional("parent", Kind::Pattern, "The name of its parent."),
        optional(
            "kind",
            Kind::Word(&["internal", "server", "client", "producer", "consumer"]),
            "Its kind.",
        ),
        optional(
            "status",
            Kind::Word(&["OK", "ERROR", "UNSET"]),
            "Its status.",
        ),
        optional(
            "attributes",
            Kind::Attributes,
            "Attributes that are all there.",
        )
        .or(&[alias("attrs", Form::Welcome)]),
        optional(
            "required_attributes",
            Kind::Table(&REQUIRED),
            "Attributes that are there, whatever their value.",
        ),
        optional("count", Kind::Bounds, "How many there are."),
        optional(
            "min_duration_ms",
            Kind::Number(0.0, f64::MAX),
            "At least so long.",
        ),
        optional(
            "max_duration_ms",
            Kind::Number(0.0, f64::MAX),
            "At most so long.",
        ),
        REASON,
    ],
    open: false,
};

pub(super) static REQUIRED: Section = Section {
    header: "otel_validation.expected_spans.required_attributes",
    title: "`required_attributes`",
    doc: "Attributes that are there, whatever their value.",
    fields: &[optional("attributes", Kind::Texts, "Their names.")],
    open: false,
};

pub(super) static TRACE: Section = Section {
    header: "otel_validation.expected_traces",
    title: "an expected trace",
    doc: "Spans of a trace, and their edges.",
    fields: &[
        optional("span_names", Kind::Patterns, "The spans."),
        optional(
            "complete",
            Kind::Boolean,
            "`false`: some of them may be missing.",
        ),
        optional("is_tree", Kind::Boolean, "The same as `acyclic`."),
        optional("parent_child", Kind::Edges, "Pairs of parent and child."),
        REASON,
    ],
    open: false,
};

pub(super) static COUNT: Section = Section {
    header: "otel_validation.span_count_constraints",
    title: "a constraint on a count",
    doc: "The older form of `[expect.counts]`.",
    fields: &[
        optional(
            "span_name",
            Kind::Pattern,
            "Which spans; all of them if it is left out.",
        ),
        optional("service_name", Kind::Text, "Only spans of this service."),
        optional(
            "exact_count",
            Kind::Integer(0, i128::MAX),
            "Exactly so many.",
        )
        .or(&[alias("eq", Form::Welcome)]),
        optional(
            "min_count",
            Kind::Integer(0, i128::MAX),
            "At least so many.",
        )
        .or(&[alias("gte", Form::Welcome), alias("min", Form::Welcome)]),
        optional("max_count", Kind::Integer(0, i128::MAX), "At most so many.")
            .or(&[alias("lte", Form::Welcome), alias("max", Form::Welcome)]),
        REASON,
    ],
    open: false,
};

pub(super) static TEMPORAL: Section = Section {
    header: "otel_validation.temporal_constraints",
    title: "a constraint on order",
    doc: "The older form of `[expect.order]`.",
    fields: &[
        required("span_name", Kind::Pattern, "The span."),
        optional("must_precede", Kind::Patterns, "Spans that come after it."),
        optional("must_follow", Kind::Patterns, "Spans that come before it."),
        REASON,
    ],
    open: false,
};

pub(super) static HERMETIC: Section = Section {
    header: "otel_validation.hermeticity_constraints",
    title: "a constraint on hermeticity",
    doc: "The older form of `[expect.hermeticity]`.",
    fields: &[
        optional(
            "no_external_network",
            Kind::Boolean,
            "The same as `no_external_services`.",
        )
        .or(&[alias("no_external_services", Form::Welcome)]),
        REASON,
    ],
    open: false,
};

pub(super) static TOPOLOGY: Section = Section {
    header: "otel_validation.graph_topology_constraints",
    title: "a constraint on the graph",
    doc: "The older form of `[expect.graph]`.",
    fields: &[
        optional("no_orphaned_spans", Kind::Boolean, "A part of `acyclic`."),
        optional("no_cycles", Kind::Boolean, "The same as `acyclic`.")
            .or(&[alias("acyclic", Form::Welcome)]),
        optional(
            "required_paths",
            Kind::Tables(&PATH),
            "Paths that are there.",
        ),
        REASON,
    ],
    open: false,
};

pub(super) static PATH: Section = Section {
    header: "otel_validation.graph_topology_constraints.required_paths",
    title: "a path",
    doc: "A path from span to span.",
    fields: &[
        optional("from", Kind::Pattern, "The ancestor."),
        optional("to", Kind::Pattern, "The descendant."),
        optional(
            "path",
            Kind::Patterns,
            "All spans on the way, each the parent of the next.",
        ),
        REASON,
    ],
    open: false,
};

pub(super) static ATTRIBUTE: Section = Section {
    header: "otel_validation.attribute_constraints",
    title: "a constraint on an attribute",
    doc: "What an attribute must be, wherever it is.",
    fields: &[
        required("attribute_name", Kind::Text, "The attribute."),
        optional(
            "data_type",
            Kind::Word(&["string", "integer", "float", "boolean"]),
            "Of which type it is.",
        ),
        optional(
            "valid_range",
            Kind::Any,
            "Its least and its greatest value.",
        ),
        optional(
            "pattern",
            Kind::Regex,
            "A regular expression that matches it.",
        ),
        optional("allowed_values", Kind::Any, "It is one of these."),
        REASON,
    ],
    open: false,
};
