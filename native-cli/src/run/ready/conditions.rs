//! What must hold until a service counts as ready: what its table asks for, else what is known of its
//! kind.

use std::time::Duration;

use clnrm_core::config::model::{HealthCheck, WaitFor};
use clnrm_core::source::Span;

use crate::run::plan::Container;

/// How long a span may take where nothing else is said.
const SPAN: Duration = Duration::from_secs(30);

/// Something that must hold.
pub struct Condition<'a> {
    /// Where it is asked for.
    pub at: Span,
    /// What does not hold yet, as people say it: `its log does not show …`.
    pub what: String,
    /// What is looked at.
    pub kind: Kind<'a>,
    /// How long it may take, if not as long as all.
    pub limit: Option<Duration>,
}

/// What is looked at.
pub enum Kind<'a> {
    Log { text: &'a str, times: u64 },
    Port(u16),
    Http { path: &'a str, port: u16 },
    Health(&'a HealthCheck),
    Span(&'a str),
}

/// All conditions of a service, in the order in which they are waited for.
pub fn conditions<'a>(container: &'a Container, wait_for: &'a WaitFor) -> Vec<Condition<'a>> {
    let Some(service) = &container.service else {
        return Vec::new();
    };
    let mut conditions = Vec::new();
    let mut add = |at: Span, what: String, kind: Kind<'a>| {
        conditions.push(Condition {
            at,
            what,
            kind,
            limit: None,
        });
    };
    let preset_port = container
        .preset
        .and_then(|preset| preset.ports.first().copied());
    if let Some(log) = &wait_for.log {
        let times = wait_for.times.map_or(1, |times| times.value).max(1);
        let text = log.value.as_str();
        let what = format!("its log does not show `{text}`");
        add(log.span, what, Kind::Log { text, times });
    }
    if let Some(port) = wait_for.port {
        let what = format!("port {} is not open", port.value);
        add(port.span, what, Kind::Port(port.value));
    }
    if let Some(path) = &wait_for.http {
        let ports = service.ports.first().map(|port| port.value.container);
        let port = wait_for
            .port
            .map(|port| port.value)
            .or(ports)
            .or(preset_port);
        let what = format!("`{}` does not answer with a status below 400", path.value);
        let kind = Kind::Http {
            path: &path.value,
            port: port.unwrap_or(80),
        };
        add(path.span, what, kind);
    }
    if let Some(check) = &service.health_check {
        let what = "its health check does not pass".to_owned();
        add(check.span, what, Kind::Health(check));
    }
    if let Some(span) = &service.wait_for_span {
        let limit = service
            .wait_for_span_timeout
            .map_or(SPAN, |limit| Duration::from_micros(limit.value));
        conditions.push(Condition {
            at: span.span,
            what: format!("no span `{}` arrived", span.value),
            kind: Kind::Span(&span.value),
            limit: Some(limit),
        });
    }
    // A preset that says nothing else is ready when its port is open.
    if conditions.is_empty()
        && let Some(port) = preset_port
    {
        conditions.push(Condition {
            at: service.header,
            what: format!("port {port} is not open"),
            kind: Kind::Port(port),
            limit: None,
        });
    }
    conditions
}
