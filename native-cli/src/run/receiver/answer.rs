//! What the receiver answers: the words that the OTLP specification asks for, over HTTP and gRPC.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use super::export::{LIMIT, Refused, take};
use super::inbox::{Inbox, UnderWay};

/// The path of gRPC's only method here.
const GRPC_TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// Of an answer.
pub type Body = BoxBody<Bytes, Infallible>;

/// Answers one request, and takes what it brings.
pub async fn answer(inbox: &Inbox, request: Request<Incoming>) -> Response<Body> {
    let header = |name| {
        let value: Option<&HeaderValue> = request.headers().get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let kind = header(CONTENT_TYPE);
    let encoding = header(CONTENT_ENCODING);
    let path = request.uri().path().to_owned();
    let grpc = kind.starts_with("application/grpc");
    let json = kind.starts_with("application/json");
    if request.method() != Method::POST {
        return plain(StatusCode::METHOD_NOT_ALLOWED, &kind, Bytes::new());
    }
    let traces = path == if grpc { GRPC_TRACES } else { "/v1/traces" };
    // Metrics and logs are welcome, and nobody looks at them.
    let others = ["/v1/metrics", "/v1/logs"].contains(&path.as_str())
        || (grpc && path.starts_with("/opentelemetry.proto.collector."));
    if !traces && !others {
        return plain(StatusCode::NOT_FOUND, &kind, Bytes::new());
    }
    let under_way = UnderWay::begin(inbox);
    let taken = match whole(request.into_body()).await {
        Ok(body) if traces => take(inbox, &body, &kind, &encoding),
        Ok(_) => Ok(()),
        Err(refused) => Err(refused),
    };
    drop(under_way);
    if let Err(refused) = &taken {
        inbox.fault(&refused.message);
    }
    match taken {
        Ok(()) if grpc => grpc_answer(0, ""),
        Err(refused) if grpc => grpc_answer(refused.grpc, &refused.message),
        Ok(()) => {
            let body = if json {
                Bytes::from_static(b"{}")
            } else {
                Bytes::new()
            };
            plain(StatusCode::OK, &kind, body)
        }
        Err(refused) => {
            let body = if json {
                serde_json::json!({"code": refused.grpc, "message": refused.message})
                    .to_string()
                    .into()
            } else {
                status_message(&refused.message)
            };
            plain(refused.status, &kind, body)
        }
    }
}

async fn whole(body: Incoming) -> Result<Bytes, Refused> {
    match Limited::new(body, LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refused::too_large()),
        Err(error) => Err(Refused::bad(format!("an export broke off: {error}"))),
    }
}

fn plain(status: StatusCode, kind: &str, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Full::new(body).boxed());
    *response.status_mut() = status;
    if let Ok(kind) = HeaderValue::from_str(kind) {
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    response
}

/// `google.rpc.Status` with its message only: what OTLP answers a bad request with.
fn status_message(message: &str) -> Bytes {
    let message = &message.as_bytes()[..message.len().min(127)];
    let mut bytes = vec![0x12, message.len() as u8];
    bytes.extend_from_slice(message);
    bytes.into()
}

fn grpc_answer(status: u8, message: &str) -> Response<Body> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from(u16::from(status)));
    let message: String = message
        .chars()
        .filter(|c| (' '..='~').contains(c) && *c != '%')
        .collect();
    if let Ok(message) = HeaderValue::from_str(&message)
        && !message.is_empty()
    {
        trailers.insert("grpc-message", message);
    }
    // An empty response message: not packed, no bytes.
    let data = (status == 0).then(|| Frame::data(Bytes::from_static(&[0; 5])));
    let frames = data.into_iter().chain([Frame::trailers(trailers)]).map(Ok);
    let body = StreamBody::new(futures_util::stream::iter(frames));
    let mut response = Response::new(body.boxed());
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hyper_util::rt::{TokioExecutor, TokioIo};
    use tokio::net::TcpListener;

    use super::super::accept;
    use super::super::export::tests::{PROTOBUF, gzip};
    use super::*;

    /// One call over HTTP/2, as gRPC clients make it: status, and `grpc-status` of the trailers.
    async fn call(path: &str, body: &[u8]) -> (u16, String, usize) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inbox = Arc::new(Inbox::default());
        tokio::spawn(accept(listener, inbox.clone(), |_| true));
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let io = TokioIo::new(stream);
        let (mut client, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io)
                .await
                .unwrap();
        tokio::spawn(connection);
        let request = Request::post(format!("http://{address}{path}"))
            .header(CONTENT_TYPE, "application/grpc")
            .body(Full::new(Bytes::copy_from_slice(body)))
            .unwrap();
        let response = client.send_request(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap();
        let trailers = body.trailers().cloned().unwrap_or_default();
        let grpc = trailers
            .get("grpc-status")
            .map(|value| value.to_str().unwrap().to_owned());
        let spans = inbox.lock().spans.len();
        (status, grpc.unwrap_or_default(), spans)
    }

    fn message(packed: bool, bytes: &[u8]) -> Vec<u8> {
        let mut message = vec![u8::from(packed)];
        message.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_be_bytes());
        message.extend_from_slice(bytes);
        message
    }

    #[tokio::test]
    async fn grpc_is_answered_in_trailers() {
        assert_eq!(
            call(GRPC_TRACES, &message(false, PROTOBUF)).await,
            (200, "0".to_owned(), 1)
        );
        assert_eq!(
            call(GRPC_TRACES, &message(true, &gzip(PROTOBUF))).await,
            (200, "0".to_owned(), 1)
        );
        assert_eq!(
            call(GRPC_TRACES, &message(false, b"\xff")).await,
            (200, "3".to_owned(), 0)
        );
        let metrics = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
        assert_eq!(
            call(metrics, &message(false, b"")).await,
            (200, "0".to_owned(), 0)
        );
    }
}
