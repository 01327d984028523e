//! What a server forgets by itself, and what it keeps.

use std::time::{Duration, Instant};

use mp_domain::authorization::{AuthorizationParameters, Parameter};
use mp_domain::time::Timestamp;
use mp_service::SignedIn;
use mp_store::{StoreError, authorization_request, copy};
use mp_testkit::PATIENCE;

use crate::people::{People, home};
use crate::world::application;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// What a transaction that is undone has found.
#[derive(Debug)]
struct Found(u64);

impl From<StoreError> for Found {
    fn from(error: StoreError) -> Self {
        panic!("{error}")
    }
}

/// How many sessions, links and questions of applications are kept.
async fn kept(people: &People) -> [u64; 3] {
    let file = people.world.folder().join("counted.db");
    let counted = copy::backup(&people.world.url, &file).unwrap();
    std::fs::remove_file(file).unwrap();
    let rows = |table| counted.iter().find(|(name, _)| *name == table).unwrap().1;
    // A copy leaves questions out: all of them are removed here, and that is undone.
    let end_of_time = Timestamp::from_seconds(1 << 40);
    let all = people.service.store().write("count", move |tx| -> Result<(), Found> {
        Err(Found(authorization_request::delete_old(tx, end_of_time)?))
    });
    [rows("session"), rows("one_time_link"), all.await.unwrap_err().0]
}

async fn until_kept(people: &People, expected: [u64; 3]) {
    let deadline = Instant::now() + PATIENCE;
    while kept(people).await != expected {
        assert!(Instant::now() < deadline, "{:?} are kept", kept(people).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// An application asks the person for something, and is not answered.
async fn ask(people: &People, who: &SignedIn) {
    let owned = people.service.clients_of(who.account.id).await.unwrap();
    let client = match owned.first() {
        Some(client) => client.id,
        None => application(&people.service, who.account.id).await,
    };
    let asks = AuthorizationParameters::default().with(Parameter::ResponseType, "token");
    let asks = asks.with(Parameter::ClientId, &client.to_string());
    let examined = people.service.examine_authorization(&asks).await.unwrap();
    people.service.begin_consent(who, &examined).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_links_and_questions_are_forgotten_when_they_are_over_and_not_before() {
    let people = People::new().await;
    let forgotten = people.who(&people.enter().await).await;
    people.service.send_verification(&forgotten, &home()).await.unwrap();
    people.service.send_verification(&forgotten, &home()).await.unwrap();
    let used = people.token_in_letter(2, "/account/verify/").await;
    ask(&people, &forgotten).await;
    people.world.clock.advance(29 * DAY);
    let cookies = people.enter().await;
    assert_eq!(kept(&people).await, [2, 2, 1], "none has been seen to since");
    assert!(people.service.verify_email(&used, None).await.is_err(), "it is over all the same");
    people.world.clock.advance(2 * DAY);
    people.service.begin_recovery(&home(), "olga").await.unwrap();
    people.letters_after(3).await;
    let node = people.world.node(3).await;
    until_kept(&people, [1, 1, 0]).await;
    drop(node);

    // A live question, beside a link that is over.
    people.world.clock.advance(31 * MINUTE);
    let who = people.who(&cookies).await;
    ask(&people, &who).await;
    let _node = people.world.node(4).await;
    until_kept(&people, [1, 0, 1]).await;
    assert!(people.find(&cookies).await.is_some());
}
