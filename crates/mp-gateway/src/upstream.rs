//! The way to the service behind marketpass: whatever was let in goes on to it.
//!
//! Owns the waiting for an answer. Must never follow a redirect, hold an answer's body, or try a request a second time that
//! may have arrived: save one that changes nothing, on a connection that ended while it lay idle.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Uri};
use mp_market::api_error::ApiError;
use tokio::time::timeout;
use tower::Service;

use crate::connection::{Answered, Connection, Unanswered};
use crate::connector::{Connector, UpstreamError, connector};
use crate::failure::Failure;
use crate::fields::Lines;
use crate::pool::Pool;
use crate::relay::Relay;
use crate::reply::Reply;
use crate::request::{self, Admitted, Printed};
use crate::upstream_url::UpstreamUrl;

/// What the binary brings.
#[derive(Debug, Clone)]
pub struct UpstreamParts {
    /// Where the upstream is.
    pub url: UpstreamUrl,
    /// A PEM file with the certificates of the authorities that an `https://` upstream is believed for, instead of those
    /// that the machine trusts.
    pub authorities: Option<PathBuf>,
    /// Whether the upstream is told the host that the caller asked for, instead of its own.
    pub preserve_host: bool,
    /// How long it may take.
    pub patience: Patience,
}

/// How long an upstream may take for each part of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a new connection: finding the address, TCP and TLS.
    pub connect: Duration,
    /// From the request to the end of the answer's head.
    pub head: Duration,
    /// Between two pieces of the body.
    pub body: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self { connect: Duration::from_secs(5), head: minute, body: minute }
    }
}

/// The way to the upstream.
pub fn upstream(parts: UpstreamParts) -> Result<Upstream, UpstreamError> {
    let connector =
        connector(parts.url.is_encrypted(), parts.authorities.as_deref(), parts.patience.connect)?;
    let host = HeaderValue::from_str(parts.url.authority().as_str()).expect("authorities are visible ASCII");
    let host = (!parts.preserve_host).then_some(host);
    let (root, pool) = (parts.url.root(), Arc::default());
    Ok(Upstream(Arc::new(Way { connector, root, pool, url: parts.url, host, patience: parts.patience })))
}

/// Passes requests on. Cheap to clone.
#[derive(Clone)]
pub struct Upstream(Arc<Way>);

struct Way {
    connector: Connector,
    /// Where connections lead.
    root: Uri,
    pool: Arc<Pool>,
    url: UpstreamUrl,
    /// What stands in `Host`, unless it is what the caller wrote.
    host: Option<HeaderValue>,
    patience: Patience,
}

impl Upstream {
    /// An admitted request as the upstream gets it, written into `buffer`.
    pub fn print<'a>(&self, buffer: Vec<u8>, request: &Admitted<'a, impl Lines<'a>>) -> Printed {
        let host = self.0.host.as_ref().map(HeaderValue::as_bytes);
        request::print(buffer, &self.0.url, host, request)
    }

    /// Asks. `take` makes something of the answer's head; its body is still to come. Where none comes, the operator is told
    /// why.
    pub async fn ask<T>(
        &self,
        request: &Printed,
        mut take: impl FnMut(&Reply<'_>) -> T,
    ) -> Result<(T, Relay), ApiError> {
        let patience = self.0.patience.head;
        let asked = timeout(patience, self.0.ask(request, &mut take)).await;
        asked.unwrap_or(Err(Failure::Silent(patience))).map_err(|failure| failure.told(request))
    }
}

impl Way {
    async fn ask<T>(
        &self,
        request: &Printed,
        take: &mut impl FnMut(&Reply<'_>) -> T,
    ) -> Result<(T, Relay), Failure> {
        if let Some(connection) = self.pool.take() {
            match self.ask_on(connection, request, take).await {
                // Where one of the pool has ended, the others may have, too.
                Err(unanswered) if unanswered.was_left_alone && request.changes_nothing => {}
                asked => return asked.map_err(|unanswered| unanswered.why),
            }
        }
        let connection = self.connect().await?;
        self.ask_on(connection, request, take).await.map_err(|unanswered| unanswered.why)
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let connected = self.connector.clone().call(self.root.clone()).await;
        connected.map(Connection::new).map_err(Failure::Unreachable)
    }

    async fn ask_on<T>(
        &self,
        mut connection: Connection,
        request: &Printed,
        take: &mut impl FnMut(&Reply<'_>) -> T,
    ) -> Result<(T, Relay), Unanswered> {
        let Answered { taken, framing, is_followed } = connection.ask(request, take).await?;
        let pool = is_followed.then(|| Arc::clone(&self.pool));
        Ok((taken, Relay::new(connection, framing, pool, self.patience.body)))
    }
}
