//! One export: its bytes unpacked and read.

use std::io::Read as _;

use bytes::{Buf as _, Bytes};
use clnrm_core::trace::Trace;
use flate2::read::GzDecoder;
use hyper::StatusCode;

use super::inbox::Inbox;

/// Bytes of one export, after it was unpacked.
pub const LIMIT: usize = 64 << 20;

/// Spans that are kept of one test.
const MAX_SPANS: usize = 1_000_000;

/// An export that was not taken.
pub struct Refused {
    /// The status of HTTP.
    pub status: StatusCode,
    /// gRPC's number for the same.
    pub grpc: u8,
    /// Why.
    pub message: String,
}

impl Refused {
    /// It cannot be read.
    pub fn bad(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            grpc: 3,
            message: message.into(),
        }
    }

    /// It is larger than an export may be.
    pub fn too_large() -> Self {
        let message = format!("an export may have {LIMIT} bytes");
        Self {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            grpc: 8,
            message,
        }
    }
}

/// Unpacks an export and keeps its spans.
pub fn take(inbox: &Inbox, body: &Bytes, kind: &str, encoding: &str) -> Result<(), Refused> {
    let (body, packed) = if kind.starts_with("application/grpc") {
        grpc_message(body)?
    } else {
        match encoding {
            "" | "identity" => (body.clone(), false),
            "gzip" => (body.clone(), true),
            other => return Err(Refused::bad(format!("the encoding `{other}` is not known"))),
        }
    };
    let body = if packed { unpack(&body)? } else { body };
    // An export without spans is none that failed.
    let trace = if body.is_empty() {
        Trace::default()
    } else {
        Trace::read(&body).map_err(|error| Refused::bad(error.to_string()))?
    };
    let mut state = inbox.lock();
    if state.spans.len() + trace.spans.len() > MAX_SPANS {
        let message = format!("a test may emit {MAX_SPANS} spans");
        return Err(Refused {
            message,
            ..Refused::too_large()
        });
    }
    state.spans.extend(trace.spans);
    Ok(())
}

fn unpack(body: &[u8]) -> Result<Bytes, Refused> {
    let mut unpacked = Vec::new();
    let limit = LIMIT as u64 + 1;
    GzDecoder::new(body)
        .take(limit)
        .read_to_end(&mut unpacked)
        .map_err(|error| Refused::bad(format!("no gzip: {error}")))?;
    if unpacked.len() > LIMIT {
        Err(Refused::too_large())
    } else {
        Ok(unpacked.into())
    }
}

/// The only message of a unary call, and whether it is packed.
fn grpc_message(body: &Bytes) -> Result<(Bytes, bool), Refused> {
    let mut rest = body.clone();
    if rest.len() < 5 {
        return Err(Refused::bad("a gRPC message has a head of five bytes"));
    }
    let packed = rest.get_u8();
    let length = rest.get_u32() as usize;
    if rest.len() < length {
        return Err(Refused::bad("a gRPC message is shorter than it says"));
    }
    Ok((rest.slice(..length), packed == 1))
}

#[cfg(test)]
pub mod tests {
    use std::io::Write as _;

    use super::*;

    const TRACE: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"pays","traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}"#;

    fn taken(body: impl Into<Bytes>, kind: &str, encoding: &str) -> Result<usize, u16> {
        let inbox = Inbox::default();
        let taken = take(&inbox, &body.into(), kind, encoding);
        taken
            .map(|()| inbox.lock().spans.len())
            .map_err(|refused| refused.status.as_u16())
    }

    pub fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn spans_arrive_plain_and_packed() {
        assert_eq!(taken(TRACE, "application/json", ""), Ok(1));
        assert_eq!(
            taken(gzip(TRACE.as_bytes()), "application/json", "gzip"),
            Ok(1)
        );
        assert_eq!(taken("", "application/x-protobuf", ""), Ok(0));
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_the_right_status() {
        assert_eq!(taken("{", "application/json", ""), Err(400));
        assert_eq!(taken(TRACE, "application/json", "br"), Err(400));
        assert_eq!(
            taken(gzip(&vec![b' '; LIMIT + 1]), "application/json", "gzip"),
            Err(413)
        );
        assert_eq!(
            taken(&b"\0\0\0\0\x09abc"[..], "application/grpc", ""),
            Err(400)
        );
    }

    /// `resource_spans { scope_spans { spans { trace_id, span_id, name: "pays" } } }`.
    pub const PROTOBUF: &[u8] =
        b"\x0a\x26\x12\x24\x12\x22\x0a\x100123456789abcdef\x12\x0801234567\x2a\x04pays";

    #[test]
    fn protobuf_is_read() {
        assert_eq!(taken(PROTOBUF, "application/x-protobuf", ""), Ok(1));
    }
}
