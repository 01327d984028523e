//! The addresses of people.

use std::time::Duration;

use mp_domain::account::Email;
use mp_domain::event::Actor;
use mp_service::email::EmailError;
use mp_service::recovery::RecoveryError;
use mp_service::sign_in::SignInOutcome;
use mp_service::{Cookies, SignedIn};

use crate::people::{PASSWORD, People, code, from, home, plain};

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

async fn verify(people: &People, token: &str) -> Result<Email, EmailError> {
    people.service.verify_email(token, None).await
}

#[tokio::test]
async fn an_address_changes_when_its_letter_is_answered_and_the_former_one_is_told() {
    let (people, cookies) = olga().await;
    ask(&people, &people.who(&cookies).await).await;
    let letters = people.letters_after(2).await;
    assert!(letters.iter().any(|letter| letter.contains("To: olga@new.example")), "{letters:?}");
    let warned = letters.iter().find(|letter| letter.contains("To: olga@example.org")).unwrap();
    assert!(warned.contains("olga@new.example") && !warned.contains(PATH), "{warned}");
    assert_eq!(people.olga().await.email.as_str(), "olga@example.org", "nothing has changed yet");

    let token = people.token_in_letter(2, PATH).await;
    assert_eq!(verify(&people, &token).await, Ok(new_address()));
    assert_eq!(people.olga().await.email, new_address());
    let letters = people.letters_after(3).await;
    let told = letters.iter().filter(|letter| letter.contains("To: olga@example.org"));
    let told: Vec<_> = told.filter(|letter| letter.contains("has another address now")).collect();
    assert!(told.len() == 1 && told[0].contains("olga@new.example"), "{letters:?}");
    assert!(told[0].contains("Здравствуйте!") && told[0].contains("Hello,"));
    assert!(people.sign_in(&home(), "olga@new.example", PASSWORD).await.is_ok());
    assert!(people.sign_in(&home(), "olga@example.org", PASSWORD).await.is_err());
    assert_eq!(verify(&people, &token).await, Err(EmailError::LinkOver));
}

#[tokio::test]
async fn a_letter_works_once_for_a_day_and_not_after_a_later_one() {
    let (people, cookies) = olga().await;
    ask(&people, &people.who(&cookies).await).await;
    let early = people.token_in_letter(2, PATH).await;
    people.world.clock.advance(Duration::from_secs(86_400));
    assert_eq!(verify(&people, &early).await, Err(EmailError::LinkOver));

    let who = people.who(&people.enter().await).await;
    ask(&people, &who).await;
    let stale = people.token_in_letter(4, PATH).await;
    people.world.clock.advance(Duration::from_secs(1));
    people.service.send_verification(&who, &home()).await.unwrap();
    let fresh = people.token_in_letter(5, PATH).await;
    assert_eq!(verify(&people, &fresh).await.unwrap().as_str(), "olga@example.org");
    assert_eq!(verify(&people, &stale).await, Err(EmailError::LinkOver));
}

