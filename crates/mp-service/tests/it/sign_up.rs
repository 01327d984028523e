//! How people come to have an account.

use std::time::Duration;

use mp_domain::event::Actor;
use mp_service::accounts::NewAccount;
use mp_service::sign_up::SignUpError;
use mp_service::{Cookies, SignUp, UnacceptablePassword};

use crate::people::{PASSWORD, People, from, home, plain};

fn ivan() -> NewAccount {
    let (login, email) = ("ivan".parse().unwrap(), "ivan@example.org".parse().unwrap());
    NewAccount { login, email, name: None, password: plain(PASSWORD) }
}

async fn sign_up(people: &People, new: NewAccount, invitation: Option<&str>) -> Result<Cookies, SignUpError> {
    people.service.sign_up(&home(), new, invitation).await
}

async fn invitation(people: &People) -> String {
    let made = people.service.invite(Actor::Operator, "guest@example.org".parse().unwrap()).await.unwrap();
    assert!(made.is_sent);
    let (_, token) = made.url.expose().split_once("/account/sign-up?invitation=").unwrap();
    token.to_owned()
}

#[tokio::test]
async fn where_it_is_closed_nobody_registers_and_nobody_is_invited() {
    let people = People::new().await;
    assert_eq!(sign_up(&people, ivan(), None).await.err(), Some(SignUpError::Closed));
    let invited = people.service.invite(Actor::Operator, "guest@example.org".parse().unwrap()).await;
    assert_eq!(invited.err(), Some(SignUpError::Closed));
    let open = People::with(SignUp::Invitation).await;
    let token = invitation(&open).await;
    let closed = open.another(5, &[1]).sign_up(&home(), ivan(), Some(&token)).await;
    assert_eq!(closed.err(), Some(SignUpError::Closed), "an invitation of earlier days admits nobody");
}

#[tokio::test]
async fn an_invitation_admits_one_person_within_a_week_whose_address_is_verified() {
    let people = People::with(SignUp::Invitation).await;
    assert_eq!(sign_up(&people, ivan(), None).await.err(), Some(SignUpError::InvitationNeeded));
    let (token, late) = (invitation(&people).await, invitation(&people).await);
    assert_eq!(people.letters().len(), 2);
    let email = people.service.invited_email(&token).await.unwrap().unwrap();
    assert_eq!(email.as_str(), "guest@example.org");

    let cookies = sign_up(&people, ivan(), Some(&token)).await.unwrap();
    let ivan_now = people.who(&cookies).await.account;
    assert_eq!(ivan_now.email.as_str(), "guest@example.org", "the invited address, not the one typed");
    assert!(ivan_now.email_verified_at.is_some());
    let second = NewAccount { login: "second".parse().unwrap(), ..ivan() };
    assert_eq!(sign_up(&people, second, Some(&token)).await.err(), Some(SignUpError::InvitationOver));
    assert_eq!(people.service.invited_email(&token).await, Ok(None));
    people.world.clock.advance(Duration::from_secs(7 * 86_400));
    let second = NewAccount { login: "second".parse().unwrap(), ..ivan() };
    assert_eq!(sign_up(&people, second, Some(&late)).await.err(), Some(SignUpError::InvitationOver));
}

#[tokio::test]
async fn an_invitation_is_not_used_up_by_a_registration_that_fails() {
    let people = People::with(SignUp::Invitation).await;
    let token = invitation(&people).await;
    let namesake = NewAccount { login: "olga".parse().unwrap(), ..ivan() };
    let refused = sign_up(&people, namesake, Some(&token)).await;
    assert_eq!(refused.err(), Some(SignUpError::LoginTaken("olga".parse().unwrap())));
    assert!(sign_up(&people, ivan(), Some(&token)).await.is_ok());
}

