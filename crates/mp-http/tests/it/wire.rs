//! A caller that sends exactly the bytes it is told to.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) struct Caller {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// An answer, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) reason: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Caller {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.unwrap())
    }

    pub(crate) fn over(stream: TcpStream) -> Self {
        Self { stream, unread: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Sends what the server may no longer want to read.
    pub(crate) async fn send_unwanted(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Sends, and says whether the connection is still there.
    pub(crate) async fn is_heard(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).await.is_ok()
    }

    pub(crate) async fn ask(&mut self, bytes: impl AsRef<[u8]>) -> Answer {
        self.send(bytes).await;
        self.answer().await
    }

    /// The next answer.
    pub(crate) async fn answer(&mut self) -> Answer {
        let head = self.head().await;
        self.whole(head).await
    }

    /// The answer that begins with this head.
    pub(crate) async fn whole(&mut self, head: Answer) -> Answer {
        let length = head.header("content-length").map_or(0, |length| length.parse().unwrap());
        while self.unread.len() < length {
            assert!(self.read().await > 0, "the connection ended in a body");
        }
        let body = self.unread.drain(..length).collect();
        Answer { body: String::from_utf8(body).unwrap(), ..head }
    }

    /// The next head, without the body that may follow it.
    pub(crate) async fn head(&mut self) -> Answer {
        let end = loop {
            if let Some(end) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            assert!(self.read().await > 0, "the connection ended before an answer");
        };
        let head = String::from_utf8(self.unread.drain(..end).collect()).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status_line = lines.next().unwrap().strip_prefix("HTTP/1.").unwrap();
        let (status, reason) = status_line[2..].split_once(' ').unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        Answer {
            status: status.parse().unwrap(),
            reason: reason.to_owned(),
            headers: headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect(),
            body: String::new(),
        }
    }

    /// The next request with all of its body, as a server sees it; `None` at the end.
    pub(crate) async fn next_request(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(end) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = self.unread[..end].to_ascii_lowercase();
                let mut lines = head.split(|byte| *byte == b'\n');
                let length = lines.find_map(|line| line.strip_prefix(b"content-length: "));
                let length =
                    length.map_or(0, |length| str::from_utf8(length.trim_ascii()).unwrap().parse().unwrap());
                if self.unread.len() >= end + 4 + length {
                    return Some(self.unread.drain(..end + 4 + length).collect());
                }
            }
            if self.stream.read_buf(&mut self.unread).await.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    /// Whether nothing more comes, waiting for the end of the connection if need be.
    pub(crate) async fn is_closed(&mut self) -> bool {
        // A reset is an end, too.
        self.unread.is_empty() && self.stream.read_buf(&mut self.unread).await.unwrap_or(0) == 0
    }

    /// Ends the connection without a farewell.
    pub(crate) fn reset(self) {
        self.stream.set_zero_linger().unwrap();
    }

    /// Everything up to and with these bytes.
    pub(crate) async fn until(&mut self, end: &str) -> String {
        while !self.unread.ends_with(end.as_bytes()) {
            assert!(self.read().await > 0, "the connection ended before {end:?}");
        }
        String::from_utf8(std::mem::take(&mut self.unread)).unwrap()
    }

    /// Everything up to the end of the connection.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        // A reset is an end, too.
        while self.stream.read_buf(&mut self.unread).await.unwrap_or(0) > 0 {}
        std::mem::take(&mut self.unread)
    }

    async fn read(&mut self) -> usize {
        self.stream.read_buf(&mut self.unread).await.unwrap()
    }
}

impl Answer {
    /// The value of a header, which stands there at most once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values =
            self.headers.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
        let value = values.next();
        assert_eq!(values.next(), None, "{name} stands there twice");
        value
    }

    /// Asserts that this is the error envelope with that code and message, and the headers of every answer.
    pub(crate) fn is_error(&self, status: u16, code: &str, message: &str) {
        assert_eq!(self.status, status, "{self:?}");
        let escaped = message.replace('"', "\\\"");
        let envelope =
            format!(r#"{{"status":"ERROR","errors":[{{"code":"{code}","message":"{escaped}"}}]}}"#);
        assert_eq!(self.body, envelope);
        assert_eq!(self.header("content-type"), Some("application/json"));
        let traceparent = self.header("traceparent").expect("a traceparent on every answer");
        assert!(traceparent.len() == 55 && traceparent.starts_with("00-"), "{traceparent}");
    }
}
