//! A listening socket and the conversations it begins.
//!
//! Owns accepting. Must never stop because a connection, or accepting one, went wrong.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

use crate::connections::{Connections, Phase};
use crate::door::Conversation;
use crate::edge::Edge;
use crate::front::converse;
use crate::routes::Routes;
use crate::tls::{HTTP2, Tls};

/// How long accepting rests after an error: usually there are no file descriptors left, and time frees some.
const REST: Duration = Duration::from_millis(100);

/// What every conversation of a listener starts with.
#[derive(Clone)]
pub(crate) struct Reception {
    pub(crate) edge: Arc<Edge>,
    pub(crate) routes: Routes,
    pub(crate) connections: Arc<Connections>,
    pub(crate) tls: Option<Arc<Tls>>,
}

impl Reception {
    /// Accepts until the sender of `stopped` is gone, then waits for the conversations to end. Dropping this ends them at once.
    pub(crate) async fn receive(self, listener: TcpListener, mut stopped: watch::Receiver<()>) {
        let mut conversations = JoinSet::new();
        loop {
            select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.begin(stream, peer.ip(), &mut conversations),
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted; trying again");
                        sleep(REST).await;
                    }
                },
                Some(ended) = conversations.join_next() => report(ended),
                _ = stopped.changed() => break,
            }
        }
        drop(listener);
        while let Some(ended) = conversations.join_next().await {
            report(ended);
        }
    }

    fn begin(&self, stream: TcpStream, peer: std::net::IpAddr, conversations: &mut JoinSet<()>) {
        // Answers are written whole: waiting for more to send only adds latency. A socket that refuses is on its way out.
        let _ = stream.set_nodelay(true);
        let edge = Arc::clone(&self.edge);
        let conversation = Conversation {
            origin: edge.origin(peer, self.tls.is_some()),
            routes: self.routes.clone(),
            leash: self.connections.open(Instant::now()),
            trace_ids: edge.trace_ids(),
            edge,
        };
        match &self.tls {
            None if self.routes.speak_http2_alone() => {
                conversations.spawn(conversation.hold_http2(stream, Vec::new()))
            }
            None => conversations.spawn(converse(stream, conversation)),
            Some(tls) => conversations.spawn(shake_hands(stream, tls.acceptor(), conversation)),
        };
    }
}

/// Begins the conversation once it is encrypted. A handshake has the patience of a head.
async fn shake_hands(stream: TcpStream, acceptor: TlsAcceptor, mut conversation: Conversation) {
    conversation.leash.pulse.begin(Phase::Head);
    let stream = select! {
        biased;
        shaken = acceptor.accept(stream) => match shaken {
            Ok(stream) => stream,
            // Port scanners, and callers who do not believe the certificate: nobody is left to tell.
            Err(_) => return,
        },
        _ = conversation.leash.pulled() => return,
    };
    conversation.leash.pulse.begin(Phase::Idle);
    // Who cannot want anything else need not choose it.
    if conversation.routes.speak_http2_alone() || stream.get_ref().1.alpn_protocol() == Some(HTTP2) {
        conversation.hold_http2(stream, Vec::new()).await;
    } else {
        converse(stream, conversation).await;
    }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a conversation broke off");
    }
}
