//! Ten thousand requests that end before their time, or badly: never more are on their way to the upstream than there are
//! slots, and no slot is lost (product.md §3.7).

use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use tokio::net::TcpListener;
use tokio::select;
use tokio::task::{JoinSet, yield_now};
use tower::ServiceExt;

use crate::failing_upstream::{ENDS, End, FailingUpstream};
use crate::http2_wire::{self, Http2Caller, whole};
use crate::wire::Caller;
use crate::world::{World, request, way_to};

const SLOTS: usize = 4;
/// Twice as many callers as slots, so that there is always somebody to take one that is free.
const LANES: usize = 8;
/// In each version of HTTP.
const REQUESTS: usize = 5000;

/// How many requests are on their way to the upstream, and how many were at most.
#[derive(Default)]
struct OnTheWay {
    now: AtomicUsize,
    most: AtomicUsize,
}

struct Traveller(Arc<OnTheWay>);

impl Traveller {
    fn on(way: &Arc<OnTheWay>) -> Self {
        way.most.fetch_max(way.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        Self(Arc::clone(way))
    }
}

impl Drop for Traveller {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

/// An answer on its way back.
struct Travelling {
    body: Body,
    _traveller: Traveller,
}

impl HttpBody for Travelling {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The way to a service, and to the place where none is. Counted is at its beginning: the service itself hears late, and
/// from the kernel, that nobody waits for it any more.
fn counted(service: SocketAddr, nobody: SocketAddr, way: &Arc<OnTheWay>) -> Router {
    let way = Arc::clone(way);
    let [service, nobody] = [service, nobody].map(way_to);
    Router::new().fallback(async move |request: Request| {
        let traveller = Traveller::on(&way);
        let (end, _) = End::asked(request.uri().query().unwrap());
        let there = if end == End::NobodyThere { nobody } else { service };
        let Ok(response) = there.oneshot(request).await;
        response.map(|body| Body::new(Travelling { body, _traveller: traveller }))
    })
}

struct Scene {
    world: World,
    upstream: FailingUpstream,
    /// `None` where nobody counts on the way.
    way: Option<Arc<OnTheWay>>,
    path: String,
    /// The value of `Api-Key`.
    key: String,
}

impl Scene {
    async fn new() -> Arc<Self> {
        let upstream = FailingUpstream::start(LANES).await;
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let way = Arc::default();
        let world = World::around(counted(upstream.address(), free, &way)).await;
        Self::before(upstream, world, Some(way)).await
    }

    /// One where nothing stands between marketpass and the service, so that plain requests go the short way.
    async fn direct() -> Arc<Self> {
        let upstream = FailingUpstream::start(LANES).await;
        let world = World::before(upstream.address()).await;
        Self::before(upstream, world, None).await
    }

    async fn before(upstream: FailingUpstream, world: World, way: Option<Arc<OnTheWay>>) -> Arc<Self> {
        let path = format!("/v2/campaigns/{}/offer-prices", world.store("North").await);
        let key = world.key("ERP").await.token.expose().to_owned();
        Arc::new(Self { world, upstream, way, path, key })
    }

    fn question(&self, end: End, lane: usize) -> String {
        let target = format!("{}?{}", self.path, end.query(lane));
        request("POST", &target, &format!("Api-Key: {}\r\n", self.key))
    }

    /// Makes a request that ends so, on a connection of its own.
    async fn over_http1(&self, end: End, lane: usize) {
        let mut caller = Caller::connect(self.world.api_listen()).await;
        if end == End::LeftEarly {
            let unfinished = format!("Api-Key: {}\r\nContent-Length: 10\r\n", self.key);
            return caller.send(request("POST", &self.path, &unfinished) + "half").await;
        }
        if end == End::BrokenBody {
            return self.is_never_answered_whole(lane).await;
        }
        loop {
            caller.send(self.question(end, lane)).await;
            let head = select! {
                () = self.upstream.arrival(lane) => break,
                head = caller.head() => head,
            };
            if head.status != 420 {
                assert_eq!(head.status, end.status(), "{end:?}");
                break;
            }
            assert!(caller.whole(head).await.body.contains("parallel requests"));
            yield_now().await;
        }
        match end {
            End::CutAtWork => caller.reset(),
            End::LeftInAnswer => drop(caller.until("half\r\n").await),
            End::CutInAnswer => {
                caller.until("half\r\n").await;
                caller.reset();
            }
            _ => {}
        }
    }

    /// The break of an answer may overtake its head.
    async fn is_never_answered_whole(&self, lane: usize) {
        let question =
            self.question(End::BrokenBody, lane).replace("Api-Key", "Connection: close\r\nApi-Key");
        loop {
            let mut caller = Caller::connect(self.world.api_listen()).await;
            caller.send(&question).await;
            let all = caller.rest().await;
            if !all.starts_with(b"HTTP/1.1 420") {
                return assert!(all.is_empty() || all.ends_with(b"\r\n\r\nhalf"), "{}", all.escape_ascii());
            }
            yield_now().await;
        }
    }

