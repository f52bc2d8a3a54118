//! The playground page, embedded, and a server for it.
//!
//! The server answers GET and HEAD for the files of a table and knows no disk, so that no path leads
//! out of it; it listens on the loopback interface alone.

mod server;

pub use server::serve;

// `FILES`: the files of `web/dist` by name, as `build.rs` found them.
include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// What is served where the page was not built.
const UNBUILT: &str = include_str!("unbuilt.html");

/// A file of the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct File {
    /// Its `Content-Type`.
    pub content_type: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

/// Whether the program was built with the page.
pub fn is_built() -> bool {
    !FILES.is_empty()
}

/// The file at a path, which begins with `/`.
pub fn file(path: &str) -> Option<File> {
    let name = match path.strip_prefix('/')? {
        "" => "index.html",
        name => name,
    };
    if !is_built() && name == "index.html" {
        return Some(File {
            content_type: content_type(name),
            bytes: UNBUILT.as_bytes(),
        });
    }
    let at = FILES
        .binary_search_by(|(known, _)| (*known).cmp(name))
        .ok()?;
    Some(File {
        content_type: content_type(name),
        bytes: FILES[at].1,
    })
}

/// By the ending of the name. Browsers compile WebAssembly as it arrives only under its own type.
fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_something_to_see() {
        let index = file("/").unwrap();
        assert_eq!(index, file("/index.html").unwrap());
        assert!(index.content_type.starts_with("text/html"));
        assert!(!index.bytes.is_empty());
    }

    #[test]
    fn only_files_of_the_page_are_there() {
        for path in [
            "",
            "index.html",
            "/../Cargo.toml",
            "//index.html",
            "/.",
            "/assets",
        ] {
            assert_eq!(file(path), None, "{path}");
        }
        assert!(FILES.is_sorted_by_key(|(name, _)| *name));
    }
}
