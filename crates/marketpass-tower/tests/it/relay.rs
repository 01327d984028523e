//! The way between a service and its server, which a test can block, cut and lead elsewhere.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What happens to what comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Nothing gets through, and nobody is told.
    Silent,
    /// Connections break, and new ones too.
    Cut,
}

pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    target: Arc<Mutex<SocketAddr>>,
    state: watch::Sender<State>,
}

impl Relay {
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let target = Arc::new(Mutex::new(target));
        let state = watch::Sender::new(State::Open);
        tokio::spawn(accept(listener, Arc::clone(&target), state.subscribe()));
        Self { address, target, state }
    }

    pub(crate) fn fall_silent(&self) {
        self.state.send_replace(State::Silent);
    }

    pub(crate) fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    pub(crate) fn open(&self) {
        self.state.send_replace(State::Open);
    }

    pub(crate) fn lead_to(&self, target: SocketAddr) {
        *self.target.lock().unwrap() = target;
    }
}

async fn accept(listener: TcpListener, target: Arc<Mutex<SocketAddr>>, state: watch::Receiver<State>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        let (target, state) = (*target.lock().unwrap(), state.clone());
        tokio::spawn(carry(stream, target, state));
    }
}

async fn carry(stream: TcpStream, target: SocketAddr, mut state: watch::Receiver<State>) {
    if *state.borrow_and_update() == State::Cut {
        return;
    }
    let Ok(server) = TcpStream::connect(target).await else { return };
    let ((mut from, mut to), (mut back, mut answer)) = (stream.into_split(), server.into_split());
    let mut cut = state.clone();
    tokio::select! {
        () = pump(&mut from, &mut answer, state.clone()) => {}
        () = pump(&mut back, &mut to, state) => {}
        _ = cut.wait_for(|state| *state == State::Cut) => {}
    }
}

async fn pump(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    mut state: watch::Receiver<State>,
) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if state.wait_for(|state| *state != State::Silent).await.is_err() {
            return;
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
