//! Signing in by password, and being kept from trying too often.

use std::io::Cursor;
use std::time::{Duration, Instant};

use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use mp_domain::account::Account;
use mp_domain::event::Actor;
use mp_service::Browser;
use mp_service::accounts::NewAccount;
use mp_service::sign_in::{SignInError, SignInOutcome};

use crate::people::{PASSWORD, People, from, home, known, plain};

const WINDOW: Duration = Duration::from_secs(15 * 60);

async fn refused(people: &People, browser: &Browser<'_>, name: &str, password: &str) -> SignInError {
    people.sign_in(browser, name, password).await.err().expect("nobody is signed in")
}

/// Somebody else with olga's address.
async fn twin(people: &People) {
    let (login, email) = ("twin".parse().unwrap(), "OLGA@example.org".parse().unwrap());
    let new = NewAccount { login, email, name: None, password: plain("another password") };
    people.service.create_account(Actor::Operator, new).await.unwrap();
}

#[tokio::test]
async fn a_person_signs_in_with_login_or_address_however_capitalised() {
    let people = People::new().await;
    for name in ["olga", "OLGA", " olga ", "olga@example.org", "Olga@Example.org"] {
        let Ok(SignInOutcome::SignedIn(cookies)) = people.sign_in(&home(), name, PASSWORD).await else {
            panic!("{name} is olga");
        };
        assert_eq!(people.who(&cookies).await.account.login.as_str(), "olga");
        assert!(cookies.known.is_some());
    }
}

#[tokio::test]
async fn an_address_of_two_accounts_signs_nobody_in() {
    let people = People::new().await;
    twin(&people).await;
    for password in [PASSWORD, "another password"] {
        let refusal = refused(&people, &home(), "olga@example.org", password).await;
        assert_eq!(refusal, SignInError::WrongCredentials);
    }
    assert!(people.sign_in(&home(), "twin", "another password").await.is_ok());
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_login_are_refused_alike() {
    let people = People::new().await;
    for name in ["olga", "nobody", "olga@example.org", "nobody@example.org", "", "no login at all", "Ольга"]
    {
        for _ in 0..10 {
            assert_eq!(refused(&people, &from(spread()), name, "wrong").await, SignInError::WrongCredentials);
        }
        let refusal = refused(&people, &from(spread()), name, "wrong").await;
        assert_eq!(refusal, SignInError::TooManyAttempts { retry_after: WINDOW }, "{name}");
    }
}

/// Another address each time.
fn spread() -> [u8; 4] {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0x0a00_0000);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_be_bytes()
}

#[tokio::test]
async fn an_unknown_login_takes_as_long_as_a_wrong_password() {
    let people = People::new().await;
    let mut shortest = [Duration::MAX; 2];
    for _ in 0..8 {
        for (place, name) in ["olga", "nobody"].into_iter().enumerate() {
            let began = Instant::now();
            // The budgets end and begin anew, so that every attempt is looked at.
            people.world.clock.advance(WINDOW);
            assert_eq!(refused(&people, &home(), name, "wrong").await, SignInError::WrongCredentials);
            shortest[place] = shortest[place].min(began.elapsed());
        }
    }
    let [known, unknown] = shortest;
    // Without a hash it would be a hundredth; a machine with much else to do may well make it a half.
    assert!(unknown * 5 > known, "{known:?} and {unknown:?}");
}

#[tokio::test]
async fn a_disabled_account_is_told_only_to_whoever_knows_its_password() {
    let people = People::new().await;
    people.service.disable_account(Actor::Operator, &"olga".parse().unwrap()).await.unwrap();
    assert_eq!(refused(&people, &home(), "olga", "wrong").await, SignInError::WrongCredentials);
    assert_eq!(refused(&people, &home(), "olga", PASSWORD).await, SignInError::Disabled);
}

