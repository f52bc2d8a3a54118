//! References of images, and what stands in commands.

use crate::config::formats::{image, secret};
use crate::config::model::{Command, Text};
use crate::config::reader::{Item, Reader};
use crate::config::values::show;
use crate::diagnostic::Code;

pub(super) fn read_image<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Option<Text> {
    let text = reader.words(item)?;
    check_image(reader, &text).then_some(text)
}

/// Whether the text is a reference of an image. Says so if not, and if it floats.
pub(in crate::config) fn check_image(reader: &Reader<'_, '_>, text: &Text) -> bool {
    if crate::config::formats::has_variable(&text.value) {
        return true;
    }
    match image::parse(&text.value) {
        Err(wrong) => {
            reader.lose();
            reader.wrong_value(Code::C110, text.span, &text.value, &wrong);
            false
        }
        Ok(reference) => {
            if reference.floats() {
                let message = match reference.tag {
                    Some(tag) => format!("the tag `{tag}` of `{}` floats", show(&text.value)),
                    None => format!("`{}` has no tag", show(&text.value)),
                };
                reader
                    .cx
                    .report(Code::C119, text.span, message)
                    .label("may be another image tomorrow")
                    .help("name a version, or pin the image with `@sha256:…`");
            }
            true
        }
    }
}

/// Warns of credentials in a command.
pub(in crate::config) fn check_command(reader: &Reader<'_, '_>, command: &Command) {
    for text in command.texts() {
        if let Some(what) = secret::known_form(&text.value) {
            reader
                .cx
                .report(
                    Code::C120,
                    text.span,
                    format!("a command holds what looks like {what}"),
                )
                .label("anyone who reads the file can use it")
                .help("take it from the environment");
        }
    }
}
