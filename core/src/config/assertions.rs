//! Legacy assertions: `[assertions]`, `[test.assertions]`, `[test.cleanup]`.
//!
//! Those with a plain meaning keep it; any other checks nothing, which is reported.

use super::model::Assertions;
use super::reader::{Item, Reader};
use super::schema::{Field, Kind, Section, optional, same};
use crate::diagnostic::Code;
use crate::document::{Kind as Value, Table};

const HERMETIC: Field = optional(
    "execution_should_be_hermetic",
    Kind::Boolean,
    "The same as `[expect.hermeticity] no_external_services`.",
);

const COMMANDS: Field = optional(
    "container_should_have_executed_commands",
    Kind::Integer(0, i128::MAX),
    "At least so many commands ran in containers.",
);

const ALL_STEPS: Field = optional("all_steps_should_succeed", Kind::Boolean, "No step failed.")
    .or(&[same("all_steps_should_pass"), same("all_steps_must_pass")]);

const SERVICES: Field = optional(
    "service_should_start",
    Kind::Boolean,
    "All services became ready, or those that are named.",
)
.also(&[Kind::Texts])
.or(&[same("require_service_health")]);

/// `[assertions]`.
pub static ASSERTIONS: Section = Section {
    header: "assertions",
    title: "the known assertions",
    doc: "Legacy assertions on the run.",
    fields: &[HERMETIC, COMMANDS, ALL_STEPS, SERVICES],
    open: false,
};

/// `[test.assertions]`.
pub static TEST_ASSERTIONS: Section = Section {
    header: "test.assertions",
    title: "the known assertions",
    doc: "Legacy assertions on the run.",
    fields: &[HERMETIC, COMMANDS, ALL_STEPS, SERVICES],
    open: false,
};

/// `[test.cleanup]`: our runner always does all of it.
pub static CLEANUP: Section = Section {
    header: "test.cleanup",
    title: "what is cleaned up",
    doc: "What is removed after a test; our runner always removes everything.",
    fields: &[
        optional("force_cleanup", Kind::Boolean, "Always done."),
        optional("remove_networks", Kind::Boolean, "Always done."),
        optional("remove_volumes", Kind::Boolean, "Always done."),
        optional("remove_containers", Kind::Boolean, "Always done."),
    ],
    open: false,
};

/// Reads a table of assertions, or several.
pub(super) fn read<'t>(
    parent: &Reader<'_, 't>,
    item: &Item<'_, 't>,
    section: &'static Section,
    assertions: &mut Assertions,
) {
    match &item.node.kind {
        Value::Array(array) => {
            for node in &array.items {
                if let Some(table) = parent.table_of(item.name, node) {
                    read_table(parent, item.name, table, section, assertions);
                }
            }
        }
        _ => {
            if let Some(table) = parent.table_of(item.name, item.node) {
                read_table(parent, item.name, table, section, assertions);
            }
        }
    }
}

fn read_table<'t>(
    parent: &Reader<'_, 't>,
    name: &str,
    table: &Table<'t>,
    section: &'static Section,
    assertions: &mut Assertions,
) {
    let reader = parent.within(name, table, section);
    reader.each(|item| match item.name {
        "execution_should_be_hermetic" => {
            assertions.hermetic = assertions.hermetic.or(reader.boolean(&item));
        }
        "container_should_have_executed_commands" => {
            let commands = reader.natural(&item.key.name, item.node);
            assertions.commands = assertions.commands.or(commands);
        }
        "all_steps_should_succeed" => {
            assertions.all_steps = assertions.all_steps.or(reader.boolean(&item));
        }
        "service_should_start" => services(&reader, &item, assertions),
        name => debug_assert!(false, "{name} is read"),
    });
    if reader.is_incomplete() {
        parent.lose();
    }
}

/// True or false for all services, or the names of those that are meant.
fn services<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>, assertions: &mut Assertions) {
    let names = match &item.node.kind {
        Value::String(text) => !matches!(&**text, "true" | "false"),
        Value::Array(_) => true,
        _ => false,
    };
    if names {
        assertions.started.extend(reader.texts(item));
    } else {
        let all = reader.boolean(item);
        assertions.services_healthy = assertions.services_healthy.or(all);
    }
}

/// Reads `[test.cleanup]`. What is switched off there is done all the same, which is said.
pub(super) fn cleanup<'t>(parent: &Reader<'_, 't>, item: &Item<'_, 't>) {
    let Some(table) = parent.table_of(item.name, item.node) else {
        return;
    };
    let reader = parent.within(item.name, table, &CLEANUP);
    reader.each(|item| {
        if let Some(value) = reader.boolean(&item)
            && !value.value
        {
            reader
                .cx
                .report(
                    Code::C103,
                    item.key.span,
                    format!("`{} = false` has no effect", item.key.name),
                )
                .label("always done")
                .help("`clnrm run --keep` leaves a failed test standing");
        }
    });
}
