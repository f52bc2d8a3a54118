//! Files and colours.

use super::super::call::Callable;
use super::super::random::Random;
use super::texts::word;
use super::words::{COLORS, FILE_TYPES, FOLDERS};
use super::{kind, one};

pub(super) const FUNCTIONS: &[Callable] = &[
    kind!("fake_filename", "The name of a file.", filename),
    kind!("fake_extension", "The extension of a file.", |random| {
        one(random, FILE_TYPES).0
    }),
    kind!("fake_mime_type", "A media type: `image/png`.", |random| {
        one(random, FILE_TYPES).1
    }),
    kind!("fake_file_path", "The absolute path of a file.", |random| {
        let folder = one(random, FOLDERS);
        let within = word(random);
        format!("{folder}/{within}/{}", filename(random))
    }),
    kind!("fake_color", "A colour by its name.", |random| one(
        random, COLORS
    )),
    kind!("fake_hex_color", "A colour such as `#1e90ff`.", |random| {
        let [r, g, b]: [u8; 3] = random.bytes();
        format!("#{r:02x}{g:02x}{b:02x}")
    }),
    kind!(
        "fake_rgb_color",
        "A colour such as `rgb(30, 144, 255)`.",
        |random| {
            let [r, g, b]: [u8; 3] = random.bytes();
            format!("rgb({r}, {g}, {b})")
        }
    ),
];

fn filename(random: &mut Random) -> String {
    let name = word(random);
    format!("{name}.{}", one(random, FILE_TYPES).0)
}