    /// Makes a request that ends so, as a stream among others. Who leaves without a farewell needs a new connection.
    async fn over_http2(&self, mut caller: Http2Caller, end: End, lane: usize) -> Option<Http2Caller> {
        let target = format!("{}?{}", self.path, end.query(lane));
        let question = || http2_wire::request("POST", &target, &[("api-key", &self.key)], "");
        if end == End::LeftEarly {
            let mut asked =
                pin!(caller.begin(question().map(|_| Body::new(Unfinished(Some("half".into()))))));
            select! {
                biased;
                answer = &mut asked => panic!("{answer:?} to half a question"),
                () = yield_now() => {}
            }
            return Some(caller);
        }
        let answer = loop {
            let answer = select! {
                () = self.upstream.arrival(lane) => break None,
                answer = caller.begin(question()) => match answer {
                    // The end of the stream may overtake its beginning.
                    Err(_) if end == End::BrokenBody => break None,
                    answer => answer.unwrap(),
                },
            };
            if answer.status() != 420 {
                break Some(answer);
            }
            assert!(str::from_utf8(&whole(answer).await.body).unwrap().contains("parallel requests"));
            yield_now().await;
        };
        if let Some(mut answer) = answer {
            assert_eq!(answer.status(), end.status(), "{end:?}");
            match end {
                End::LeftInAnswer | End::CutInAnswer => {
                    assert_eq!(answer.frame().await.unwrap().unwrap().into_data().unwrap(), "half");
                }
                End::BrokenBody => assert!(answer.collect().await.is_err()),
                _ => drop(whole(answer).await),
            }
        }
        if matches!(end, End::CutAtWork | End::CutInAnswer) {
            caller.cut();
            return None;
        }
        Some(caller)
    }

    /// All ends, over and over, each lane beginning with another one.
    fn ends(lane: usize) -> impl Iterator<Item = End> {
        ENDS.into_iter().cycle().skip(lane).take(REQUESTS / LANES)
    }

    /// Makes requests over HTTP/1.1 that end in every way that `happens`, in all lanes at once.
    async fn end_badly(self: Arc<Self>, happens: fn(End) -> bool) {
        let mut lanes = JoinSet::new();
        for lane in 0..LANES {
            let scene = Arc::clone(&self);
            lanes.spawn(async move {
                for end in Scene::ends(lane).filter(|end| happens(*end)) {
                    scene.over_http1(end, lane).await;
                }
            });
        }
        lanes.join_all().await;
        self.has_lost_nothing().await;
    }

    /// Asserts that all slots are free, and as many callers as before let in at once.
    async fn has_lost_nothing(&self) {
        while self.world.node.gauges().slots_taken != 0 {
            yield_now().await;
        }
        self.upstream.is_idle().await;
        if let Some(way) = &self.way {
            assert_eq!(way.now.load(Ordering::SeqCst), 0);
            assert_eq!(way.most.load(Ordering::SeqCst), SLOTS);
        }
        let mut metrics = Caller::connect(self.world.addresses.ops_listen).await;
        let metrics = metrics.ask(request("GET", "/metrics", "")).await.body;
        assert!(metrics.contains("marketpass_slots_taken 0\n"), "{metrics}");
        let mut callers = Vec::new();
        for lane in 0..SLOTS {
            let mut caller = Caller::connect(self.world.api_listen()).await;
            caller.send(self.question(End::LeftAtWork, lane)).await;
            self.upstream.arrival(lane).await;
            callers.push(caller);
        }
        let fifth = self.world.ask_api(self.question(End::Answered, 0)).await;
        assert_eq!(fifth.status, 420, "{fifth:?}");
    }
}

/// A body of which only this comes.
struct Unfinished(Option<Bytes>);

impl HttpBody for Unfinished {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.0.take().map_or(Poll::Pending, |data| Poll::Ready(Some(Ok(Frame::data(data)))))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_slot_is_lost_in_five_thousand_connections_that_end_badly() {
    let scene = Scene::new().await;
    scene.end_badly(|_| true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_slot_is_lost_in_five_thousand_plain_requests_that_end_badly() {
    let scene = Scene::direct().await;
    // There is but one upstream, and it is there.
    scene.end_badly(|end| end != End::NobodyThere).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_slot_is_lost_in_five_thousand_streams_that_end_badly() {
    let scene = Scene::new().await;
    let mut lanes = JoinSet::new();
    for lane in 0..LANES {
        let scene = Arc::clone(&scene);
        lanes.spawn(async move {
            let mut kept = None;
            for end in Scene::ends(lane) {
                let caller = match kept.take() {
                    Some(caller) => caller,
                    None => Http2Caller::connect(scene.world.api_listen()).await,
                };
                kept = scene.over_http2(caller, end, lane).await;
            }
        });
    }
    lanes.join_all().await;
    scene.has_lost_nothing().await;
}
