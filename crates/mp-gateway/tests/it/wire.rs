//! A caller that sends exactly the bytes it is told to.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) struct Caller {
    pub(crate) stream: TcpStream,
    pub(crate) unread: Vec<u8>,
}

/// An answer, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status_line: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Caller {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), unread: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    pub(crate) async fn ask(&mut self, bytes: impl AsRef<[u8]>) -> Answer {
        self.send(bytes).await;
        self.answer().await
    }

    /// The next answer, whose length has to be told.
    pub(crate) async fn answer(&mut self) -> Answer {
        let head = self.head().await;
        let length = head.header("content-length").map_or(0, |length| length.parse().unwrap());
        let body = self.bytes(length).await;
        Answer { body, ..head }
    }

    /// Exactly so many bytes.
    pub(crate) async fn bytes(&mut self, count: usize) -> Vec<u8> {
        while self.unread.len() < count {
            assert!(self.read().await > 0, "the connection ended in a body");
        }
        self.unread.drain(..count).collect()
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
        let status_line = lines.next().unwrap().to_owned();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        Answer { status_line, headers, body: Vec::new() }
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
    pub(crate) fn status(&self) -> u16 {
        self.status_line[9..12].parse().unwrap()
    }

    /// The value of a header, which stands there at most once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values =
            self.headers.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
        let value = values.next();
        assert_eq!(values.next(), None, "{name} stands there twice");
        value
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }

    /// Asserts that this is the documented error.
    pub(crate) fn is_error(&self, status: u16, code: &str, message: &str) {
        let envelope =
            format!(r#"{{"status":"ERROR","errors":[{{"code":"{code}","message":"{message}"}}]}}"#);
        assert_eq!((self.status(), self.text()), (status, envelope.as_str()));
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"));
    }

    pub(crate) fn is_unavailable(&self) {
        let message = "Service temporarily unavailable. Please, try again later";
        self.is_error(503, "SERVICE_UNAVAILABLE", message);
    }
}
