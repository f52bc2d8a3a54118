//! Reads a trace as its bytes come.
//!
//! A JSON file may be one document or many values one after the other, each on a line or over many.
//! The reader looks for the end of each value, hands it on and forgets it; so a file of a gigabyte
//! with a span a line takes the memory of its spans. Every byte is looked at once for that.

use super::error::{Fault, Place, TraceError};
use super::model::Trace;
use super::shapes::{self, Collected};
use super::{MAX_BYTES, json, protobuf};

/// Takes the bytes of one file and gives its spans.
#[derive(Debug, Default)]
pub struct TraceReader {
    /// Bytes that were not read yet.
    held: Vec<u8>,
    /// How many of them the scan has passed.
    scanned: usize,
    scan: Scan,
    form: Form,
    /// Where `held` begins.
    line: u64,
    column: u64,
    offset: u64,
    collected: Collected,
    /// How many values of JSON were read.
    values: usize,
    /// Why it is no JSON, where it looked like that.
    doubt: Option<TraceError>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Form {
    #[default]
    Unknown,
    Json,
    Protobuf,
}

/// Looks for the end of a JSON value by its brackets; what lies between them is the parser's affair.
#[derive(Clone, Copy, Debug, Default)]
struct Scan {
    /// Where the value starts.
    start: Option<usize>,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl TraceReader {
    /// Nothing read yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            line: 1,
            column: 1,
            ..Self::default()
        }
    }

