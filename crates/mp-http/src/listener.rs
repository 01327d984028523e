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

use crate::connections::Connections;
use crate::edge::Edge;
use crate::front::converse;
use crate::routes::Routes;

/// How long accepting rests after an error: usually there are no file descriptors left, and time frees some.
const REST: Duration = Duration::from_millis(100);

/// What every conversation starts with.
#[derive(Clone)]
pub(crate) struct Reception {
    pub(crate) edge: Arc<Edge>,
    pub(crate) routes: Routes,
    pub(crate) connections: Arc<Connections>,
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
        let leash = self.connections.open(Instant::now());
        let edge = Arc::clone(&self.edge);
        conversations.spawn(converse(stream, edge.origin(peer), edge, self.routes.clone(), leash));
    }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a conversation broke off");
    }
}
