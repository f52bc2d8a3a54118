//! The spans of an order in a shop: every kind, attributes of every type, events, links, statuses. All
//! of it but the ids is the same each time, times included.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{Span as _, SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Array, Context, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::{SdkTracer, Span};

/// When the order came in, in seconds.
const BEGIN: u64 = 1_704_067_200;

fn at(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(BEGIN) + Duration::from_millis(millis)
}

/// Begins a span below another, `from` so many milliseconds after the order came in.
fn begin(
    tracer: &SdkTracer,
    parent: &Context,
    name: &'static str,
    kind: SpanKind,
    from: u64,
) -> Span {
    let span = tracer
        .span_builder(name)
        .with_kind(kind)
        .with_start_time(at(from));
    tracer.build_with_context(span, parent)
}

/// Emits the five spans of an order: `POST /orders` with `charge` and `order.placed` below it, `reserve`
/// below `charge`, and `pack`, which `order.placed` sets off.
pub fn emit(tracer: &SdkTracer, parent: &Context) {
    let root = begin(tracer, parent, "POST /orders", SpanKind::Server, 0);
    let root = parent.with_span(root);
    root.span().set_attributes([
        KeyValue::new("order.customer", "Ada ☂"),
        KeyValue::new("order.items", 3),
        KeyValue::new("order.large", i64::MAX),
        KeyValue::new("order.total", 59.95),
        KeyValue::new("order.paid", true),
        KeyValue::new("order.tags", texts(&["new", "gift"])),
        KeyValue::new("order.amounts", Value::Array(Array::I64(vec![1, 2]))),
        KeyValue::new("order.empty", ""),
    ]);

    let charge = begin(tracer, &root, "charge", SpanKind::Client, 10);
    let charge = root.with_span(charge);
    let mut reserve = begin(tracer, &charge, "reserve", SpanKind::Internal, 20);
    reserve.end_with_timestamp(at(30));
    let declined = [
        KeyValue::new("exception.type", "CardDeclined"),
        KeyValue::new("exception.attempt", 2),
    ];
    let declined = declined.to_vec();
    charge
        .span()
        .add_event_with_timestamp("exception", at(35), declined);
    charge.span().set_status(Status::error("card declined"));
    charge.span().end_with_timestamp(at(40));

    let placed = begin(tracer, &root, "order.placed", SpanKind::Producer, 50);
    let placed = root.with_span(placed);
    let mut pack = begin(tracer, &placed, "pack", SpanKind::Consumer, 60);
    pack.add_link(
        root.span().span_context().clone(),
        vec![KeyValue::new("link.why", "ordered")],
    );
    pack.end_with_timestamp(at(70));
    placed.span().end_with_timestamp(at(80));

    root.span()
        .add_event_with_timestamp("order.accepted", at(90), Vec::new());
    root.span().set_status(Status::Ok);
    root.span().end_with_timestamp(at(100));
}

/// Emits `batch` and so many spans `item` below it.
pub fn emit_many(tracer: &SdkTracer, parent: &Context, number: u32) {
    let root = begin(tracer, parent, "batch", SpanKind::Internal, 0);
    let root = parent.with_span(root);
    for item in 0..number {
        let mut span = begin(tracer, &root, "item", SpanKind::Internal, 1);
        span.set_attribute(KeyValue::new("item.number", i64::from(item)));
        span.end_with_timestamp(at(2));
    }
    root.span().end_with_timestamp(at(3));
}

fn texts(texts: &[&'static str]) -> Value {
    let texts: Vec<StringValue> = texts.iter().map(|text| (*text).into()).collect();
    Value::Array(Array::String(texts))
}
