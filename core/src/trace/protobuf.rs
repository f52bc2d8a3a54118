//! OTLP as protobuf: `ExportTraceServiceRequest`, which is `TracesData` under another name.
//!
//! Decoded by hand: the messages are eight and hold still, a fault has its byte, and nothing is copied
//! on the way. The oracle in the tests is `opentelemetry-proto`. Field numbers are those of
//! `opentelemetry/proto/trace/v1/trace.proto`; unknown fields are passed over, as protobuf wants it.

use std::sync::Arc;

use super::bytes::id_of_bytes;
use super::error::{Fault, Place, TraceError};
use super::model::{Attributes, Event, Link, Resource, Scope, Span, Trace, Value};
use super::values::{kind_by_number, status_by_number};
use super::{MAX_DEPTH, MAX_SPANS};

/// The key of `resource_spans`, with which every trace that has spans begins.
pub(super) const FIRST_KEY: u8 = 0x0a;

/// Reads a whole message.
pub(super) fn read(bytes: &[u8]) -> Result<Trace, TraceError> {
    let mut trace = Trace::default();
    let message = Message { bytes, at: 0 };
    let read = message.each(|number, field| match number {
        1 => resource_spans(field.message()?, &mut trace),
        _ => Ok(()),
    });
    read.map_err(|fault| TraceError {
        message: fault.message,
        place: Place::Byte(fault.at as u64),
        help: Some("this is read as OTLP protobuf; JSON begins with `{`"),
    })?;
    trace.drop_repeats();
    Ok(trace)
}

/// A message, and at which byte of the whole it starts.
#[derive(Clone, Copy)]
struct Message<'b> {
    bytes: &'b [u8],
    at: usize,
}

/// The value of a field.
#[derive(Clone, Copy)]
struct Field<'b> {
    at: usize,
    value: Wire<'b>,
}

#[derive(Clone, Copy)]
enum Wire<'b> {
    Varint(u64),
    Fixed64(u64),
    Fixed32,
    Bytes(&'b [u8]),
}

impl<'b> Message<'b> {
    /// Hands on each field with its number.
    fn each(self, mut take: impl FnMut(u64, Field<'b>) -> Result<(), Fault>) -> Result<(), Fault> {
        let mut at = 0;
        while at < self.bytes.len() {
            let start = self.at + at;
            let key = self.varint(&mut at)?;
            let (number, wire) = (key >> 3, key & 7);
            if number == 0 {
                return Err(Fault::new(start, "no field has the number 0"));
            }
            let value_at = self.at + at;
            let value = match wire {
                0 => Wire::Varint(self.varint(&mut at)?),
                1 => {
                    let bytes = self.take(&mut at, 8)?;
                    let bytes = bytes.try_into().unwrap_or_default();
                    Wire::Fixed64(u64::from_le_bytes(bytes))
                }
                2 => {
                    let length = self.varint(&mut at)?;
                    let from = self.at + at;
                    let length = usize::try_from(length).unwrap_or(usize::MAX);
                    let bytes = self.take(&mut at, length)?;
                    take(
                        number,
                        Field {
                            at: from,
                            value: Wire::Bytes(bytes),
                        },
                    )?;
                    continue;
                }
                5 => {
                    self.take(&mut at, 4)?;
                    Wire::Fixed32
                }
                _ => return Err(Fault::new(start, "no field has such a wire type")),
            };
            take(
                number,
                Field {
                    at: value_at,
                    value,
                },
            )?;
        }
        Ok(())
    }

    fn take(self, at: &mut usize, length: usize) -> Result<&'b [u8], Fault> {
        let end = at
            .checked_add(length)
            .filter(|end| *end <= self.bytes.len());
        let Some(end) = end else {
            return Err(Fault::new(
                self.at + *at,
                format!(
                    "a field of {length} bytes begins here, but {} are left",
                    self.bytes.len() - *at
                ),
            ));
        };
        let taken = &self.bytes[*at..end];
        *at = end;
        Ok(taken)
    }

    fn varint(self, at: &mut usize) -> Result<u64, Fault> {
        let start = self.at + *at;
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let Some(byte) = self.bytes.get(*at).copied() else {
                return Err(Fault::new(start, "the bytes end within a number"));
            };
            *at += 1;
            // The tenth byte has room for one bit.
            if shift == 63 && byte > 1 {
                break;
            }
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Fault::new(start, "a number is longer than 64 bits"))
    }
}

impl<'b> Field<'b> {
    fn bytes(self) -> Result<&'b [u8], Fault> {
        match self.value {
            Wire::Bytes(bytes) => Ok(bytes),
            _ => Err(self.wrong("bytes")),
        }
    }

    fn message(self) -> Result<Message<'b>, Fault> {
        Ok(Message {
            bytes: self.bytes()?,
            at: self.at,
        })
    }

    fn text(self) -> Result<Arc<str>, Fault> {
        let text = std::str::from_utf8(self.bytes()?);
        text.map(Arc::from)
            .map_err(|error| Fault::new(self.at + error.valid_up_to(), "these bytes are no UTF-8"))
    }

    fn varint(self) -> Result<u64, Fault> {
        match self.value {
            Wire::Varint(number) => Ok(number),
            _ => Err(self.wrong("a number")),
        }
    }

    /// A moment; 0 is none.
    fn time(self) -> Result<Option<u64>, Fault> {
        Ok(Some(self.fixed64()?).filter(|moment| *moment != 0))
    }

    fn fixed64(self) -> Result<u64, Fault> {
        match self.value {
            Wire::Fixed64(number) => Ok(number),
            _ => Err(self.wrong("eight bytes")),
        }
    }

    fn wrong(self, wanted: &str) -> Fault {
        Fault::new(self.at, format!("this field must be {wanted}"))
    }
}

