//! The OTLP receiver of a test: HTTP with protobuf or JSON, and gRPC, on one port of the test's
//! gateway address.
//!
//! What comes from outside the test's network is refused, so that no other program can make a test
//! green. Exports that cannot be read are remembered: a test that lost spans is not judged as if it
//! had not.

mod answer;
mod export;
mod inbox;

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clnrm_core::trace::Trace;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
#[cfg(target_os = "linux")]
use tokio::net::TcpSocket;
use tokio::task::{JoinHandle, JoinSet};

use answer::answer;
use inbox::Inbox;

/// A receiver; when it is dropped nothing listens any more.
#[derive(Debug)]
pub struct Receiver {
    /// Where it listens, as containers see it.
    pub address: SocketAddr,
    inbox: Arc<Inbox>,
    listening: JoinHandle<()>,
}

impl Receiver {
    /// Listens on a free port of this machine's address in the test's network, for that network only.
    ///
    /// The address may not be there yet: Podman makes a network when its first container starts. Whether
    /// it is then, [`Self::is_local`] says.
    pub async fn listen(gateway: Ipv4Addr, subnet: (Ipv4Addr, u8)) -> io::Result<Self> {
        let listener = match TcpListener::bind((gateway, 0)).await {
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => bind_early(gateway)?,
            bound => bound?,
        };
        let address = listener.local_addr()?;
        let inbox = Arc::new(Inbox::default());
        let listening = tokio::spawn(accept(listener, inbox.clone(), move |peer| {
            peer != gateway && is_within(peer, subnet)
        }));
        Ok(Self {
            address,
            inbox,
            listening,
        })
    }

    /// Whether the address is one of this machine's, so that containers reach us there.
    ///
    /// # Errors
    /// It is not, as the system says it.
    pub async fn is_local(&self) -> io::Result<()> {
        TcpListener::bind((self.address.ip(), 0)).await.map(drop)
    }

    /// All spans so far; of one that was sent twice, one.
    pub fn trace(&self) -> Trace {
        let mut trace = Trace {
            spans: self.inbox.lock().spans.clone(),
        };
        trace.drop_repeats();
        trace
    }

    /// Whether a span of this name has arrived.
    pub fn has(&self, name: &str) -> bool {
        self.inbox
            .lock()
            .spans
            .iter()
            .any(|span| *span.name == *name)
    }

    /// How many spans there are.
    pub fn count(&self) -> usize {
        self.inbox.lock().spans.len()
    }

    /// Exports that could not be taken, and why.
    pub fn faults(&self) -> (usize, Vec<String>) {
        let state = self.inbox.lock();
        (state.faulty, state.faults.clone())
    }

    /// Comes back when nothing has arrived for a while.
    pub async fn quiet(&self, period: Duration, deadline: Instant) {
        let from = Instant::now();
        loop {
            let (busy, last) = {
                let state = self.inbox.lock();
                (
                    state.under_way > 0,
                    state.last.map_or(from, |last| last.max(from)),
                )
            };
            if (!busy && last.elapsed() >= period) || Instant::now() >= deadline {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// A listener on an address that this machine does not have yet.
#[cfg(target_os = "linux")]
fn bind_early(address: Ipv4Addr) -> io::Result<TcpListener> {
    const WAITING: u32 = 1024;
    let socket = TcpSocket::new_v4()?;
    rustix::net::sockopt::set_ip_freebind(&socket, true)?;
    socket.bind(SocketAddr::from((address, 0)))?;
    socket.listen(WAITING)
}

#[cfg(not(target_os = "linux"))]
fn bind_early(_: Ipv4Addr) -> io::Result<TcpListener> {
    Err(io::ErrorKind::AddrNotAvailable.into())
}

fn is_within(address: Ipv4Addr, (network, prefix): (Ipv4Addr, u8)) -> bool {
    let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
    u32::from(address) & mask == u32::from(network) & mask
}

async fn accept(
    listener: TcpListener,
    inbox: Arc<Inbox>,
    allows: impl Fn(Ipv4Addr) -> bool + Send + 'static,
) {
    // Dropped with this task, and every connection with it.
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let IpAddr::V4(address) = peer.ip() else {
            continue;
        };
        if !allows(address) {
            continue;
        }
        let inbox = inbox.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let inbox = inbox.clone();
                async move { Ok::<_, Infallible>(answer(&inbox, request).await) }
            });
            // A client that goes away in the middle has its own reasons.
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn an_address_that_is_still_to_come_is_listened_on_and_known_not_to_be_there() {
        let network = (Ipv4Addr::new(198, 51, 100, 0), 28);
        let early = Receiver::listen(Ipv4Addr::new(198, 51, 100, 1), network).await;
        assert!(early.unwrap().is_local().await.is_err());
        let here = Receiver::listen(Ipv4Addr::LOCALHOST, network).await;
        assert!(here.unwrap().is_local().await.is_ok());
    }

    #[test]
    fn only_the_tests_own_network_is_within() {
        let network = (Ipv4Addr::new(10, 213, 0, 16), 28);
        assert!(is_within(Ipv4Addr::new(10, 213, 0, 18), network));
        assert!(!is_within(Ipv4Addr::new(10, 213, 0, 33), network));
        assert!(!is_within(Ipv4Addr::new(127, 0, 0, 1), network));
    }
}