#[tokio::test]
async fn an_address_changes_only_after_a_fresh_sign_in_and_never_for_somebody_switched_off() {
    let (people, cookies) = olga().await;
    ask(&people, &people.who(&cookies).await).await;
    let token = people.token_in_letter(2, PATH).await;
    people.world.clock.advance(Duration::from_secs(600));
    let stale = people.who(&cookies).await;
    let refused = people.service.begin_email_change(&stale, &home(), new_address()).await;
    assert_eq!(refused, Err(EmailError::NotFresh));
    people.service.disable_account(Actor::Operator, &"olga".parse().unwrap()).await.unwrap();
    assert_eq!(verify(&people, &token).await, Err(EmailError::LinkOver));
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

/// What ends everything a person has, each with olga signed in by these cookies.
async fn end(people: &People, cookies: &Cookies, how: &str) {
    let (service, login) = (&people.service, "olga".parse().unwrap());
    let who = people.who(cookies).await;
    match how {
        "another password" => {
            service.change_password(&who, &home(), plain(PASSWORD), plain("another password")).await.unwrap();
        }
        "a second factor" => {
            let secret = service.begin_totp(&who).await.unwrap().secret_base32;
            let who = people.who(cookies).await;
            service.confirm_totp(&who, &code(people, &secret, 0)).await.unwrap();
        }
        "leaving everywhere" => service.log_out_everywhere_by(&who).await.unwrap(),
        "the operator's password" => {
            service.set_password(Actor::Operator, &login, plain("another password")).await.unwrap();
        }
        "switching off" => {
            service.disable_account(Actor::Operator, &login).await.unwrap();
            service.enable_account(Actor::Operator, &login).await.unwrap();
        }
        other => unreachable!("{other}"),
    }
}

#[tokio::test]
async fn a_link_to_another_address_is_over_with_everything_else() {
    let ways = [
        "another password",
        "a second factor",
        "leaving everywhere",
        "the operator's password",
        "switching off",
    ];
    for how in ways {
        let (people, cookies) = olga().await;
        ask(&people, &people.who(&cookies).await).await;
        let token = people.token_in_letter(2, PATH).await;
        end(&people, &cookies, how).await;
        assert_eq!(verify(&people, &token).await, Err(EmailError::LinkOver), "{how}");
        assert_eq!(people.olga().await.email.as_str(), "olga@example.org", "{how}");
    }
}

#[tokio::test]
async fn a_recovery_ends_a_link_to_another_address() {
    let (people, cookies) = olga().await;
    ask(&people, &people.who(&cookies).await).await;
    let token = people.token_in_letter(2, PATH).await;
    people.service.begin_recovery(&home(), "olga").await.unwrap();
    let recovery = people.token_in_letter(3, "/account/recover/").await;
    people.service.recover(&recovery, plain("recovered password")).await.unwrap();
    assert_eq!(verify(&people, &token).await, Err(EmailError::LinkOver));
}

#[tokio::test]
async fn a_session_that_has_ended_asks_for_no_link() {
    let (people, cookies) = olga().await;
    let who = people.who(&cookies).await;
    end(&people, &cookies, "leaving everywhere").await;
    let refused = people.service.begin_email_change(&who, &home(), new_address()).await;
    assert_eq!(refused, Err(EmailError::NotFresh));
    assert!(people.letters().is_empty());
}

#[tokio::test]
async fn a_recovery_sent_to_the_former_address_is_over() {
    let (people, cookies) = olga().await;
    people.service.begin_recovery(&home(), "olga").await.unwrap();
    let recovery = people.token_in_letter(1, "/account/recover/").await;
    ask(&people, &people.who(&cookies).await).await;
    let token = people.token_in_letter(3, PATH).await;
    verify(&people, &token).await.unwrap();
    assert_eq!(people.service.recovery_target(&recovery).await, Ok(None));
    let refused = people.service.recover(&recovery, plain("recovered password")).await;
    assert_eq!(refused, Err(RecoveryError::LinkOver));
}

#[tokio::test]
async fn another_address_ends_every_session_but_the_one_it_is_confirmed_in() {
    let (people, cookies) = olga().await;
    let (other, asking) = (people.enter().await, people.who(&cookies).await);
    ask(&people, &asking).await;
    let token = people.token_in_letter(2, PATH).await;
    people.service.verify_email(&token, Some(&asking)).await.unwrap();
    assert!(people.find(&cookies).await.is_some());
    assert!(people.find(&other).await.is_none());
    assert_eq!(people.olga().await.credential_epoch, 0, "tokens live on");

    people.letters_after(3).await;
    people.world.clock.advance(Duration::from_secs(1));
    ask(&people, &people.who(&cookies).await).await;
    let token = people.token_in_letter(4, PATH).await;
    assert_eq!(verify(&people, &token).await.unwrap(), new_address(), "the same address again");
    assert!(people.find(&cookies).await.is_some(), "nothing has changed");
}

/// Ivan, signed in, who asks for an address.
async fn ivan_asks(people: &People, email: &Email) -> Result<(), EmailError> {
    let Ok(SignInOutcome::SignedIn(cookies)) = people.sign_in(&home(), "ivan", PASSWORD).await else {
        panic!("ivan is signed in");
    };
    people.service.begin_email_change(&people.who(&cookies).await, &home(), email.clone()).await
}

#[tokio::test]
async fn an_address_has_one_budget_of_letters_whoever_asks_for_them() {
    let (people, cookies) = olga().await;
    people.world.account(&people.service, "ivan").await;
    for _ in 0..3 {
        ask(&people, &people.who(&cookies).await).await;
    }
    let capitalised = "OLGA@New.Example".parse().unwrap();
    for _ in 0..2 {
        ivan_asks(&people, &capitalised).await.unwrap();
    }
    let sixth = ivan_asks(&people, &capitalised).await;
    assert!(matches!(sixth, Err(EmailError::TooManyAttempts { .. })), "{sixth:?}");
    assert_eq!(ivan_asks(&people, &"ivan@new.example".parse().unwrap()).await, Ok(()));
}

#[tokio::test]
async fn twenty_letters_are_sent_for_one_address_of_the_network() {
    let people = People::new().await;
    for number in 0..20 {
        let login = format!("somebody{}", number / 5);
        if number % 5 == 0 {
            people.world.account(&people.service, &login).await;
        }
        assert_eq!(one_letter(&people, &login, number, [10, 0, 0, 1]).await, Ok(()), "{number}");
    }
    people.world.account(&people.service, "last").await;
    let refused = one_letter(&people, "last", 20, [10, 0, 0, 1]).await;
    assert!(matches!(refused, Err(EmailError::TooManyAttempts { .. })), "{refused:?}");
    assert_eq!(one_letter(&people, "last", 21, [10, 0, 0, 2]).await, Ok(()));
}

async fn one_letter(people: &People, login: &str, number: u32, address: [u8; 4]) -> Result<(), EmailError> {
    let browser = from(address);
    let Ok(SignInOutcome::SignedIn(cookies)) = people.sign_in(&browser, login, PASSWORD).await else {
        panic!("{login} is signed in");
    };
    let email = format!("address{number}@example.org").parse().unwrap();
    people.service.begin_email_change(&people.who(&cookies).await, &browser, email).await
}

#[tokio::test]
async fn an_address_of_another_account_is_told_instead_of_given_away() {
    let (people, _) = olga().await;
    people.world.account(&people.service, "ivan").await;
    assert_eq!(ivan_asks(&people, &"Olga@Example.org".parse().unwrap()).await, Ok(()), "nothing is told");
    let letters = people.letters_after(2).await;
    let told = letters.iter().find(|letter| letter.to_lowercase().contains("to: olga@example.org")).unwrap();
    assert!(told.contains("another marketpass account") && !told.contains(PATH), "{told}");
    assert!(!told.contains("ivan") && !told.contains("account olga"), "{told}");
}

#[tokio::test]
async fn of_two_who_ask_for_one_address_the_first_to_answer_has_it() {
    let (people, cookies) = olga().await;
    people.world.account(&people.service, "ivan").await;
    ivan_asks(&people, &new_address()).await.unwrap();
    let ivans = people.token_in_letter(2, PATH).await;
    people.world.clock.advance(Duration::from_secs(1));
    ask(&people, &people.who(&cookies).await).await;
    let olgas = people.token_in_letter(4, PATH).await;
    verify(&people, &olgas).await.unwrap();
    assert_eq!(verify(&people, &ivans).await, Err(EmailError::LinkOver));
}

#[tokio::test]
async fn a_link_tells_whose_address_it_verifies() {
    let (people, cookies) = olga().await;
    ask(&people, &people.who(&cookies).await).await;
    let token = people.token_in_letter(2, PATH).await;
    let target = people.service.verification_target(&token).await;
    assert_eq!(target, Ok(Some(("olga".parse().unwrap(), new_address()))));
    verify(&people, &token).await.unwrap();
    assert_eq!(people.service.verification_target(&token).await, Ok(None));
}
