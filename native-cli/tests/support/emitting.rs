//! What the containers of tests emit spans with.
#![allow(dead_code, reason = "each test file uses a part of it")]

/// A shell function that sends a span as OTLP over HTTP: `send NAME STATUS`.
pub const SEND: &str = r#"send() { wget -q -O- --header 'Content-Type: application/json' --post-data '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"spans":[{"name":"'"$1"'","traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"'$(head -c 8 /dev/urandom | hexdump -v -e '1/1 "%02x"')'","startTimeUnixNano":"1000","endTimeUnixNano":"2000","status":{"code":'${2:-1}'}}]}]}]}' $OTEL_EXPORTER_OTLP_ENDPOINT/v1/traces; }; "#;

/// The image of a static program that is traced by the OpenTelemetry SDK, and nothing else
/// (`tests/emitter`).
pub const EMITTER: &str = "clnrm-emitter:1";
