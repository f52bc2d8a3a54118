//! Inputs that the benchmarks share, and the page that their figures go into.
//!
//! The texts are made, not shipped, so that their size can be asked for; they hold what real test
//! files hold, in about the same proportions: comments, tables, interpolated strings, a loop, a
//! condition, filters, macros.

pub mod document;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Where cargo builds, and criterion writes.
#[must_use]
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    )
}

/// The program that the cold process is measured with, once it is built for release.
#[must_use]
pub fn program() -> PathBuf {
    target().join("release/clnrm")
}

/// How many files the cold process is started on.
pub const SIZES: [usize; 3] = [1, 1_000, 10_000];

/// A macro library, so that a check follows an import.
pub const LIBRARY: &str = r#"{% macro span(name, parent="", kind="internal") %}
[[expect.span]]
name = "{{ name }}"
kind = "{{ kind }}"
{% if parent != "" %}parent = "{{ parent }}"{% endif %}
{% endmacro span %}
"#;

/// Name under which [`LIBRARY`] is imported.
pub const LIBRARY_NAME: &str = "_bench.toml.tera";

/// A template of about `bytes` bytes (at least 1,000) that renders to a valid test file. Every
/// construct in it means the same to Tera 1, Tera 2 and us, so that peers can render it too; with
/// `import` it also calls a macro of [`LIBRARY`], which only we and Tera 1 are asked to render.
#[must_use]
pub fn template(bytes: usize, import: bool) -> String {
    let mut text = String::with_capacity(bytes + 512);
    if import {
        let _ = writeln!(text, "{{% import \"{LIBRARY_NAME}\" as lib %}}");
    }
    text.push_str(
        r#"# Checkout, from the cart to the receipt.
[meta]
name = "{{ svc }}_checkout"
version = "1.0.0"
description = "Checkout of {{ svc | upper }} in {{ env }}"
tags = ["smoke", "{{ env }}"]

[service.api]
plugin = "generic_container"
image = "registry.example/{{ svc }}:1.4.2"
env = { APP_ENV = "{{ env }}", LOG = "{% if env == "ci" %}debug{% else %}info{% endif %}" }

[determinism]
seed = 42
freeze_clock = "2025-01-01T00:00:00Z"

[expect.status]
all = "OK"
"#,
    );
    let mut step = 0;
    while text.len() < bytes {
        let _ = write!(
            text,
            r#"
# Step {step}: what the user does next.
[[scenario]]
name = "step-{step}"
service = "api"
run = "curl -fsS localhost:8080/{{{{ svc | lower }}}}/{step}{{% for n in [1, 2, 3] %}}?n={{{{ n }}}}{{% endfor %}}"
timeout = "{seconds}s"
expected_output_regex = "ok {step}"

[[expect.span]]
name = "{{{{ svc }}}}.step.{step}"
kind = "server"
attrs.all = {{ "step" = "{step}", "env" = "{{{{ env }}}}" }}
"#,
            seconds = step % 30 + 1
        );
        if import {
            let _ = writeln!(
                text,
                "{{{{ lib::span(name=\"inner.{step}\", parent=\"parent.{step}\") }}}}"
            );
            let _ = writeln!(text, "[[expect.span]]\nname = \"parent.{step}\"");
        }
        step += 1;
    }
    text
}

/// A small template, number `number`; no two are alike.
#[must_use]
pub fn small_template(number: usize) -> String {
    format!(
        r#"[meta]
name = "{{{{ svc }}}}_{number}"

[service.api]
image = "registry.example/api:1.{number}"

[[scenario]]
name = "answers"
service = "api"
run = "echo {{{{ env }}}} {number}"
expected_output_contains = "{number}"
"#
    )
}

/// Writes `count` small templates into `folder`, a hundred in each sub-folder.
///
/// # Errors
/// When the disk refuses.
pub fn write_small_templates(folder: &Path, count: usize) -> std::io::Result<()> {
    for number in 0..count {
        let sub = folder.join(format!("part-{:03}", number / 100));
        if number % 100 == 0 {
            std::fs::create_dir_all(&sub)?;
        }
        std::fs::write(
            sub.join(format!("case-{number:05}.clnrm.toml.tera")),
            small_template(number),
        )?;
    }
    Ok(())
}
