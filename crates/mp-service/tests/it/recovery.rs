//! Getting back in without the password.

use std::time::Duration;

use mp_domain::event::Actor;
use mp_service::recovery::RecoveryError;
use mp_service::{Browser, Language, UnacceptablePassword};

use crate::people::{PASSWORD, People, from, home, plain};

const PATH: &str = "/account/recover/";
const WINDOW: Duration = Duration::from_secs(15 * 60);

#[tokio::test]
async fn a_link_in_a_letter_sets_a_new_password_once_and_ends_every_session() {
    let people = People::new().await;
    let session = people.enter().await;
    people.service.begin_recovery(&home(), "olga").await.unwrap();
    let letter = people.letters_after(1).await.remove(0);
    assert!(
        letter.contains("To: olga@example.org\n") || letter.contains("To: olga@example.org\r\n"),
        "{letter}"
    );
    assert!(letter.contains("account olga") && letter.contains("within 30 minutes"), "{letter}");
    let token = people.token_in_letter(1, PATH).await;
    assert_eq!(token.len(), 43, "256 bits");
    let target = people.service.recovery_target(&token).await.unwrap();
    assert_eq!(target.unwrap().as_str(), "olga", "looking uses nothing up");

    let short = people.service.recover(&token, plain("short")).await;
    assert_eq!(short, Err(RecoveryError::Password(UnacceptablePassword::TooShort)));
    assert!(people.find(&session).await.is_some());
    people.service.recover(&token, plain("recovered password")).await.unwrap();
    assert!(people.find(&session).await.is_none());
    assert_eq!(people.olga().await.credential_epoch, 1, "every token has ended");
    assert!(people.sign_in(&home(), "olga", PASSWORD).await.is_err());
    assert!(people.sign_in(&home(), "olga", "recovered password").await.is_ok());
    let again = people.service.recover(&token, plain("recovered again")).await;
    assert_eq!(again, Err(RecoveryError::LinkOver));
    assert_eq!(people.service.recovery_target(&token).await, Ok(None));
}

#[tokio::test]
async fn of_two_who_use_a_link_at_once_one_sets_the_password() {
    let people = People::new().await;
    people.service.begin_recovery(&home(), "olga@example.org").await.unwrap();
    let token = people.token_in_letter(1, PATH).await;
    let (one, other) = tokio::join!(
        people.service.recover(&token, plain("the first password")),
        people.service.recover(&token, plain("the other password")),
    );
    assert_eq!([&one, &other].into_iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(people.olga().await.credential_epoch, 1);
}

#[tokio::test]
async fn a_link_is_over_after_half_an_hour_and_when_the_password_changes() {
    let people = People::new().await;
    people.service.begin_recovery(&home(), "olga").await.unwrap();
    let token = people.token_in_letter(1, PATH).await;
    people.world.clock.advance(Duration::from_secs(30 * 60));
    let late = people.service.recover(&token, plain("recovered password")).await;
    assert_eq!(late, Err(RecoveryError::LinkOver));

    people.service.begin_recovery(&home(), "olga").await.unwrap();
    let token = people.token_in_letter(2, PATH).await;
    let cookies = people.enter().await;
    let who = people.who(&cookies).await;
    people.service.change_password(&who, &home(), plain(PASSWORD), plain("new password")).await.unwrap();
    let stale = people.service.recover(&token, plain("recovered password")).await;
    assert_eq!(stale, Err(RecoveryError::LinkOver));
    for nonsense in ["", "x", &"A".repeat(43)] {
        let refused = people.service.recover(nonsense, plain("recovered password")).await;
        assert_eq!(refused, Err(RecoveryError::LinkOver), "{nonsense}");
    }
}

#[tokio::test]
async fn asking_says_the_same_whether_there_is_an_account() {
    let people = People::new().await;
    people.world.account(&people.service, "off").await;
    people.service.disable_account(Actor::Operator, &"off".parse().unwrap()).await.unwrap();
    for name in ["nobody", "nobody@example.org", "off", "", "Ольга"] {
        assert_eq!(people.service.begin_recovery(&home(), name).await, Ok(()), "{name}");
    }
    people.service.begin_recovery(&home(), "olga").await.unwrap();
    let letters = people.letters_after(1).await;
    assert!(letters.len() == 1 && letters[0].contains("olga@example.org"), "{letters:?}");
}

#[tokio::test]
async fn nobody_fills_a_mailbox_with_letters() {
    let people = People::new().await;
    for name in ["olga", "nobody"] {
        for number in 0..5 {
            people.service.begin_recovery(&from([10, 0, 0, number]), name).await.unwrap();
        }
        let sixth = people.service.begin_recovery(&from([10, 0, 0, 9]), name).await;
        assert_eq!(sixth, Err(RecoveryError::TooManyAttempts { retry_after: WINDOW }), "{name}");
    }
    assert_eq!(people.letters_after(5).await.len(), 5);
}

#[tokio::test]
async fn a_second_factor_stays_on() {
    let people = People::new().await;
    let cookies = people.enter().await;
    let secret = people.service.begin_totp(&people.who(&cookies).await).await.unwrap().secret_base32;
    let first = crate::people::code(&people, &secret, 0);
    people.service.confirm_totp(&people.who(&cookies).await, &first).await.unwrap();
    people.service.begin_recovery(&home(), "olga").await.unwrap();
    let token = people.token_in_letter(1, PATH).await;
    people.service.recover(&token, plain(PASSWORD)).await.unwrap();
    people.knock().await;
}

#[tokio::test]
async fn letters_are_in_the_language_of_the_page() {
    let people = People::new().await;
    let browser = Browser { language: Language::Russian, ..home() };
    people.service.begin_recovery(&browser, "olga").await.unwrap();
    let letter = people.letters_after(1).await.remove(0);
    assert!(letter.contains("Здравствуйте!") && letter.contains("в течение 30 минут"), "{letter}");
}

#[tokio::test]
async fn without_mail_it_is_said_that_nothing_can_be_sent() {
    let people = People::new().await;
    let service = people.world.service(9);
    assert!(!service.can_send_mail() && people.service.can_send_mail());
    assert_eq!(service.begin_recovery(&home(), "olga").await, Err(RecoveryError::NoMail));
}
