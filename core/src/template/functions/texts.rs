//! Filters that can be called as functions too.

use super::super::call::{Callable, required};
use super::super::filters;

pub(super) const FUNCTIONS: &[Callable] = &[
    Callable::ours(
        "sha256",
        &[required("s").or(&["value"])],
        "The SHA-256 of the text's bytes, as 64 hex digits.",
        |args, _| Ok(filters::sha256_hex(args.str("s")?.unwrap_or_default())),
    ),
    Callable::ours(
        "toml_encode",
        &[required("value").or(&["s"])],
        "The value as TOML: text quoted and escaped, objects as inline tables.",
        |args, host| filters::toml_encode(args.require("value")?, host),
    ),
    Callable::ours(
        "slug",
        &[required("s").or(&["value"])],
        "The text as small letters and digits with `-` between words, accents taken off.",
        |args, host| filters::slugify(args.str("s")?.unwrap_or_default(), host),
    ),
    Callable::ours(
        "kebab",
        &[required("s").or(&["value"])],
        "The words of the text in small letters with `-` between them.",
        |args, host| filters::kebab(args.str("s")?.unwrap_or_default(), host),
    ),
    Callable::ours(
        "snake",
        &[required("s").or(&["value"])],
        "The words of the text in small letters with `_` between them.",
        |args, host| filters::snake(args.str("s")?.unwrap_or_default(), host),
    ),
    Callable::ours(
        "camel",
        &[required("s").or(&["value"])],
        "The words of the text run together, each but the first with a large letter.",
        |args, host| filters::camel(args.str("s")?.unwrap_or_default(), host),
    ),
    Callable::ours(
        "pascal",
        &[required("s").or(&["value"])],
        "The words of the text run together, each with a large letter.",
        |args, host| filters::pascal(args.str("s")?.unwrap_or_default(), host),
    ),
];
