//! The addresses of people.

use std::time::Duration;

use mp_domain::account::Email;
use mp_domain::event::Actor;
use mp_service::email::EmailError;
use mp_service::{Cookies, SignedIn};

use crate::people::{PASSWORD, People, home};

const PATH: &str = "/account/verify/";

async fn olga() -> (People, Cookies) {
    let people = People::new().await;
    let cookies = people.enter().await;
    (people, cookies)
}

fn new_address() -> Email {
    "olga@new.example".parse().unwrap()
}

async fn ask(people: &People, who: &SignedIn) {
    people.service.begin_email_change(who, &home(), new_address()).await.unwrap();
}

#[tokio::test]
async fn an_address_changes_when_its_letter_is_answered_and_the_former_one_is_told() {
    let (people, cookies) = olga().await;
    ask(&people, &people.who(&cookies).await).await;
    let letter = people.letters_after(1).await.remove(0);
    assert!(letter.contains("To: olga@new.example"), "{letter}");
    assert_eq!(people.olga().await.email.as_str(), "olga@example.org", "nothing has changed yet");

    let token = people.token_in_letter(1, PATH).await;
    assert_eq!(people.service.verify_email(&token).await, Ok(new_address()));
    assert_eq!(people.olga().await.email, new_address());
    let letters = people.letters_after(2).await;
    let told = letters.iter().find(|letter| letter.contains("To: olga@example.org")).unwrap();
    assert!(told.contains("olga@new.example") && told.contains("Здравствуйте!") && told.contains("Hello,"));
    assert!(people.sign_in(&home(), "olga@new.example", PASSWORD).await.is_ok());
    assert!(people.sign_in(&home(), "olga@example.org", PASSWORD).await.is_err());
    assert_eq!(people.service.verify_email(&token).await, Err(EmailError::LinkOver));
}

#[tokio::test]
async fn a_letter_works_once_for_a_day_and_not_after_a_later_one() {
    let (people, cookies) = olga().await;
    ask(&people, &people.who(&cookies).await).await;
    let early = people.token_in_letter(1, PATH).await;
    people.world.clock.advance(Duration::from_secs(86_400));
    assert_eq!(people.service.verify_email(&early).await, Err(EmailError::LinkOver));

    let who = people.who(&people.enter().await).await;
    ask(&people, &who).await;
    let stale = people.token_in_letter(2, PATH).await;
    people.world.clock.advance(Duration::from_secs(1));
    people.service.send_verification(&who, &home()).await.unwrap();
    let fresh = people.token_in_letter(3, PATH).await;
    assert_eq!(people.service.verify_email(&fresh).await.unwrap().as_str(), "olga@example.org");
    assert_eq!(people.service.verify_email(&stale).await, Err(EmailError::LinkOver));
}

#[tokio::test]
async fn an_address_changes_only_after_a_fresh_sign_in_and_never_for_somebody_switched_off() {
    let (people, cookies) = olga().await;
    ask(&people, &people.who(&cookies).await).await;
    let token = people.token_in_letter(1, PATH).await;
    people.world.clock.advance(Duration::from_secs(600));
    let stale = people.who(&cookies).await;
    let refused = people.service.begin_email_change(&stale, &home(), new_address()).await;
    assert_eq!(refused, Err(EmailError::NotFresh));
    people.service.disable_account(Actor::Operator, &"olga".parse().unwrap()).await.unwrap();
    assert_eq!(people.service.verify_email(&token).await, Err(EmailError::LinkOver));
    assert_eq!(people.olga().await.email.as_str(), "olga@example.org");
}

#[tokio::test]
async fn nobody_sends_letters_without_end() {
    let (people, cookies) = olga().await;
    let who = people.who(&cookies).await;
    for _ in 0..5 {
        ask(&people, &who).await;
    }
    let sixth = people.service.send_verification(&who, &home()).await;
    assert!(matches!(sixth, Err(EmailError::TooManyAttempts { .. })), "{sixth:?}");
    let unsent = people.world.service(9).send_verification(&who, &home()).await;
    assert_eq!(unsent, Err(EmailError::NoMail));
}
