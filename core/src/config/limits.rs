//! `[limits]`, and `limits` of a service.

use super::formats::units;
use super::model::{Limits, Spanned};
use super::reader::{Item, Reader};
use super::schema::{Field, Form, Kind, Section, alias, optional, same};
use crate::diagnostic::Code;
use crate::document::{Kind as Value, Node};

const FIELDS: &[Field] = &[
    optional(
        "memory",
        Kind::Size,
        "How much memory, such as `\"256MiB\"`.",
    )
    .or(&[
        alias("memory_mb", Form::MiB),
        same("memory_limit"),
        same("mem_limit"),
    ]),
    optional("cpus", Kind::Cpus, "How many processors, such as `0.5`.").or(&[
        alias("cpu_millicores", Form::MilliCpus),
        same("cpu_limit"),
        same("cpu"),
    ]),
    optional("pids", Kind::Integer(1, i128::MAX), "How many processes.").or(&[same("pids_limit")]),
];

/// `[limits]`.
pub static LIMITS: Section = Section {
    header: "limits",
    title: "`[limits]`",
    doc: "What each container may use, if its service does not say so itself.",
    fields: FIELDS,
    open: false,
};

/// Reads the table.
pub(super) fn read<'t>(parent: &Reader<'_, 't>, item: &Item<'_, 't>) -> Limits {
    let Some(table) = parent.table_of(item.name, item.node) else {
        return Limits::default();
    };
    if item.alias.is_some() {
        parent.old_name(item);
    }
    let reader = parent.within(&item.key.name, table, &LIMITS);
    let mut limits = Limits {
        header: Some(table.name),
        ..Limits::default()
    };
    reader.each(|item| match item.name {
        "memory" => limits.memory = memory(&reader, &item),
        "cpus" => limits.cpus = cpus(&reader, &item),
        "pids" => {
            limits.pids = reader.positive(item.name, item.node);
            if item.alias.is_some() {
                reader.old_name(&item);
            }
        }
        name => debug_assert!(false, "{name} is read"),
    });
    limits
}

fn memory<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Option<Spanned<u64>> {
    let node = item.node;
    let name = &*item.key.name;
    let bytes = if item.form() == Form::MiB {
        let size = reader.positive(name, node)?;
        let bytes = size.value.saturating_mul(1 << 20);
        replace(reader, item, &format!("\"{}\"", units::show_size(bytes)));
        bytes
    } else {
        let bytes = size(reader, name, node)?;
        if item.alias.is_some() {
            reader.old_name(item);
        }
        bytes
    };
    Some(Spanned::new(bytes, node.span))
}

/// A size in bytes, above nothing.
pub(super) fn size<'t>(reader: &Reader<'_, 't>, name: &str, node: &Node<'t>) -> Option<u64> {
    let bytes = match &node.kind {
        Value::Integer(_) => reader.positive(name, node)?.value,
        Value::String(text) if !node.touched => match units::size(text) {
            Ok(bytes) => bytes,
            Err(wrong) => {
                reader.lose();
                reader.wrong_value(Code::C118, node.span, text, &wrong);
                return None;
            }
        },
        _ => {
            if reader.is_whole(node) {
                reader.wrong_type(name, node, "a size such as \"256MiB\"");
            }
            return None;
        }
    };
    if bytes == 0 {
        reader.lose();
        reader
            .cx
            .report(Code::C105, node.span, format!("`{name}` must be above 0"));
        return None;
    }
    Some(bytes)
}

fn cpus<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Option<Spanned<f64>> {
    let node = item.node;
    let name = &*item.key.name;
    let cpus = if item.form() == Form::MilliCpus {
        let milli = reader.positive(name, node)?;
        #[expect(clippy::cast_precision_loss, reason = "thousandths of processors")]
        let cpus = milli.value as f64 / 1000.0;
        replace(reader, item, &cpus.to_string());
        cpus
    } else {
        let cpus = match &node.kind {
            Value::String(text) if !node.touched => match cpus_of(text) {
                Some(cpus) => cpus,
                None => {
                    reader.lose();
                    reader
                        .cx
                        .report(
                            Code::C118,
                            node.span,
                            format!("`{text}` is no number of processors"),
                        )
                        .help("write a number such as 0.5");
                    return None;
                }
            },
            _ => reader.number(name, node)?.value,
        };
        if item.alias.is_some() {
            replace(reader, item, &cpus.to_string());
        }
        cpus
    };
    if cpus > 0.0 && cpus.is_finite() {
        return Some(Spanned::new(cpus, node.span));
    }
    reader.lose();
    reader.cx.report(
        Code::C105,
        node.span,
        format!("`{name}` must be above 0, not {cpus}"),
    );
    None
}

/// `0.5`, or `500m` as Kubernetes has it.
fn cpus_of(text: &str) -> Option<f64> {
    match text.strip_suffix('m') {
        Some(milli) => milli.parse::<f64>().ok().map(|milli| milli / 1000.0),
        None => text.parse().ok(),
    }
}

fn replace(reader: &Reader<'_, '_>, item: &Item<'_, '_>, value: &str) {
    reader
        .old(
            item.key.span,
            format!("`{}` is an older form of `{}`", item.key.name, item.name),
        )
        .help(format!("write `{} = {value}`", item.name))
        .fix([
            (item.key.span, item.name.to_owned()),
            (item.node.span, value.to_owned()),
        ]);
}
