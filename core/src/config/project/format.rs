//! The tables of the project file.

use crate::config::schema::{Field, Kind, Section, optional, required};

const WATCH_FIELD: Field = optional("watch", Kind::Table(&WATCH), "What `clnrm watch` does.");
const CACHE_FIELD: Field = optional("cache", Kind::Table(&CACHE), "What is kept between checks.");
const RUN_FIELD: Field = optional("run", Kind::Table(&RUN), "What `clnrm run` may use.");

/// The project file.
pub static PROJECT_FILE: Section = Section {
    header: "",
    title: "a project file",
    doc: "What holds for all test files of a project.",
    fields: &[
        optional("project", Kind::Table(&PROJECT), "The project itself."),
        optional("vars", Kind::Any, "Variables of all templates."),
        optional(
            "template",
            Kind::Table(&TEMPLATE),
            "How templates are rendered.",
        ),
        WATCH_FIELD,
        CACHE_FIELD,
        RUN_FIELD,
        optional(
            "profile",
            Kind::Named(&PROFILE),
            "What differs from this file under `--profile`.",
        ),
        optional("lint", Kind::Table(&LINT), "What is not reported."),
    ],
    open: false,
};

pub(super) static PROJECT: Section = Section {
    header: "project",
    title: "`[project]`",
    doc: "The project itself.",
    fields: &[optional("name", Kind::Text, "What it is called.")],
    open: false,
};

pub(super) static TEMPLATE: Section = Section {
    header: "template",
    title: "`[template]`",
    doc: "How templates are rendered.",
    fields: &[
        optional(
            "paths",
            Kind::Texts,
            "Where includes are looked up, after the template's own folder.",
        ),
        optional(
            "allow_env",
            Kind::Texts,
            "Environment variables that `env()` may read; globs are allowed.",
        ),
    ],
    open: false,
};

pub(super) static WATCH: Section = Section {
    header: "watch",
    title: "`[watch]`",
    doc: "What `clnrm watch` does.",
    fields: &[
        optional(
            "debounce_ms",
            Kind::Integer(0, 60_000),
            "How long it waits for more after a change.",
        ),
        optional(
            "max_debounce_ms",
            Kind::Integer(0, 60_000),
            "How long it waits at most.",
        ),
        optional(
            "adaptive",
            Kind::Boolean,
            "It waits longer while many files change.",
        ),
        optional(
            "level",
            Kind::Word(&["syntax", "semantic", "structure"]),
            "How far files are judged.",
        ),
    ],
    open: false,
};

pub(super) static CACHE: Section = Section {
    header: "cache",
    title: "`[cache]`",
    doc: "What is kept between checks.",
    fields: &[
        optional(
            "max_entries",
            Kind::Integer(0, i128::MAX),
            "So many renders; 0 keeps none.",
        ),
        optional("max_bytes", Kind::Size, "So many bytes."),
        optional(
            "ttl",
            Kind::Duration,
            "For so long; for good if it is left out.",
        ),
    ],
    open: false,
};

pub(super) static RUN: Section = Section {
    header: "run",
    title: "`[run]`",
    doc: "What `clnrm run` may use.",
    fields: &[
        optional(
            "max_concurrent",
            Kind::Integer(1, i128::MAX),
            "Tests at the same time.",
        ),
        optional(
            "max_containers",
            Kind::Integer(1, i128::MAX),
            "Containers at the same time.",
        ),
        optional(
            "max_memory_mb",
            Kind::Integer(1, i128::MAX),
            "Memory of all containers together, in MiB.",
        ),
        optional(
            "max_cpu_cores",
            Kind::Number(0.0, f64::MAX),
            "Processors of all containers together.",
        ),
        optional("timeout", Kind::Duration, "Of each test that sets none."),
        optional(
            "default_image",
            Kind::Image,
            "For scenarios that name no service.",
        ),
        optional(
            "allow_host_paths",
            Kind::Texts,
            "Folders outside the test's own that volumes may mount.",
        ),
    ],
    open: false,
};

pub(super) static PROFILE: Section = Section {
    header: "profile.NAME",
    title: "a profile",
    doc: "What differs from the rest of the file under `--profile NAME`.",
    fields: &[WATCH_FIELD, CACHE_FIELD, RUN_FIELD],
    open: false,
};

pub(super) static LINT: Section = Section {
    header: "lint",
    title: "`[lint]`",
    doc: "What is not reported.",
    fields: &[optional(
        "allow",
        Kind::Tables(&ALLOW),
        "Codes that are not reported in some files.",
    )],
    open: false,
};

pub(super) static ALLOW: Section = Section {
    header: "lint.allow",
    title: "an entry of `lint.allow`",
    doc: "Codes that are not reported in some files.",
    fields: &[
        required("path", Kind::Text, "A glob over paths of files."),
        required(
            "codes",
            Kind::Texts,
            "Codes of infos and warnings, such as `C119`.",
        ),
    ],
    open: false,
};
