//! A service on a socket of its own that ends each request in the way its query names.
//!
//! Owns the ways. Must never answer a request whole that is not to be answered whole.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::yield_now;

/// How a request ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Its caller leaves before it is whole. It never reaches the service.
    LeftEarly,
    /// Its caller leaves while the service works.
    LeftAtWork,
    /// So, without a farewell.
    CutAtWork,
    /// Its caller leaves in the middle of the answer.
    LeftInAnswer,
    /// So, without a farewell.
    CutInAnswer,
    /// Nobody listens where the service should be.
    NobodyThere,
    /// The service breaks off in the head of its answer.
    BrokenHead,
    /// The service breaks off in the body of its answer.
    BrokenBody,
    /// The service has failed and says so.
    Failed,
    /// All is well.
    Answered,
}

pub(crate) const ENDS: [End; 10] = [
    End::LeftEarly,
    End::LeftAtWork,
    End::CutAtWork,
    End::LeftInAnswer,
    End::CutInAnswer,
    End::NobodyThere,
    End::BrokenHead,
    End::BrokenBody,
    End::Failed,
    End::Answered,
];

impl End {
    /// The query that asks for it, on behalf of somebody who may wait for it to arrive.
    pub(crate) fn query(self, lane: usize) -> String {
        format!("end={self:?}&lane={lane}")
    }

    /// What a query asks for.
    pub(crate) fn asked(query: &str) -> (Self, usize) {
        let (end, lane) = query.strip_prefix("end=").unwrap().split_once("&lane=").unwrap();
        let end = ENDS.into_iter().find(|known| format!("{known:?}") == end);
        (end.unwrap(), lane.parse().unwrap())
    }

    /// The status that its caller gets.
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::NobodyThere | Self::BrokenHead => 503,
            Self::Failed => 500,
            _ => 200,
        }
    }

    /// What comes of the answer.
    fn answer(self) -> &'static str {
        match self {
            Self::LeftAtWork | Self::CutAtWork => "",
            Self::LeftInAnswer | Self::CutInAnswer => {
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"
            }
            Self::BrokenHead => "HTTP/1.1 200 OK\r\nContent-Le",
            Self::BrokenBody => "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
            Self::Failed => "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}",
            Self::Answered => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            Self::LeftEarly | Self::NobodyThere => panic!("{self:?} has reached the service"),
        }
    }

    fn is_up_to_the_caller(self) -> bool {
        matches!(self, Self::LeftAtWork | Self::CutAtWork | Self::LeftInAnswer | Self::CutInAnswer)
    }
}

/// The service.
#[derive(Clone)]
pub(crate) struct FailingUpstream(Arc<Shared>);

struct Shared {
    address: SocketAddr,
    arrivals: Vec<Notify>,
    at_work: AtomicUsize,
}

impl FailingUpstream {
    /// Starts it, for so many who may wait for their request to arrive.
    pub(crate) async fn start(lanes: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let arrivals = (0..lanes).map(|_| Notify::new()).collect();
        let upstream = Self(Arc::new(Shared { address, arrivals, at_work: AtomicUsize::new(0) }));
        let serving = upstream.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let serving = serving.clone();
                tokio::spawn(async move { serving.converse(stream).await });
            }
        });
        upstream
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// Waits until the service works on a request of this lane.
    pub(crate) async fn arrival(&self, lane: usize) {
        self.0.arrivals[lane].notified().await;
    }

    /// Waits until the service works for nobody.
    pub(crate) async fn is_idle(&self) {
        while self.0.at_work.load(Ordering::SeqCst) > 0 {
            yield_now().await;
        }
    }

    async fn converse(&self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        while let Some((end, lane)) = next_request(&mut stream).await {
            self.0.at_work.fetch_add(1, Ordering::SeqCst);
            if matches!(end, End::LeftAtWork | End::CutAtWork) {
                self.0.arrivals[lane].notify_one();
            }
            // Whoever is gone already is what this is about.
            let _ = stream.write_all(end.answer().as_bytes()).await;
            if end.is_up_to_the_caller() {
                let _ = stream.read(&mut [0]).await;
            }
            self.0.at_work.fetch_sub(1, Ordering::SeqCst);
            if !matches!(end, End::Failed | End::Answered) {
                break;
            }
        }
    }
}

/// What the next request asks for; none of them has a body. `None` where the connection ends.
async fn next_request(stream: &mut BufReader<TcpStream>) -> Option<(End, usize)> {
    let (mut asked, mut line) = (None, String::new());
    while stream.read_line(&mut line).await.ok()? > 0 {
        if line == "\r\n" {
            return asked;
        }
        if asked.is_none() {
            let target = line.split(' ').nth(1)?;
            asked = Some(End::asked(target.split_once('?')?.1));
        }
        line.clear();
    }
    None
}
