//! Browsers in which people are signed in.

use std::time::Duration;

use mp_domain::event::Actor;
use mp_domain::secret::PlainSecret;
use mp_domain::session::Stage;
use mp_service::Cookies;
use mp_service::UnacceptablePassword;
use mp_service::password_change::PasswordChangeError;

use crate::people::{PASSWORD, People, from, home, plain};

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn a_session_is_what_its_cookie_says_and_nothing_else_is_one() {
    let people = People::new().await;
    let cookies = people.enter().await;
    let who = people.who(&cookies).await;
    assert_eq!((who.account.login.as_str(), who.session.stage), ("olga", Stage::SignedIn));
    assert_eq!((who.session.user_agent.as_str(), who.session.address.as_str()), ("Firefox", "192.0.2.1"));
    let cookie = cookies.session.expose();
    assert_eq!(cookie.len(), 43, "256 bits");
    let other = people.enter().await;
    assert_ne!(other.session.expose(), cookie, "every sign-in has a cookie of its own");
    for text in ["", "x", &cookie[1..], &format!("{cookie}="), &"A".repeat(43), &"я".repeat(43)] {
        let nobody = Cookies { session: PlainSecret::new((*text).to_owned()), known: None };
        assert!(people.find(&nobody).await.is_none(), "{text}");
    }
}

#[tokio::test]
async fn a_session_ends_thirty_days_after_its_last_use_and_ninety_after_it_began() {
    let people = People::new().await;
    let (idle, busy) = (people.enter().await, people.enter().await);
    for _ in 0..4 {
        people.world.clock.advance(DAY * 22);
        assert!(people.find(&busy).await.is_some());
    }
    assert!(people.find(&idle).await.is_none());
    people.world.clock.advance(DAY * 2);
    assert!(people.find(&busy).await.is_none(), "ninety days are over");
}

#[tokio::test]
async fn the_last_use_is_noted_to_the_minute_with_its_address() {
    let people = People::new().await;
    let cookies = people.enter().await;
    let began = people.who(&cookies).await.session;
    let look = |address| {
        let cookie = cookies.session.expose().to_owned();
        let people = &people;
        async move {
            people.service.session(&cookie, &from(address)).await.unwrap().unwrap();
            people.service.list_sessions(people.olga().await.id).await.unwrap().remove(0)
        }
    };
    people.world.clock.advance(Duration::from_secs(59));
    assert_eq!(look([192, 0, 2, 1]).await, began);
    people.world.clock.advance(Duration::from_secs(1));
    let used = look([192, 0, 2, 1]).await;
    assert_eq!(used.last_used_at, began.created_at.plus(Duration::from_secs(60)));
    assert_eq!(look([198, 51, 100, 7]).await.address, "198.51.100.7", "another place is noted at once");
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_alone() {
    let people = People::new().await;
    people.world.account(&people.service, "ivan").await;
    let (first, second) = (people.enter().await, people.enter().await);
    let (one, two) = (people.who(&first).await, people.who(&second).await);
    let listed = people.service.list_sessions(one.account.id).await.unwrap();
    assert_eq!(listed.len(), 2);
    let Ok(mp_service::sign_in::SignInOutcome::SignedIn(ivans)) =
        people.sign_in(&home(), "ivan", PASSWORD).await
    else {
        panic!("ivan signs in")
    };
    let ivan = people.who(&ivans).await;
    people.service.end_session(&ivan, one.session.id).await.unwrap();
    assert!(people.find(&first).await.is_some(), "ivan ends nothing of olga's");
    people.service.end_session(&two, one.session.id).await.unwrap();
    people.service.end_session(&two, one.session.id).await.unwrap();
    assert!(people.find(&first).await.is_none() && people.find(&second).await.is_some());
    people.service.sign_out(&two).await.unwrap();
    assert!(people.find(&second).await.is_none());
    assert_eq!(people.service.list_sessions(one.account.id).await.unwrap(), []);
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_and_gives_this_one_a_new_cookie() {
    let people = People::new().await;
    let (mine, stolen) = (people.enter().await, people.enter().await);
    let who = people.who(&mine).await;
    let change = |current: &'static str, new: &'static str| async {
        people.service.change_password(&who, &home(), plain(current), plain(new)).await
    };
    assert_eq!(change("wrong", "new password").await.err(), Some(PasswordChangeError::WrongPassword));
    let short = PasswordChangeError::Unacceptable(UnacceptablePassword::TooShort);
    assert_eq!(change(PASSWORD, "short").await.err(), Some(short));
    assert!(people.find(&stolen).await.is_some(), "nothing has happened yet");

    let renewed = change(PASSWORD, "new password").await.unwrap();
    assert!(people.find(&stolen).await.is_none());
    assert!(people.find(&mine).await.is_none(), "the cookie before is dead");
    let after = people.who(&renewed).await;
    assert_eq!(after.account.credential_epoch, who.account.credential_epoch + 1);
    assert_eq!(after.account.logout_epoch, 0, "this is no log-out");
    assert!(people.sign_in(&home(), "olga", PASSWORD).await.is_err());
    assert!(people.sign_in(&home(), "olga", "new password").await.is_ok());
    let late = people.service.change_password(&who, &home(), plain(PASSWORD), plain("newer password")).await;
    assert_eq!(late.err(), Some(PasswordChangeError::SessionOver), "of two at once the first wins");
}

#[tokio::test]
async fn logging_out_everywhere_ends_everything_and_is_told_apart() {
    let people = People::new().await;
    let (here, there) = (people.enter().await, people.enter().await);
    people.service.log_out_everywhere_by(&people.who(&here).await).await.unwrap();
    assert!(people.find(&here).await.is_none() && people.find(&there).await.is_none());
    let olga = people.olga().await;
    assert_eq!((olga.credential_epoch, olga.logout_epoch), (1, 1));

    let again = people.enter().await;
    let olga = people.service.log_out_everywhere(Actor::Operator, &olga.login).await.unwrap();
    assert_eq!((olga.credential_epoch, olga.logout_epoch), (2, 2));
    assert!(people.find(&again).await.is_none());
}

#[tokio::test]
async fn the_operator_ends_sessions_by_a_new_password_and_by_switching_off() {
    let people = People::new().await;
    let login = people.olga().await.login;
    let session = people.enter().await;
    people.service.set_password(Actor::Operator, &login, plain(PASSWORD)).await.unwrap();
    assert!(people.find(&session).await.is_none());

    let session = people.enter().await;
    people.service.disable_account(Actor::Operator, &login).await.unwrap();
    assert!(people.find(&session).await.is_none());
    people.service.enable_account(Actor::Operator, &login).await.unwrap();
    assert!(people.find(&session).await.is_none(), "what was ended stays ended");
}

#[tokio::test]
async fn sessions_live_on_while_their_pepper_is_kept() {
    let people = People::new().await;
    let cookies = people.enter().await;
    let rotated = people.another(3, &[2, 1]);
    assert!(rotated.session(cookies.session.expose(), &home()).await.unwrap().is_some());
    let forgotten = people.another(4, &[2]);
    assert!(forgotten.session(cookies.session.expose(), &home()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_person_has_at_most_a_hundred_sessions() {
    let people = People::new().await;
    let first = people.enter().await;
    people.world.clock.advance(Duration::from_secs(1));
    for _ in 0..100 {
        people.enter().await;
    }
    assert!(people.find(&first).await.is_none());
    assert_eq!(people.service.list_sessions(people.olga().await.id).await.unwrap().len(), 100);
}
