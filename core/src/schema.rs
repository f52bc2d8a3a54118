//! The JSON Schema of the test file, made from the same tables that the readers go by.
//!
//! It is draft 7, which the TOML extensions of editors read. What the readers take without a word
//! the schema admits; older spellings are marked as deprecated. A table that knows its settings admits
//! no others: in an editor a misspelt name is underlined, as `dry-run` reports it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::config::schema::{Alias, Field, Form, Kind, Section};
use crate::config::{COUNT, EDGE, FILE, VOLUME};

const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// Whole numbers beyond this are not told apart by readers of JSON that know only doubles.
const EXACT: i128 = 1 << 53;

/// A schema, or a part of one. Serialises to JSON.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names of JSON Schema")]
pub struct Schema {
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub draft: Option<&'static str>,
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_items: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_items: Option<u32>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<&'static str, Schema>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_properties: Option<Others>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Schema>,
    #[serde(rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub then: Option<Box<Schema>>,
    #[serde(rename = "else", skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub definitions: BTreeMap<&'static str, Schema>,
}

/// What a table admits besides its properties.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(untagged)]
pub enum Others {
    /// Anything, or nothing.
    Admitted(bool),
    /// Whatever is like this.
    Like(Box<Schema>),
}

/// The schema of a test file.
#[must_use]
pub fn test_file() -> Schema {
    let mut definitions = BTreeMap::new();
    let root = section(&FILE, &mut definitions);
    Schema {
        draft: Some(DRAFT),
        title: Some("clnrm test file"),
        definitions,
        ..root
    }
}

type Definitions = BTreeMap<&'static str, Schema>;

fn section(section: &'static Section, definitions: &mut Definitions) -> Schema {
    let mut properties = BTreeMap::new();
    let mut required = Vec::new();
    for field in section.fields {
        properties.insert(field.name, today(field, definitions));
        for alias in field.aliases {
            properties.insert(alias.name, older(field, alias, definitions));
        }
        if field.required && field.aliases.is_empty() {
            required.push(field.name);
        }
    }
    Schema {
        kind: Some("object"),
        description: Some(section.doc.to_owned()),
        properties,
        required,
        additional_properties: Some(Others::Admitted(section.open)),
        ..Schema::default()
    }
}

/// A reference to the definition of a table, which is made if it is not there yet.
fn reference(table: &'static Section, definitions: &mut Definitions) -> Schema {
    if !definitions.contains_key(table.header) {
        // Before its fields, which may lead back to it.
        definitions.insert(table.header, Schema::default());
        let made = section(table, definitions);
        definitions.insert(table.header, made);
    }
    Schema {
        reference: Some(format!("#/definitions/{}", table.header)),
        ..Schema::default()
    }
}

fn today(field: &'static Field, definitions: &mut Definitions) -> Schema {
    let mut shapes = vec![value(field.kind, definitions)];
    shapes.extend(field.also.iter().map(|kind| value(*kind, definitions)));
    described(any(shapes), field.doc.to_owned())
}

fn older(field: &'static Field, alias: &Alias, definitions: &mut Definitions) -> Schema {
    let schema = match alias.form {
        Form::Same | Form::Welcome | Form::Inverse => today(field, definitions),
        Form::Millis | Form::Seconds | Form::MiB | Form::MilliCpus => {
            any(vec![at_least(0.0), value(field.kind, definitions)])
        }
    };
    let unit = match alias.form {
        Form::Same | Form::Welcome => "",
        Form::Inverse => ", with the opposite meaning",
        Form::Millis => ", in milliseconds",
        Form::Seconds => ", in seconds",
        Form::MiB => ", in MiB",
        Form::MilliCpus => ", in thousandths of a processor",
    };
    let name = field.name;
    Schema {
        deprecated: true,
        ..described(
            schema,
            format!("Older name of `{name}`{unit}. {}", field.doc),
        )
    }
}

/// Siblings of `$ref` are not read in draft 7.
fn described(schema: Schema, description: String) -> Schema {
    let description = Some(description);
    if schema.reference.is_some() {
        return Schema {
            all_of: vec![schema],
            description,
            ..Schema::default()
        };
    }
    Schema {
        description,
        ..schema
    }
}

fn any(mut shapes: Vec<Schema>) -> Schema {
    if shapes.len() == 1 {
        return shapes.remove(0);
    }
    Schema {
        any_of: shapes,
        ..Schema::default()
    }
}

fn of(kind: &'static str) -> Schema {
    Schema {
        kind: Some(kind),
        ..Schema::default()
    }
}

