//! Telling people in time what will stop working.

use std::sync::Arc;
use std::time::Duration;

use mp_domain::api_key::KeyGrant;
use mp_domain::event::Actor;
use mp_domain::member::Role;
use mp_mail::{FolderMailer, Stationery};
use mp_service::{Service, ServiceParts, SignUp};
use mp_store::Store;
use mp_testkit::SeededEntropy;

use crate::people::People;
use crate::world::{NOON, PUBLIC_URL, grant, peppers};

const DAY: Duration = Duration::from_secs(86_400);

/// Makes a key that lives so long.
async fn key(people: &People, name: &str, life: Duration) {
    let limited = KeyGrant { expires_at: Some(NOON.plus(life)), ..grant(name) };
    people.service.create_api_key(Actor::Operator, people.world.business, limited).await.unwrap();
}

async fn give(people: &People) -> usize {
    people.service.give_expiry_notices().await.unwrap()
}

/// Goes to a day, counted from the beginning.
fn on_day(people: &People, day: u32) {
    people.world.clock.set(NOON.plus(DAY * day));
}

#[tokio::test]
async fn a_key_is_announced_thirty_seven_and_one_day_before_its_end_once_each() {
    let people = People::new().await;
    people.world.member(&people.service, "manager", Role::Manager).await;
    people.world.member(&people.service, "employee", Role::Employee).await;
    key(&people, "ERP", DAY * 100).await;
    let mut told = Vec::new();
    for day in 0..=101 {
        on_day(&people, day);
        if give(&people).await == 1 {
            told.push(day);
        }
        assert_eq!(give(&people).await, 0, "day {day}: nothing is said twice");
    }
    assert_eq!(told, [70, 93, 99]);
    let letters = people.letters();
    assert_eq!(letters.len(), 6, "to the owner and the manager");
    assert!(letters.iter().all(|letter| letter.contains("To: owner@") || letter.contains("To: manager@")));
    let page = format!("{PUBLIC_URL}/cabinet/{}/keys", people.world.business);
    for letter in &letters {
        assert!(letter.contains("«ERP»") && letter.contains("\"ERP\"") && letter.contains(&page), "{letter}");
        assert!(letter.contains(&NOON.plus(DAY * 100).to_string()), "{letter}");
    }
    assert!(letters[5].contains("at most 1)"), "{}", letters[5]);
}

#[tokio::test]
async fn after_a_downtime_only_the_nearest_notice_is_given() {
    let people = People::new().await;
    key(&people, "ERP", DAY * 100).await;
    on_day(&people, 96);
    assert_eq!(give(&people).await, 1);
    assert!(people.letters()[0].contains("at most 7)"));
    on_day(&people, 99);
    assert_eq!(give(&people).await, 1);
    on_day(&people, 100);
    assert_eq!(give(&people).await, 0, "what has expired is no news");
}

#[tokio::test]
async fn what_was_made_to_live_shortly_needs_no_notice_of_a_longer_time() {
    let people = People::new().await;
    key(&people, "a week", DAY * 7).await;
    key(&people, "five days", DAY * 5).await;
    key(&people, "hours", DAY / 2).await;
    assert_eq!(give(&people).await, 1, "the seven days of the one");
    on_day(&people, 4);
    assert_eq!(give(&people).await, 1, "the last day of the other");
    let letters = people.letters();
    assert!(letters[0].contains("a week") && letters[1].contains("five days"));
}

#[tokio::test]
async fn two_nodes_give_one_notice() {
    let people = People::new().await;
    key(&people, "ERP", DAY * 30).await;
    let other = people.another(5, &[1]);
    let (one, two) = tokio::join!(people.service.give_expiry_notices(), other.give_expiry_notices());
    one.unwrap();
    two.unwrap();
    assert_eq!(people.letters().len(), 1);
}

#[tokio::test]
async fn a_notice_that_cannot_be_sent_is_given_later() {
    let people = People::new().await;
    key(&people, "ERP", DAY * 30).await;
    let blocked = people.world.folder().join("no folder");
    std::fs::write(&blocked, "").unwrap();
    let stationery = Stationery {
        from: "noreply@example.org".parse().unwrap(),
        clock: Arc::clone(&people.world.clock) as _,
        entropy: Arc::new(SeededEntropy::new(77)),
    };
    let service = Service::new(ServiceParts {
        store: Store::open(&people.world.url).unwrap(),
        peppers: peppers(&[1]),
        format: mp_domain::key_token::TokenFormat::default(),
        clock: Arc::clone(&people.world.clock) as _,
        entropy: Arc::new(SeededEntropy::new(78)),
        mailer: Some(Arc::new(FolderMailer::new(blocked, stationery))),
        public_url: PUBLIC_URL.to_owned(),
        sign_up: SignUp::Closed,
    });
    assert_eq!(service.give_expiry_notices().await, Ok(0));
    assert_eq!(give(&people).await, 1);
    assert_eq!(people.world.service(9).give_expiry_notices().await, Ok(0), "without mail nothing is given");
}

#[tokio::test]
async fn a_token_is_announced_to_its_person_while_it_lives() {
    let people = People::new().await;
    let service = &people.service;
    let client = crate::world::application(service, people.olga().await.id).await;
    let login = people.olga().await.login;
    let year = Some(DAY * 365);
    service.issue_token(Actor::Operator, client, &login, None, year).await.unwrap();
    on_day(&people, 335);
    assert_eq!(give(&people).await, 1);
    let letter = people.letters().remove(0);
    assert!(letter.contains("To: olga@example.org"), "{letter}");
    assert!(letter.contains("«Courier»") && letter.contains("\"Courier\" for the account olga"), "{letter}");
    service.log_out_everywhere(Actor::Operator, &login).await.unwrap();
    on_day(&people, 358);
    assert_eq!(give(&people).await, 0, "a token that is dead already is no news");
}
