//! A caller that sends exactly the bytes it is told to.
//!
//! Owns taking answers apart. Must never mend a request or be content with half an answer.

use mp_testkit::PATIENCE;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use tokio::net::TcpSocket;

/// One connection.
pub(crate) struct Caller {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// An answer, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) reason: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Caller {
    pub(crate) fn connect(address: &str) -> Self {
        Self::over(TcpStream::connect(address).unwrap())
    }

    /// From an address of one's own, which the standard library leaves to the machine.
    pub(crate) fn connect_from(source: Ipv4Addr, address: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let connected = runtime.block_on(async {
            let socket = TcpSocket::new_v4()?;
            socket.bind((source, 0).into())?;
            socket.connect(address.parse().unwrap()).await?.into_std()
        });
        let stream = connected.unwrap();
        stream.set_nonblocking(false).unwrap();
        Self::over(stream)
    }

    fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, unread: Vec::new() }
    }

    /// Sends bytes, of which the server may refuse to read some.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref());
    }

    pub(crate) fn ask(&mut self, request: impl AsRef<[u8]>) -> Reply {
        self.send(request);
        self.answer().expect("the connection ended before an answer")
    }

    /// The next answer; nothing if the connection has ended.
    pub(crate) fn answer(&mut self) -> Option<Reply> {
        let mut reply = self.head()?;
        let length = reply.header("content-length").map_or(0, |length| length.parse().unwrap());
        while self.unread.len() < length {
            if !self.read() {
                return None;
            }
        }
        reply.body = String::from_utf8(self.unread.drain(..length).collect()).unwrap();
        Some(reply)
    }

    /// The next head, without the body that may follow it; nothing if the connection has ended.
    pub(crate) fn head(&mut self) -> Option<Reply> {
        let end = loop {
            if let Some(end) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if !self.read() {
                return None;
            }
        };
        let head = String::from_utf8(self.unread.drain(..end).collect()).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let (status, reason) =
            lines.next().unwrap().strip_prefix("HTTP/1.1 ").unwrap().split_once(' ').unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        Some(Reply {
            status: status.parse().unwrap(),
            reason: reason.to_owned(),
            headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect(),
            body: String::new(),
        })
    }

    /// Whether the server has ended the connection without another byte.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.unread.is_empty() && !self.read()
    }

    /// A reset is an end, too.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 16 << 10];
        let count = match self.stream.read(&mut buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                panic!("no answer in {PATIENCE:?}")
            }
            outcome => outcome.unwrap_or(0),
        };
        self.unread.extend_from_slice(&buffer[..count]);
        count > 0
    }
}

impl Reply {
    /// The value of a header, which stands there at most once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(given, _)| given == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} stands there twice: {self:?}");
        value
    }

    /// What is left of the limit, where the answer says so.
    pub(crate) fn remaining(&self) -> Option<u32> {
        self.header("x-ratelimit-resource-remaining").map(|number| number.parse().unwrap())
    }

    /// Asserts the documented error envelope with this one error, and what every answer has.
    #[track_caller]
    pub(crate) fn is_error(&self, status: u16, code: &str, message: &str) {
        let error = serde_json::json!({"code": code, "message": message});
        let expected = format!("{{\"status\":\"ERROR\",\"errors\":[{error}]}}");
        assert_eq!((self.status, self.body.as_str()), (status, expected.as_str()));
        self.has_the_usual_headers();
    }

    /// Asserts the headers of every answer of the seller API.
    #[track_caller]
    pub(crate) fn has_the_usual_headers(&self) {
        assert_eq!(self.header("content-type"), Some("application/json"), "{self:?}");
        let trace = self.header("traceparent").unwrap_or_else(|| panic!("no traceparent: {self:?}"));
        let parts: Vec<&str> = trace.split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        let is_hex = |part: &&str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        assert!(lengths == [2, 32, 16, 2] && parts.iter().all(is_hex), "{trace}");
        assert_eq!((parts[0], parts[3]), ("00", "01"), "{trace}");
    }
}