#[tokio::test]
async fn of_two_with_one_invitation_one_is_registered() {
    let people = People::with(SignUp::Invitation).await;
    let token = invitation(&people).await;
    let second = NewAccount { login: "second".parse().unwrap(), ..ivan() };
    let (one, other) =
        tokio::join!(sign_up(&people, ivan(), Some(&token)), sign_up(&people, second, Some(&token)));
    assert_eq!([one.is_ok(), other.is_ok()].into_iter().filter(|is_in| *is_in).count(), 1);
}

#[tokio::test]
async fn where_it_is_open_an_address_counts_after_its_letter() {
    let people = People::with(SignUp::Open).await;
    let cookies = sign_up(&people, ivan(), None).await.unwrap();
    assert_eq!(people.who(&cookies).await.account.email_verified_at, None);
    let by_address = people.sign_in(&home(), "ivan@example.org", PASSWORD).await;
    assert!(by_address.is_err(), "an address nobody has proved signs nobody in");
    let token = people.token_in_letter(1, "/account/verify/").await;
    people.service.verify_email(&token, None).await.unwrap();
    assert!(people.sign_in(&home(), "ivan@example.org", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn nothing_is_recovered_over_an_address_that_is_not_proved() {
    let people = People::with(SignUp::Open).await;
    sign_up(&people, ivan(), None).await.unwrap();
    people.service.begin_recovery(&home(), "ivan").await.unwrap();
    let address = "pyotr@example.org".parse().unwrap();
    let other = NewAccount { login: "pyotr".parse().unwrap(), email: address, ..ivan() };
    sign_up(&people, other, None).await.unwrap();
    let letters = people.letters_after(2).await;
    assert!(letters.iter().all(|letter| !letter.contains("/account/recover/")), "{letters:?}");
}

#[tokio::test]
async fn bad_registrations_are_refused_with_their_reason() {
    let people = People::with(SignUp::Open).await;
    let like_address = NewAccount { login: "olga@example.org".parse().unwrap(), ..ivan() };
    assert_eq!(sign_up(&people, like_address, None).await.err(), Some(SignUpError::LoginLikeAddress));
    let short = NewAccount { password: plain("short"), ..ivan() };
    let reason = SignUpError::Password(UnacceptablePassword::TooShort);
    assert_eq!(sign_up(&people, short, None).await.err(), Some(reason));
    for _ in 0..20 {
        let namesake = NewAccount { login: "olga".parse().unwrap(), ..ivan() };
        let refused = sign_up(&people, namesake, None).await;
        assert!(matches!(refused.err(), Some(SignUpError::LoginTaken(_))));
    }
    let refused = sign_up(&people, ivan(), None).await;
    assert!(matches!(refused.err(), Some(SignUpError::TooManyAttempts { .. })));
    assert!(people.service.sign_up(&from([10, 0, 0, 1]), ivan(), None).await.is_ok());
}

#[tokio::test]
async fn registrations_do_not_fill_a_mailbox() {
    let people = People::with(SignUp::Open).await;
    for number in 0..5_u8 {
        let new = NewAccount { login: format!("ivan{number}").parse().unwrap(), ..ivan() };
        assert!(people.service.sign_up(&from([10, 0, 0, number]), new, None).await.is_ok());
    }
    let sixth = people.service.sign_up(&from([10, 0, 0, 9]), ivan(), None).await;
    assert!(matches!(sixth.err(), Some(SignUpError::TooManyAttempts { .. })));
}

#[tokio::test]
async fn registering_with_somebodys_address_tells_nothing_and_brings_no_link() {
    let people = People::with(SignUp::Open).await;
    let new = NewAccount { email: "olga@example.org".parse().unwrap(), ..ivan() };
    let cookies = sign_up(&people, new, None).await.unwrap();
    assert_eq!(people.who(&cookies).await.account.email_verified_at, None);
    let letter = people.letters_after(1).await.remove(0);
    assert!(
        letter.contains("another marketpass account") && !letter.contains("/account/verify/"),
        "{letter}"
    );
}