fn resource_spans(message: Message<'_>, trace: &mut Trace) -> Result<(), Fault> {
    let mut resource = Resource::default();
    message.each(|number, field| {
        if number == 1 {
            field.message()?.each(|number, field| {
                if number == 1 {
                    resource.attributes.push(key_value(field.message()?, 0)?);
                }
                Ok(())
            })?;
        }
        Ok(())
    })?;
    let resource = Arc::new(resource);
    message.each(|number, field| match number {
        // 1000 was `instrumentation_library_spans`.
        2 | 1000 => scope_spans(field.message()?, &resource, trace),
        _ => Ok(()),
    })
}

fn scope_spans(
    message: Message<'_>,
    resource: &Arc<Resource>,
    trace: &mut Trace,
) -> Result<(), Fault> {
    let mut scope = Scope::default();
    message.each(|number, field| {
        if number == 1 {
            field.message()?.each(|number, field| {
                match number {
                    1 => scope.name = field.text()?,
                    2 => scope.version = field.text()?,
                    _ => {}
                }
                Ok(())
            })?;
        }
        Ok(())
    })?;
    let scope = Arc::new(scope);
    message.each(|number, field| {
        if number != 2 {
            return Ok(());
        }
        if trace.spans.len() >= MAX_SPANS {
            return Err(Fault::new(field.at, format!("more than {MAX_SPANS} spans")));
        }
        let span = Span {
            resource: resource.clone(),
            scope: scope.clone(),
            ..Span::default()
        };
        trace.spans.push(fill(span, field)?);
        Ok(())
    })
}

fn fill(mut span: Span, field: Field<'_>) -> Result<Span, Fault> {
    let at = field.at;
    field.message()?.each(|number, field| {
        match number {
            1 => span.trace_id = id_of_bytes(field.bytes()?),
            2 => span.id = id_of_bytes(field.bytes()?),
            4 => span.parent_id = id_of_bytes(field.bytes()?),
            5 => span.name = field.text()?,
            6 => {
                let kind = kind_by_number(field.varint()?);
                span.kind = kind.ok_or_else(|| Fault::new(field.at, "this is no kind of span"))?;
            }
            7 => span.start = field.time()?,
            8 => span.end = field.time()?,
            9 => span.attributes.push(key_value(field.message()?, 0)?),
            11 => span.events.push(event(field.message()?)?),
            13 => span.links.push(link(field.message()?)?),
            15 => status(field.message()?, &mut span)?,
            _ => {}
        }
        Ok(())
    })?;
    for (id, what) in [(&span.trace_id, "trace id"), (&span.id, "span id")] {
        if id.is_none() {
            return Err(Fault::new(
                at,
                format!("the span `{}` has no {what}", span.name),
            ));
        }
    }
    Ok(span)
}

fn event(message: Message<'_>) -> Result<Event, Fault> {
    let mut event = Event::default();
    message.each(|number, field| {
        match number {
            1 => event.time = field.time()?,
            2 => event.name = field.text()?,
            3 => event.attributes.push(key_value(field.message()?, 0)?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(event)
}

fn link(message: Message<'_>) -> Result<Link, Fault> {
    let mut link = Link::default();
    message.each(|number, field| {
        match number {
            1 => link.trace_id = id_of_bytes(field.bytes()?),
            2 => link.span_id = id_of_bytes(field.bytes()?),
            4 => link.attributes.push(key_value(field.message()?, 0)?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(link)
}

fn status(message: Message<'_>, span: &mut Span) -> Result<(), Fault> {
    message.each(|number, field| {
        match number {
            2 => {
                let message = field.text()?;
                span.status_message = (!message.is_empty()).then_some(message);
            }
            3 => {
                let status = status_by_number(field.varint()?);
                span.status = status.ok_or_else(|| Fault::new(field.at, "this is no status"))?;
            }
            _ => {}
        }
        Ok(())
    })
}

fn key_value(message: Message<'_>, depth: usize) -> Result<(Arc<str>, Value), Fault> {
    let (mut key, mut value) = (Arc::from(""), Value::Empty);
    message.each(|number, field| {
        match number {
            1 => key = field.text()?,
            2 => value = any_value(field.message()?, depth)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok((key, value))
}

fn any_value(message: Message<'_>, depth: usize) -> Result<Value, Fault> {
    if depth > MAX_DEPTH {
        return Err(Fault::new(
            message.at,
            format!("values are nested deeper than {MAX_DEPTH} levels"),
        ));
    }
    let mut value = Value::Empty;
    message.each(|number, field| {
        value = match number {
            1 => Value::Text(field.text()?),
            2 => Value::Bool(field.varint()? != 0),
            // Two's complement, as protobuf has it.
            3 => Value::Int(field.varint()?.cast_signed()),
            4 => Value::Float(f64::from_bits(field.fixed64()?)),
            5 => Value::List(list(field.message()?, depth + 1)?),
            6 => Value::Map(map(field.message()?, depth + 1)?),
            7 => Value::Bytes(field.bytes()?.to_vec()),
            _ => return Ok(()),
        };
        Ok(())
    })?;
    Ok(value)
}

fn list(message: Message<'_>, depth: usize) -> Result<Vec<Value>, Fault> {
    let mut values = Vec::new();
    message.each(|number, field| {
        if number == 1 {
            values.push(any_value(field.message()?, depth)?);
        }
        Ok(())
    })?;
    Ok(values)
}

fn map(message: Message<'_>, depth: usize) -> Result<Attributes, Fault> {
    let mut entries = Vec::new();
    message.each(|number, field| {
        if number == 1 {
            entries.push(key_value(field.message()?, depth)?);
        }
        Ok(())
    })?;
    Ok(entries)
}
