//! A small HTTP/1.1 server that stands behind gateways and remembers, byte for byte, what reached it.
//!
//! Owns reading requests and sending the answers a test gives it, the broken ones too. Must never mend what it reads:
//! a request that is not HTTP/1.1 ends its connection and is remembered as such.

mod request;

use std::fmt::Write as _;
use std::io::{BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;

pub use request::Received;

/// A running server; it ends with its owner, and all its connections with it.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    received: Mutex<Vec<Received>>,
    /// Those that are over hold nothing.
    connections: Mutex<Vec<Weak<TcpStream>>>,
    over: AtomicBool,
}

/// What is sent back.
#[derive(Debug, Clone)]
pub struct Answer {
    bytes: Vec<u8>,
    /// Whether the connection ends with this answer.
    last: bool,
    gate: Option<Gate>,
}

/// Holds answers back until a test opens it.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Upstream {
    /// A server on a free port of the loopback, whose answers `answer` makes.
    ///
    /// # Panics
    /// If the loopback has no free port.
    #[must_use]
    pub fn start(answer: impl Fn(&Received) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("the loopback has a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let (shared, answer) = (Arc::<Shared>::default(), Arc::new(answer));
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if accepting.over.load(Ordering::Acquire) {
                    return;
                }
                let (shared, answer) = (Arc::clone(&accepting), Arc::clone(&answer));
                let stream = Arc::new(stream);
                held(&shared.connections).push(Arc::downgrade(&stream));
                // A connection that breaks off is the business of whoever broke it.
                thread::spawn(move || _ = converse(&stream, &shared.received, answer.as_ref()));
            }
        });
        Self { address, shared }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All requests since this was last asked, oldest first.
    #[must_use]
    pub fn take(&self) -> Vec<Received> {
        std::mem::take(&mut held(&self.shared.received))
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Release);
        // Wakes the thread that accepts, and thereby closes the port; if it is gone already, all the better.
        if let Ok(mut last) = TcpStream::connect(self.address) {
            let _ = last.read(&mut [0]);
        }
        for connection in held(&self.shared.connections).iter().filter_map(Weak::upgrade) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

/// A test that panicked has spoiled nothing that others could still see.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn converse(
    stream: &TcpStream,
    log: &Mutex<Vec<Received>>,
    answer: &(impl Fn(&Received) -> Answer + ?Sized),
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = request::read(&mut reader, stream)? {
        let answer = answer(&request);
        held(log).push(request);
        if let Some(gate) = &answer.gate {
            gate.pass();
        }
        (&*stream).write_all(&answer.bytes)?;
        if answer.last {
            break;
        }
    }
    Ok(())
}

impl Answer {
    /// A JSON answer. Names and values of `headers` are sent as they are.
    #[must_use]
    pub fn json(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let length = body.len();
        let mut head = format!(
            "HTTP/1.1 {status} Any\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
        );
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").expect("a string can be written");
        }
        Self { bytes: [head.as_bytes(), b"\r\n", body.as_bytes()].concat(), last: false, gate: None }
    }

    /// `{"result":{"FIELD":[…]}}` with `length` small objects, as the seller API answers lists.
    #[must_use]
    pub fn collection(field: &str, length: usize) -> Self {
        let items = vec![r#"{"id":1}"#; length].join(",");
        Self::json(200, &[], &format!(r#"{{"status":"OK","result":{{"{field}":[{items}]}}}}"#))
    }

    /// Just these bytes, after which the connection ends.
    #[must_use]
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), last: true, gate: None }
    }

    /// The same, not before `gate` is opened.
    #[must_use]
    pub fn after(self, gate: &Gate) -> Self {
        Self { gate: Some(gate.clone()), ..self }
    }
}

impl Gate {
    /// Lets everybody through, now and later.
    pub fn open(&self) {
        *held(&self.0.0) = true;
        self.0.1.notify_all();
    }

    fn pass(&self) {
        let mut is_open = held(&self.0.0);
        while !*is_open {
            is_open = self.0.1.wait(is_open).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(upstream: &Upstream, request: &str) -> String {
        let mut stream = TcpStream::connect(upstream.address()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn what_was_sent_is_remembered_byte_for_byte() {
        let upstream = Upstream::start(|_| Answer::json(200, &[("X-A", "b")], "{}"));
        let answer = ask(
            &upstream,
            "PUT //a/%2E/..;x?y HTTP/1.1\r\nHost: h\r\nX_Y:  z \r\nx_y: two\r\nContent-Length: 3\r\n\r\nabcGET / \
             HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1;ext\r\nf\r\n0\r\n\r\n",
        );
        assert_eq!(answer.matches("HTTP/1.1 200 Any\r\n").count(), 2, "{answer}");
        assert!(answer.contains("\r\nX-A: b\r\n\r\n{}"), "{answer}");
        let received = upstream.take();
        assert_eq!((received[0].method.as_str(), received[0].target.as_str()), ("PUT", "//a/%2E/..;x?y"));
        assert_eq!(received[0].all("x_y"), ["z", "two"]);
        assert_eq!(received[0].body, b"abc");
        assert_eq!((received[1].target.as_str(), received[1].body.as_slice()), ("/", b"def".as_slice()));
        assert!(upstream.take().is_empty());
    }

    #[test]
    fn answers_wait_at_a_gate_and_collections_are_as_long_as_asked() {
        let gate = Gate::default();
        let behind = gate.clone();
        let upstream = Upstream::start(move |_| Answer::collection("offers", 3).after(&behind));
        let address = upstream.address();
        let asking = thread::spawn(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        crate::eventually("the request", || !upstream.take().is_empty());
        assert!(!asking.is_finished());
        gate.open();
        assert!(asking.join().unwrap().contains(r#"{"offers":[{"id":1},{"id":1},{"id":1}]}"#));
    }
}