fn text() -> Schema {
    of("string")
}

fn some_text() -> Schema {
    Schema {
        min_length: Some(1),
        ..text()
    }
}

fn at_least(minimum: f64) -> Schema {
    Schema {
        minimum: Some(minimum),
        ..of("number")
    }
}

fn scalar() -> Schema {
    any(vec![text(), of("number"), of("boolean")])
}

fn list(items: Schema) -> Schema {
    Schema {
        items: Some(Box::new(items)),
        ..of("array")
    }
}

fn table_of(values: Schema) -> Schema {
    Schema {
        additional_properties: Some(Others::Like(Box::new(values))),
        ..of("object")
    }
}

fn value(kind: Kind, definitions: &mut Definitions) -> Schema {
    match kind {
        // A regex is of Rust's kind: validators that know JavaScript's would refuse good ones.
        Kind::Text | Kind::Timestamp | Kind::Endpoint | Kind::Regex => text(),
        Kind::Name | Kind::ServiceName | Kind::Pattern | Kind::Image => some_text(),
        Kind::Scalar => scalar(),
        Kind::Boolean => of("boolean"),
        Kind::Integer(least, greatest) => Schema {
            minimum: bound(least),
            maximum: bound(greatest),
            ..of("integer")
        },
        Kind::Number(least, greatest) => Schema {
            minimum: Some(least).filter(|least| *least > f64::MIN),
            maximum: Some(greatest).filter(|greatest| *greatest < f64::MAX),
            ..of("number")
        },
        Kind::Duration => any(vec![
            Schema {
                pattern: Some(r"^\s*(\d+(ms|s|m|h|d)\s*)+$".to_owned()),
                ..text()
            },
            at_least(0.0),
        ]),
        Kind::Size => any(vec![some_text(), at_least(0.0)]),
        Kind::Cpus => any(vec![at_least(0.0), some_text()]),
        Kind::Word(words) => any(vec![
            Schema {
                words: words.to_vec(),
                ..Schema::default()
            },
            Schema {
                pattern: Some(in_any_case(words)),
                ..text()
            },
        ]),
        Kind::Command => any(vec![
            some_text(),
            Schema {
                min_items: Some(1),
                ..list(scalar())
            },
        ]),
        Kind::Texts | Kind::Patterns => any(vec![list(some_text()), some_text()]),
        Kind::Edges => {
            let pair = Schema {
                min_items: Some(2),
                max_items: Some(2),
                ..list(some_text())
            };
            let edge = reference(&EDGE, definitions);
            any(vec![list(any(vec![pair.clone(), edge])), pair])
        }
        Kind::Ports => {
            let port = Schema {
                minimum: Some(0.0),
                maximum: Some(65_535.0),
                ..of("integer")
            };
            list(any(vec![port, some_text()]))
        }
        Kind::Volumes => {
            let volume = reference(&VOLUME, definitions);
            list(any(vec![some_text(), volume]))
        }
        Kind::Env | Kind::Pairs => any(vec![table_of(scalar()), list(text())]),
        Kind::Attributes => any(vec![of("object"), list(Schema::default())]),
        Kind::Bounds => any(vec![reference(&COUNT, definitions), at_least(0.0)]),
        Kind::ByName => of("object"),
        Kind::Table(section) => reference(section, definitions),
        // A single table is read as a list of one.
        Kind::Tables(section) => {
            let table = Box::new(reference(section, definitions));
            // Not `anyOf`, of which a validator can only say that none of it fits: so the fault is that
            // of the setting within.
            Schema {
                items: Some(table.clone()),
                condition: Some(Box::new(of("object"))),
                then: Some(table),
                otherwise: Some(Box::new(of("array"))),
                ..Schema::default()
            }
        }
        Kind::Named(section) => table_of(reference(section, definitions)),
        Kind::Any => Schema::default(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to EXACT")]
fn bound(limit: i128) -> Option<f64> {
    (limit.abs() <= EXACT).then_some(limit as f64)
}

/// A pattern of the words, whose letters may be of any case: JSON Schema has no flag for that.
fn in_any_case(words: &[&str]) -> String {
    let mut pattern = String::from("^(");
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            pattern.push('|');
        }
        for character in word.chars() {
            if character.is_ascii_alphabetic() {
                pattern.push('[');
                pattern.push(character.to_ascii_lowercase());
                pattern.push(character.to_ascii_uppercase());
                pattern.push(']');
            } else {
                pattern.push(character);
            }
        }
    }
    pattern.push_str(")$");
    pattern
}
