//! What needs an old pepper no longer than it must.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mp_domain::client::ClientKind;
use mp_domain::event::Actor;
use mp_domain::oauth_scope::OAuthScope;
use mp_domain::operation::GET_CAMPAIGNS;
use mp_domain::reach::Target;
use mp_service::Node;
use mp_service::sign_in::SignInOutcome;
use mp_store::pepper;
use mp_testkit::PATIENCE;

use crate::people::{PASSWORD, People, code, home, plain};
use crate::world::{bear, new_business, peppers, profile, token};

/// How many secrets need pepper 1, and how many pepper 2.
async fn left(people: &People) -> [i64; 2] {
    use mp_domain::time::Clock;
    let now = people.world.clock.now();
    let read = people.service.store().read("count", move |conn| {
        Ok([pepper::count_in_use(conn, 1, now)?, pepper::count_in_use(conn, 2, now)?])
    });
    read.await.unwrap()
}

async fn until_left(people: &People, expected: [i64; 2]) {
    let deadline = Instant::now() + PATIENCE;
    while left(people).await != expected {
        assert!(Instant::now() < deadline, "{:?} are left", left(people).await);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn works(node: &Node, token: &str) -> bool {
    bear(node, token, &GET_CAMPAIGNS, Target::Caller).is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_read_without_its_owner_leaves_an_old_pepper_an_hour_after_it() {
    let people = People::new().await;
    let (service, olga) = (&people.service, people.olga().await.id);
    new_business(service, "olga").await;
    let cookies = people.enter().await;
    let shared = service.begin_totp(&people.who(&cookies).await).await.unwrap().secret_base32;
    service.confirm_totp(&people.who(&cookies).await, &code(&people, &shared, 0)).await.unwrap();
    let profile = profile(service, &[OAuthScope::MarketPartnerApi]);
    let made = service.register_client(Actor::Operator, olga, ClientKind::Id, profile, None, false);
    let client = made.await.unwrap().0.id;
    service.renew_client_secret(Actor::Operator, client, Duration::from_secs(86_400), None).await.unwrap();
    let issued = token(service, client, "olga").await;
    // The seed of the codes, ten backup codes, two secrets of the application, the token.
    assert_eq!(left(&people).await, [14, 0]);

    let node = people.world.node_with(3, Arc::new(|| Ok(peppers(&[2, 1])))).await;
    // The token is recognised under pepper 2 once it is used; it was derived under pepper 1. Other nodes may not have
    // pepper 2 yet: nothing else moves.
    assert!(works(&node, issued.expose()));
    until_left(&people, [14, 1]).await;
    drop(node);

    let node = people.world.node_with(4, Arc::new(|| Ok(peppers(&[3, 2, 1])))).await;
    drop(node);
    people.world.clock.advance(Duration::from_secs(3_600));
    let node = people.world.node_with(5, Arc::new(|| Ok(peppers(&[3, 2, 1])))).await;
    // What its owner alone can show stays, and so does what the token is derived from.
    until_left(&people, [11, 0]).await;
    assert!(works(&node, issued.expose()));

    // Nothing needs pepper 2, and what has moved is what it was.
    let later = people.another(6, &[3, 1]);
    later.register_peppers(Actor::System).await.unwrap();
    let again = token(&later, client, "olga").await;
    assert_eq!(again.expose(), issued.expose());
    let Ok(SignInOutcome::SecondFactorNeeded(cookies)) =
        later.sign_in(&home(), "olga", plain(PASSWORD)).await
    else {
        panic!("codes are on");
    };
    let who = later.session(cookies.session.expose(), &home()).await.unwrap().unwrap();
    later.answer_code(&who, &home(), &code(&people, &shared, 0)).await.unwrap();
}
