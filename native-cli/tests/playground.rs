//! `clnrm playground` as a process, asked over a socket.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// The server, which ends with the test.
struct Served {
    process: Child,
    address: String,
}

impl Served {
    fn new() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_clnrm"))
            .args(["playground", "--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let address = line.strip_prefix("http://").unwrap();
        let address = address.split('/').next().unwrap().to_owned();
        assert!(address.starts_with("127.0.0.1:"), "{line}");
        Self { process, address }
    }

    /// What comes back for these bytes: head and body.
    fn ask(&self, request: &str) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut response = Vec::new();
        stream.read_to_end(&mut response).unwrap();
        let end = response
            .windows(4)
            .position(|bytes| bytes == b"\r\n\r\n")
            .unwrap();
        let body = response.split_off(end + 4);
        (String::from_utf8(response).unwrap(), body)
    }

    fn get(&self, path: &str) -> (String, Vec<u8>) {
        self.ask(&format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n",
            self.address
        ))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn the_page_is_served_on_loopback() {
    let served = Served::new();
    for path in ["/", "/index.html", "/?x=1"] {
        let (head, body) = served.get(path);
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(
            head.contains("Content-Type: text/html; charset=utf-8\r\n"),
            "{head}"
        );
        assert!(
            head.contains(&format!("Content-Length: {}\r\n", body.len())),
            "{head}"
        );
        assert!(
            head.contains("X-Content-Type-Options: nosniff\r\n"),
            "{head}"
        );
        assert!(
            String::from_utf8(body)
                .unwrap()
                .to_lowercase()
                .contains("<html")
        );
    }
    let (head, body) = served.ask("HEAD / HTTP/1.0\r\n\r\n");
    assert!(
        head.starts_with("HTTP/1.1 200 OK\r\n") && body.is_empty(),
        "{head}"
    );
    assert!(!head.contains("Content-Length: 0\r\n"), "{head}");
}

#[test]
fn nothing_else_is() {
    let served = Served::new();
    for path in [
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "//etc/passwd",
        "/etc/passwd",
        "/nothing",
        "x",
    ] {
        let (head, _) = served.get(path);
        assert!(head.starts_with("HTTP/1.1 404 "), "{path}: {head}");
    }
    let (head, _) = served.ask("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 405 "), "{head}");
    for request in ["\r\n\r\n", "GET\r\n\r\n", "GET / SPDY/9\r\n\r\n"] {
        let (head, _) = served.ask(request);
        assert!(head.starts_with("HTTP/1.1 400 "), "{request:?}: {head}");
    }
}

#[test]
fn one_that_says_nothing_does_not_hold_up_the_others() {
    let served = Served::new();
    let _silent: Vec<_> = (0..8)
        .map(|_| TcpStream::connect(&served.address).unwrap())
        .collect();
    assert!(served.get("/").0.starts_with("HTTP/1.1 200 OK"));
}

#[test]
fn a_port_that_is_taken_is_said() {
    let served = Served::new();
    let port = served.address.rsplit(':').next().unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_clnrm"))
        .args(["playground", "--port", port])
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(3));
    let error = String::from_utf8(run.stderr).unwrap();
    assert!(
        error.contains(port) && error.contains("--port 0"),
        "{error}"
    );
}
