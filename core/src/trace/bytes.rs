//! Hex and base64: how ids and bytes are written.

use std::sync::Arc;

use super::model::Id;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with padding.
pub(super) fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place)) & 63;
            text.push(if place <= chunk.len() {
                char::from(ALPHABET[digit as usize])
            } else {
                '='
            });
        }
    }
    text
}

/// The bytes of base64, with or without padding, in the usual alphabet or that of URLs.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    if text.len() - digits.len() > 2 || digits.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut bits, mut held) = (0u32, 0);
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(bytes)
}

/// Lower-case hex.
pub(super) fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]));
    digits.collect()
}

/// An id as it is written: hex, also after `0x`; or base64 of 8 or 16 bytes; or any other text.
/// `None` where there is none: nothing, or zeros.
pub(super) fn id(text: &str) -> Option<Id> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if digits.bytes().all(|digit| digit == b'0') {
        return None;
    }
    let is_hex = matches!(digits.len(), 16 | 32) && digits.bytes().all(|d| d.is_ascii_hexdigit());
    if is_hex {
        return Some(if digits.bytes().any(|digit| digit.is_ascii_uppercase()) {
            digits.to_ascii_lowercase().into()
        } else {
            Arc::from(digits)
        });
    }
    // 8 and 16 bytes are 11 and 22 digits; with padding 12 and 24.
    if matches!(text.len(), 11 | 12 | 22 | 24)
        && let Some(bytes) = from_base64(text)
        && matches!(bytes.len(), 8 | 16)
    {
        return id_of_bytes(&bytes);
    }
    Some(text.into())
}

/// The id that is these bytes; `None` for nothing or zeros.
pub(super) fn id_of_bytes(bytes: &[u8]) -> Option<Id> {
    bytes
        .iter()
        .any(|byte| *byte != 0)
        .then(|| to_hex(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_goes_both_ways() {
        // RFC 4648, section 10.
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(to_base64(plain.as_bytes()), coded);
            assert_eq!(from_base64(coded).as_deref(), Some(plain.as_bytes()));
            let bare = coded.trim_end_matches('=');
            assert_eq!(from_base64(bare).as_deref(), Some(plain.as_bytes()));
        }
        assert_eq!(from_base64("-_8="), from_base64("+/8="));
        for bad in ["A", "A===", "A*==", "Zg==="] {
            assert_eq!(from_base64(bad), None, "{bad}");
        }
    }

    #[test]
    fn ids_are_the_same_however_they_are_written() {
        let hex = "5b8efff798038103d269b633813fc60c";
        for same in [
            hex,
            "5B8EFFF798038103D269B633813FC60C",
            "0x5b8efff798038103d269b633813fc60c",
            "W47/95gDgQPSabYzgT/GDA==",
            "W47_95gDgQPSabYzgT_GDA",
        ] {
            assert_eq!(id(same).as_deref(), Some(hex), "{same}");
        }
        assert_eq!(id("7uGbfsPBsXM=").as_deref(), Some("eee19b7ec3c1b173"));
        assert_eq!(id("eee19b7ec3c1b173").as_deref(), Some("eee19b7ec3c1b173"));
        assert_eq!(id("span-1").as_deref(), Some("span-1"));
        for none in ["", "0000000000000000", "0x0000000000000000"] {
            assert_eq!(id(none), None, "{none}");
        }
    }
}
