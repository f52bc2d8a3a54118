//! A server for a handful of files that are in memory.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::file;

/// Bytes that a request may have before its body, which nobody reads.
const LONGEST_REQUEST: u64 = 16 << 10;

/// How long somebody may take to ask, or to take the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connections at a time; a browser opens six.
const MOST: usize = 64;

/// Serves until the process ends.
pub fn serve(listener: &TcpListener) {
    let open = Arc::new(AtomicUsize::new(0));
    for connection in listener.incoming() {
        // A connection that broke before it was taken is nobody's loss.
        let Ok(stream) = connection else { continue };
        if open.fetch_add(1, Ordering::Relaxed) >= MOST {
            open.fetch_sub(1, Ordering::Relaxed);
            continue;
        }
        let counter = open.clone();
        let answering = thread::Builder::new().spawn(move || {
            // Whoever asked may be gone: nothing is to be done then.
            let _ = answer(&stream);
            counter.fetch_sub(1, Ordering::Relaxed);
        });
        if answering.is_err() {
            open.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn answer(stream: &TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let response = match request(stream)? {
        Some((method, path)) => response(&method, &path),
        None => Response::error("400 Bad Request"),
    };
    let mut stream = stream;
    stream.write_all(response.head.as_bytes())?;
    stream.write_all(response.body)?;
    stream.flush()
}

/// Method and path of a request; `None` if it is none.
fn request(stream: &TcpStream) -> io::Result<Option<(String, String)>> {
    let mut lines = BufReader::new(stream.take(LONGEST_REQUEST));
    let mut first = String::new();
    if lines.read_line(&mut first).is_err() {
        return Ok(None);
    }
    // The rest is read so that the answer does not meet unread bytes, which would reset it.
    let mut header = Vec::new();
    loop {
        header.clear();
        let read = lines.read_until(b'\n', &mut header)?;
        if read == 0 || matches!(&*header, b"\n" | b"\r\n") {
            break;
        }
    }
    let mut words = first.split_ascii_whitespace();
    let (Some(method), Some(path), Some(version)) = (words.next(), words.next(), words.next())
    else {
        return Ok(None);
    };
    if !version.starts_with("HTTP/1.") {
        return Ok(None);
    }
    let path = path.split(['?', '#']).next().unwrap_or_default();
    Ok(Some((method.to_owned(), path.to_owned())))
}

struct Response {
    head: String,
    body: &'static [u8],
}

impl Response {
    fn new(status: &str, headers: &str, length: usize, body: &'static [u8]) -> Self {
        Self {
            head: format!(
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\
                 Cache-Control: no-cache\r\n\
                 Content-Security-Policy: frame-ancestors 'none'\r\n\
                 Referrer-Policy: no-referrer\r\n\
                 X-Content-Type-Options: nosniff\r\n\
                 Connection: close\r\n\r\n"
            ),
            body,
        }
    }

    fn error(status: &'static str) -> Self {
        let headers = "Content-Type: text/plain; charset=utf-8\r\nAllow: GET, HEAD\r\n";
        Self::new(status, headers, status.len(), status.as_bytes())
    }
}

fn response(method: &str, path: &str) -> Response {
    if !matches!(method, "GET" | "HEAD") {
        return Response::error("405 Method Not Allowed");
    }
    let Some(file) = file(path) else {
        return Response::error("404 Not Found");
    };
    let headers = format!("Content-Type: {}\r\n", file.content_type);
    let body = if method == "HEAD" { &[] } else { file.bytes };
    Response::new("200 OK", &headers, file.bytes.len(), body)
}