    /// Takes more bytes.
    ///
    /// # Errors
    /// When they are no trace. The reader is of no further use then.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), TraceError> {
        let total = self.offset as usize + self.held.len() + bytes.len();
        if total > MAX_BYTES {
            return Err(TraceError {
                message: format!("a trace may have {} MiB", MAX_BYTES >> 20),
                place: Place::Byte(MAX_BYTES as u64),
                help: Some("leave out what the test does not need, with a filter in the Collector"),
            });
        }
        self.held.extend_from_slice(bytes);
        if self.form == Form::Unknown {
            self.form = self.guess();
        }
        if self.form == Form::Json {
            self.values()?;
        }
        Ok(())
    }

    /// There are no more bytes.
    ///
    /// # Errors
    /// When what there was is no trace.
    pub fn finish(mut self) -> Result<Trace, TraceError> {
        if self.form == Form::Json {
            self.rest()?;
        } else if self.form == Form::Unknown && !self.held.is_empty() {
            self.form = Form::Json;
            self.values()?;
        }
        match self.form {
            Form::Unknown => Err(TraceError {
                message: "the file is empty: no trace at all".to_owned(),
                place: Place::Text { line: 1, column: 1 },
                help: Some("a trace without spans is written `{\"resourceSpans\": []}`"),
            }),
            Form::Protobuf => {
                protobuf::read(&self.held).map_err(|error| self.doubt.unwrap_or(error))
            }
            Form::Json if !self.collected.holds_traces => Err(TraceError {
                message: if self.collected.holds_others {
                    "the file holds metrics or logs, but no traces".to_owned()
                } else {
                    "the file holds no trace".to_owned()
                },
                place: Place::Text { line: 1, column: 1 },
                help: Some("let the Collector's file exporter write the traces of a pipeline"),
            }),
            Form::Json => {
                let mut trace = Trace {
                    spans: self.collected.spans,
                };
                trace.drop_repeats();
                Ok(trace)
            }
        }
    }

    /// By the first byte that is no blank. Protobuf begins with a newline: the key of its first field.
    fn guess(&self) -> Form {
        if self.held == GZIP[..1] {
            return Form::Unknown;
        }
        let text = self.held.strip_prefix(BOM).unwrap_or(&self.held);
        match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None => Form::Unknown,
            Some(b'{' | b'[') => Form::Json,
            Some(_) if self.held[0] == protobuf::FIRST_KEY => Form::Protobuf,
            // The parser says what is wrong with it.
            Some(_) => Form::Json,
        }
    }

    /// Reads all values that are complete.
    fn values(&mut self) -> Result<(), TraceError> {
        let mut done = 0;
        while let Some((start, end)) = self.next_value()? {
            if let Err(fault) = self.value(start, end) {
                return self.or_protobuf(fault);
            }
            self.values += 1;
            done = end;
        }
        if self.form == Form::Json {
            self.forget(done);
        }
        Ok(())
    }

    fn value(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let shift = |fault: Fault| Fault {
            at: fault.at + start,
            ..fault
        };
        let node = json::parse(&self.held[start..end]).map_err(shift)?;
        shapes::document(&node, &mut self.collected).map_err(shift)
    }

    /// A fault in the first value of what may be protobuf is none yet: that is seen at the end.
    fn or_protobuf(&mut self, fault: Fault) -> Result<(), TraceError> {
        let error = self.error(fault);
        if self.values > 0 || self.held.first() != Some(&protobuf::FIRST_KEY) {
            return Err(error);
        }
        self.form = Form::Protobuf;
        self.doubt = Some(error);
        Ok(())
    }

    /// What follows the last complete value.
    fn rest(&mut self) -> Result<(), TraceError> {
        let Some(start) = self.scan.start else {
            return Ok(());
        };
        match self.value(start, self.held.len()) {
            Ok(()) => Ok(()),
            Err(fault) => self.or_protobuf(fault),
        }
    }

    /// Scans on to the end of a value; gives its first byte and the one after its last.
    fn next_value(&mut self) -> Result<Option<(usize, usize)>, TraceError> {
        while let Some(byte) = self.held.get(self.scanned).copied() {
            let at = self.scanned;
            self.scanned += 1;
            let scan = &mut self.scan;
            if scan.in_string {
                match byte {
                    _ if scan.escaped => scan.escaped = false,
                    b'\\' => scan.escaped = true,
                    b'"' => scan.in_string = false,
                    _ => {}
                }
                continue;
            }
            match (byte, scan.start) {
                (b'{' | b'[', _) => {
                    scan.start.get_or_insert(at);
                    scan.depth += 1;
                }
                (b'}' | b']', Some(start)) => {
                    scan.depth -= 1;
                    if scan.depth == 0 {
                        self.scan = Scan::default();
                        return Ok(Some((start, self.scanned)));
                    }
                }
                (b'"', Some(_)) => scan.in_string = true,
                (_, Some(_)) => {}
                (b' ' | b'\t' | b'\n' | b'\r', None) => {}
                (_, None) if self.offset == 0 && at < 3 && self.held.starts_with(BOM) => {}
                (_, None) => return Err(self.error(no_trace(at, &self.held))),
            }
        }
        Ok(None)
    }

    /// Lets go of the first bytes.
    fn forget(&mut self, bytes: usize) {
        (self.line, self.column) = self.position(bytes);
        self.offset += bytes as u64;
        self.held.drain(..bytes);
        self.scanned -= bytes;
        if let Some(start) = &mut self.scan.start {
            *start -= bytes;
        }
    }

    /// Line and column of a byte of `held`.
    fn position(&self, at: usize) -> (u64, u64) {
        let before = &self.held[..at.min(self.held.len())];
        let is_character = |byte: &&u8| **byte & 0xc0 != 0x80;
        let newline = before.iter().rposition(|byte| *byte == b'\n');
        let lines = before.iter().filter(|byte| **byte == b'\n').count() as u64;
        let (tail, column) = match newline {
            Some(newline) => (&before[newline + 1..], 1),
            None => (before, self.column),
        };
        let tail = tail.strip_prefix(BOM).unwrap_or(tail);
        let characters = tail.iter().filter(is_character).count() as u64;
        (self.line + lines, column + characters)
    }

    fn error(&self, fault: Fault) -> TraceError {
        let (line, column) = self.position(fault.at);
        TraceError {
            message: fault.message,
            place: Place::Text { line, column },
            help: fault.help,
        }
    }
}

const BOM: &[u8] = "\u{feff}".as_bytes();
/// What a compressed file begins with.
const GZIP: &[u8] = &[0x1f, 0x8b];

fn no_trace(at: usize, bytes: &[u8]) -> Fault {
    if at == 0 && bytes.starts_with(GZIP) {
        return Fault::new(at, "the file is compressed").help("unpack it with `gunzip` first");
    }
    Fault::new(at, "neither JSON nor OTLP protobuf begins like this")
        .help("a trace is OTLP as JSON or protobuf, `{\"spans\": […]}`, or one span a line as JSON")
}
