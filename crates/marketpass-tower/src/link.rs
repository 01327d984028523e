//! The stream to the server: made, held, and made again when it breaks.
//!
//! Owns when it is given up, and that nothing is known once it is. Must never decide anything.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use mp_stream::{BEAT, FrameReader, FromOutpost, PATH, VERSION, print};
use tokio::select;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use crate::options::GateOptions;
use crate::shared::{MOST_WAITING, Shared};
use crate::tls;

/// How long the server may be silent before the stream is made again.
const SILENCE: Duration = Duration::from_millis(1500);
/// How long connecting may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The first pause after a stream that broke; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Why a stream ended.
type Broken = Box<dyn std::error::Error + Send + Sync>;

/// Holds the stream until the gate is gone.
pub(crate) async fn hold(shared: Arc<Shared>, options: GateOptions, mut stopped: watch::Receiver<()>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let began = Instant::now();
        let ended = converse(&shared, &options, &mut stopped).await;
        shared.close();
        match ended {
            Ok(()) => return,
            Err(error) => tracing::warn!(
                error = &*error,
                "the stream to the marketpass server broke; requests are answered with 503 until it stands again"
            ),
        }
        pause = if began.elapsed() > LONGEST_PAUSE { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
        select! {
            () = sleep(pause) => {}
            _ = stopped.changed() => return,
        }
    }
}

/// One stream; `Ok` where the gate is gone.
async fn converse(
    shared: &Arc<Shared>,
    options: &GateOptions,
    stopped: &mut watch::Receiver<()>,
) -> Result<(), Broken> {
    let (frames, waiting) = mpsc::channel(MOST_WAITING);
    let name = options.name.clone();
    frames.try_send(FromOutpost::Hello { version: VERSION, name })?;
    let opened = select! {
        opened = timeout(PATIENCE, open(options, Frames(waiting))) => opened?,
        _ = stopped.changed() => return Ok(()),
    };
    let mut body = opened?;
    shared.open(frames);
    let mut reader = FrameReader::default();
    let mut beats = interval(BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard_at = Instant::now();
    loop {
        select! {
            biased;
            _ = stopped.changed() => {
                shared.loans.bring_back_all(|frame| shared.say(frame));
                return say_goodbye(shared, body).await;
            }
            _ = beats.tick() => {
                if heard_at.elapsed() > SILENCE {
                    return Err("the server is silent".into());
                }
                shared.keep();
            }
            piece = body.frame() => {
                let Ok(data) = piece.ok_or("the server ended it")??.into_data() else { continue };
                heard_at = Instant::now();
                reader.feed(&data);
                while let Some(frame) = reader.next_frame()? {
                    shared.hear(frame)?;
                }
            }
        }
    }
}

/// Ends the stream in order, so that the server takes in what was brought back.
async fn say_goodbye(shared: &Shared, mut body: Incoming) -> Result<(), Broken> {
    shared.close();
    let end = async { while let Some(Ok(_)) = body.frame().await {} };
    // A server that does not take note is not waited for.
    let _ = timeout(PATIENCE, end).await;
    Ok(())
}

async fn open(options: &GateOptions, frames: Frames) -> Result<Incoming, Broken> {
    let connection = tls::connect(&options.server, &options.roots).await?;
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(connection)).await?;
    tokio::spawn(connection);
    let uri = http::Uri::builder()
        .scheme(options.server.scheme_str().unwrap_or("http"))
        .authority(options.server.authority().map_or("", |authority| authority.as_str()))
        .path_and_query(PATH)
        .build()?;
    let secret = format!("Bearer {}", options.secret.expose());
    let request = Request::post(uri).header(header::AUTHORIZATION, secret).body(frames)?;
    let response = sender.send_request(request).await?;
    if !response.status().is_success() {
        let status = response.status();
        return Err(format!(
            "the server refuses the stream with {status}: give the secret that `marketpass gateway secret` prints there, and name this machine in [gateway] trusted"
        )
        .into());
    }
    Ok(response.into_body())
}

/// The body of the request.
struct Frames(mpsc::Receiver<FromOutpost>);

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = self.0.poll_recv(cx);
        frame.map(|frame| frame.map(|frame| Ok(Frame::data(Bytes::from(print(&frame))))))
    }
}