#[tokio::test]
async fn ten_thousand_wrong_passwords_from_everywhere_do_not_lock_the_owner_out() {
    let people = People::new().await;
    let cookies = people.enter().await;
    let mut looked_at = 0;
    for number in 0..10_000_u32 {
        let [_, a, b, c] = number.to_be_bytes();
        match refused(&people, &from([10, a, b, c]), "olga", "wrong").await {
            SignInError::WrongCredentials => looked_at += 1,
            SignInError::TooManyAttempts { .. } => {}
            other => panic!("{other}"),
        }
    }
    assert_eq!(looked_at, 10, "nothing is hashed for the others");
    let stranger = refused(&people, &from([198, 51, 100, 1]), "olga", PASSWORD).await;
    assert_eq!(stranger, SignInError::TooManyAttempts { retry_after: WINDOW });
    assert!(people.sign_in(&known(home(), &cookies), "olga", PASSWORD).await.is_ok());
    people.world.clock.advance(WINDOW);
    assert!(people.sign_in(&from([198, 51, 100, 1]), "olga", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_storm_from_the_owners_own_address_does_not_lock_the_owner_out() {
    let people = People::new().await;
    let cookies = people.enter().await;
    for number in 0..60 {
        refused(&people, &home(), &format!("somebody{number}"), "wrong").await;
    }
    let too_many = SignInError::TooManyAttempts { retry_after: WINDOW };
    assert_eq!(refused(&people, &home(), "olga", PASSWORD).await, too_many);
    assert!(people.sign_in(&known(home(), &cookies), "olga", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_known_browser_has_ten_tries_and_only_for_its_own_person() {
    let people = People::new().await;
    people.world.account(&people.service, "ivan").await;
    let cookies = people.enter().await;
    let browser = known(home(), &cookies);
    for _ in 0..10 {
        assert_eq!(refused(&people, &browser, "olga", "wrong").await, SignInError::WrongCredentials);
    }
    let too_many = SignInError::TooManyAttempts { retry_after: WINDOW };
    assert_eq!(refused(&people, &browser, "olga", PASSWORD).await, too_many);
    assert!(people.sign_in(&home(), "olga", PASSWORD).await.is_ok(), "the budget of strangers is untouched");
    for _ in 0..10 {
        refused(&people, &browser, "ivan", "wrong").await;
    }
    assert_eq!(refused(&people, &home(), "ivan", PASSWORD).await, too_many, "ivan's browser it is not");
}

#[tokio::test]
async fn a_browser_is_known_for_a_year_and_by_a_cookie_of_ours_alone() {
    let people = People::new().await;
    let cookies = people.enter().await;
    let genuine = cookies.known.as_ref().unwrap().expose().to_owned();
    let exhausted = || async {
        for _ in 0..10 {
            refused(&people, &from(spread()), "olga", "wrong").await;
        }
    };
    exhausted().await;
    let with = |cookie: &str| {
        let (cookie, people) = (cookie.to_owned(), &people);
        async move {
            let browser = Browser { known: Some(&cookie), ..home() };
            people.sign_in(&browser, "olga", PASSWORD).await.is_ok()
        }
    };
    assert!(with(&genuine).await);
    for place in 0..genuine.len() {
        let mut forged = genuine.clone().into_bytes();
        forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
        // The last character of 56 bytes carries bits that stand for nothing, and must then be zero.
        assert!(!with(std::str::from_utf8(&forged).unwrap()).await, "character {place}");
    }
    for forged in ["", "x", &genuine[1..], &format!("{genuine}A"), &"A".repeat(75), &"_".repeat(75)] {
        assert!(!with(forged).await, "{forged}");
    }
    people.world.clock.advance(Duration::from_secs(365 * 86_400));
    exhausted().await;
    assert!(!with(&genuine).await);
}

#[tokio::test]
async fn a_browser_of_an_earlier_epoch_is_a_strangers_until_its_next_sign_in() {
    let people = People::new().await;
    let cookies = people.enter().await;
    let login = "olga".parse().unwrap();
    people.service.set_password(Actor::Operator, &login, plain(PASSWORD)).await.unwrap();
    let Ok(SignInOutcome::SignedIn(renewed)) =
        people.sign_in(&known(home(), &cookies), "olga", PASSWORD).await
    else {
        panic!("olga is signed in");
    };
    for _ in 0..10 {
        let refusal = refused(&people, &known(from(spread()), &cookies), "olga", "wrong").await;
        assert_eq!(refusal, SignInError::WrongCredentials);
    }
    let too_many = SignInError::TooManyAttempts { retry_after: WINDOW };
    assert_eq!(refused(&people, &known(home(), &cookies), "olga", PASSWORD).await, too_many);
    assert_eq!(
        refused(&people, &from(spread()), "olga", PASSWORD).await,
        too_many,
        "one budget for strangers"
    );
    assert!(people.sign_in(&known(home(), &renewed), "olga", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_sign_in_is_fresh_for_ten_minutes_and_again_after_the_password() {
    let people = People::new().await;
    let cookies = people.enter().await;
    let who = people.who(&cookies).await;
    assert!(people.service.is_fresh(&who.session));
    people.world.clock.advance(Duration::from_secs(600));
    let who = people.who(&cookies).await;
    assert!(!people.service.is_fresh(&who.session));

    let wrong = people.service.confirm_password(&who, &home(), plain("wrong")).await;
    assert_eq!(wrong.err(), Some(SignInError::WrongCredentials));
    let renewed = people.service.confirm_password(&who, &home(), plain(PASSWORD)).await.unwrap();
    assert!(people.service.is_fresh(&people.who(&renewed).await.session));
    assert!(people.find(&cookies).await.is_none(), "the cookie before is dead");
}

#[tokio::test]
async fn passwords_asked_for_again_cost_the_budget_of_the_session_alone() {
    let people = People::new().await;
    let who = people.who(&people.enter().await).await;
    for _ in 0..10 {
        let wrong = people.service.confirm_password(&who, &home(), plain("wrong")).await;
        assert_eq!(wrong.err(), Some(SignInError::WrongCredentials));
    }
    let too_many = people.service.confirm_password(&who, &home(), plain(PASSWORD)).await;
    assert_eq!(too_many.err(), Some(SignInError::TooManyAttempts { retry_after: WINDOW }));
    people.enter().await;
}

/// How our own hashes begin.
const OURS: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// Imports anna with olga's password under parameters that are quick to verify.
async fn import_anna(people: &People) {
    let params = Params::new(8, 1, 1, None).unwrap();
    let quick = Argon2::new(Algorithm::Argon2i, Version::V0x13, params);
    let hash = quick.hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16]).unwrap().to_string();
    assert!(!hash.starts_with(OURS), "{hash}");
    let line = serde_json::json!({
        "account": {"login": "anna", "email": "anna@example.org", "password_hash": hash}
    });
    let lines = Cursor::new(line.to_string().into_bytes());
    let imported = people.service.import(Actor::Operator, lines, None, |_| {}).await.unwrap();
    assert_eq!((imported.accounts, imported.refused), (1, 0));
}

async fn anna(people: &People) -> Account {
    let everybody = people.service.list_accounts().await.unwrap();
    everybody.into_iter().find(|account| account.login.as_str() == "anna").unwrap()
}

#[tokio::test]
async fn an_imported_hash_gets_our_parameters_at_the_next_sign_in() {
    let people = People::new().await;
    import_anna(&people).await;
    let imported = anna(&people).await;
    assert_eq!(refused(&people, &home(), "anna", "wrong").await, SignInError::WrongCredentials);
    assert_eq!(anna(&people).await, imported, "nothing is known of the right password yet");
    let Ok(SignInOutcome::SignedIn(cookies)) = people.sign_in(&home(), "anna", PASSWORD).await else {
        panic!("the imported password is right");
    };
    let rehashed = anna(&people).await;
    assert!(rehashed.password_hash.as_str().starts_with(OURS));
    assert_eq!(Account { password_hash: imported.password_hash.clone(), ..rehashed.clone() }, imported);
    people.who(&cookies).await;
    assert!(people.sign_in(&home(), "anna", PASSWORD).await.is_ok());
    assert_eq!(anna(&people).await, rehashed, "once is enough");
    assert_eq!(refused(&people, &home(), "anna", "wrong").await, SignInError::WrongCredentials);
}

#[tokio::test]
async fn of_two_who_sign_in_at_once_with_an_imported_hash_both_come_in() {
    let people = People::new().await;
    import_anna(&people).await;
    let (browser, other) = (home(), from([192, 0, 2, 2]));
    let (one, two) =
        tokio::join!(people.sign_in(&browser, "anna", PASSWORD), people.sign_in(&other, "anna", PASSWORD));
    assert!(one.is_ok() && two.is_ok(), "{:?} and {:?}", one.err(), two.err());
    assert!(anna(&people).await.password_hash.as_str().starts_with(OURS));
}

#[tokio::test]
async fn a_password_set_while_the_former_one_is_rehashed_stays() {
    let people = People::new().await;
    import_anna(&people).await;
    let (browser, login) = (home(), "anna".parse().unwrap());
    let (entered, set) = tokio::join!(
        people.sign_in(&browser, "anna", PASSWORD),
        people.service.set_password(Actor::Operator, &login, plain("another password"))
    );
    set.unwrap();
    // Whoever was first: the former password opens nothing any more.
    if let Ok(SignInOutcome::SignedIn(cookies)) = entered {
        assert!(people.find(&cookies).await.is_none());
    }
    assert_eq!(refused(&people, &home(), "anna", PASSWORD).await, SignInError::WrongCredentials);
    assert!(people.sign_in(&home(), "anna", "another password").await.is_ok());
}
