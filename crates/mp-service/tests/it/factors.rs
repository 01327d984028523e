//! The second factor.

use std::time::Duration;

use mp_domain::event::Actor;
use mp_domain::secret::PlainSecret;
use mp_domain::session::Stage;
use mp_service::factors::{BackupCodes, FactorError};
use mp_service::password_change::PasswordChangeError;
use mp_service::sign_in::SignInError;
use mp_service::{Cookies, Service, SignedIn};

use crate::people::{PASSWORD, People, code, from, home, known, plain};
use crate::world::name;

const WINDOW: Duration = Duration::from_secs(15 * 60);
const STEP: Duration = Duration::from_secs(30);

/// Olga with codes of an authenticator application.
struct Enrolled {
    people: People,
    secret: String,
    backup: BackupCodes,
    /// The browser in which she switched them on.
    cookies: Cookies,
}

async fn enrolled() -> Enrolled {
    let people = People::new().await;
    let cookies = people.enter().await;
    let secret = people.service.begin_totp(&people.who(&cookies).await).await.unwrap().secret_base32;
    let first = code(&people, &secret, 0);
    let backup = people.service.confirm_totp(&people.who(&cookies).await, &first).await.unwrap();
    people.world.clock.advance(STEP);
    Enrolled { people, secret, backup, cookies }
}

async fn answer(service: &Service, who: &SignedIn, code: &str) -> Result<Cookies, FactorError> {
    service.answer_code(who, &home(), code).await
}

/// Why an answer was refused.
async fn refusal(people: &People, who: &SignedIn, code: &str) -> FactorError {
    answer(&people.service, who, code).await.err().expect("the answer is refused")
}

#[tokio::test]
async fn codes_are_switched_on_by_the_first_of_them() {
    let people = People::new().await;
    let (cookies, elsewhere) = (people.enter().await, people.enter().await);
    let begun = people.service.begin_totp(&people.who(&cookies).await).await.unwrap();
    assert_eq!(begun.secret_base32.len(), 32, "160 bits");
    let link = begun.otpauth_url;
    assert!(link.starts_with("otpauth://totp/marketpass:olga?"), "{link}");
    assert!(link.contains(&format!("secret={}", begun.secret_base32)) && link.contains("issuer=marketpass"));
    let again = people.service.begin_totp(&people.who(&cookies).await).await.unwrap();
    assert_eq!(again.secret_base32, begun.secret_base32, "a reload shows the same code");

    let who = people.who(&cookies).await;
    let wrong = people.service.confirm_totp(&who, "000000").await.err();
    assert_eq!(wrong, Some(FactorError::WrongCode));
    assert_eq!(people.service.second_factors(&who).await.unwrap().totp, None);
    people.enter().await;

    let right = code(&people, &begun.secret_base32, 0);
    let BackupCodes(codes) = people.service.confirm_totp(&who, &right).await.unwrap();
    let different: std::collections::BTreeSet<_> = codes.iter().map(PlainSecret::expose).collect();
    assert_eq!(different.len(), 10);
    let factors = people.service.second_factors(&who).await.unwrap();
    assert!(factors.totp.is_some() && factors.is_on());
    assert_eq!(factors.backup_codes_left, 10);
    assert!(people.find(&elsewhere).await.is_none(), "every other session has ended");
    assert_eq!(people.who(&cookies).await.account.credential_epoch, 1);
    let who = people.who(&cookies).await;
    assert_eq!(people.service.begin_totp(&who).await.err(), Some(FactorError::AlreadyOn));
}

#[tokio::test]
async fn an_enrolment_is_confirmed_once_and_in_its_own_session() {
    let people = People::new().await;
    let (cookies, other) = (people.enter().await, people.enter().await);
    let begun = people.service.begin_totp(&people.who(&cookies).await).await.unwrap();
    let (first, other) = (people.who(&cookies).await, people.who(&other).await);
    let right = code(&people, &begun.secret_base32, 0);
    assert_eq!(people.service.confirm_totp(&other, &right).await.err(), Some(FactorError::NotBegun));
    people.service.confirm_totp(&first, &right).await.unwrap();
    let twice = people.service.confirm_totp(&first, &right).await.err();
    assert!(matches!(twice, Some(FactorError::SessionOver | FactorError::NotBegun)), "{twice:?}");
}

#[tokio::test]
async fn a_password_alone_opens_nothing_any_more() {
    let Enrolled { people, secret, .. } = enrolled().await;
    let who = people.knock().await;
    assert_eq!(who.session.stage, Stage::AwaitingSecondFactor);
    let service = &people.service;
    assert!(!service.is_fresh(&who.session));
    assert_eq!(service.begin_totp(&who).await.err(), Some(FactorError::NotFresh));
    assert_eq!(service.disable_totp(&who).await.err(), Some(FactorError::NotFresh));
    assert_eq!(service.renew_backup_codes(&who).await.err(), Some(FactorError::NotFresh));
    assert_eq!(service.begin_passkey(&who, &name("phone")).await.err(), Some(FactorError::NotFresh));
    let changed = service.change_password(&who, &home(), plain(PASSWORD), plain("new password")).await;
    assert_eq!(changed.err(), Some(PasswordChangeError::SessionOver));
    let confirmed = service.confirm_password(&who, &home(), plain(PASSWORD)).await;
    assert_eq!(confirmed.err(), Some(SignInError::WrongCredentials));
    service.log_out_everywhere_by(&who).await.unwrap();
    assert_eq!(people.olga().await.logout_epoch, 0, "only whoever is signed in logs out everywhere");
    let listed = service.list_sessions(who.account.id).await.unwrap();
    assert!(listed.iter().all(|session| session.id != who.session.id), "it is no session yet");
    assert!(answer(service, &who, &code(&people, &secret, 0)).await.is_ok());
}

#[tokio::test]
async fn every_stage_has_a_cookie_of_its_own() {
    let Enrolled { people, secret, .. } = enrolled().await;
    let Ok(mp_service::sign_in::SignInOutcome::SecondFactorNeeded(waiting)) =
        people.sign_in(&home(), "olga", PASSWORD).await
    else {
        panic!("a second factor is asked for")
    };
    assert!(waiting.known.is_none(), "the browser is not known before the second factor");
    let who = people.who(&waiting).await;
    let entered = answer(&people.service, &who, &code(&people, &secret, 0)).await.unwrap();
    assert!(people.find(&waiting).await.is_none(), "whoever planted that cookie has nothing");
    let after = people.who(&entered).await;
    assert_eq!((after.session.stage, after.session.id), (Stage::SignedIn, who.session.id));
    assert!(people.service.is_fresh(&after.session) && entered.known.is_some());
}

#[tokio::test]
async fn a_right_password_waits_ten_minutes_for_the_second_factor() {
    let Enrolled { people, secret, .. } = enrolled().await;
    let who = people.knock().await;
    people.world.clock.advance(Duration::from_secs(600));
    assert_eq!(refusal(&people, &who, &code(&people, &secret, 0)).await, FactorError::SessionOver);
}

#[tokio::test]
async fn no_code_is_accepted_twice_nor_an_older_one() {
    let Enrolled { people, secret, .. } = enrolled().await;
    let (first, second, third) = (people.knock().await, people.knock().await, people.knock().await);
    let present = code(&people, &secret, 0);
    let used = code(&people, &secret, -1);
    assert_eq!(refusal(&people, &first, &used).await, FactorError::WrongCode, "it switched the codes on");
    answer(&people.service, &first, &present).await.unwrap();
    assert_eq!(refusal(&people, &second, &present).await, FactorError::WrongCode);
    let next = code(&people, &secret, 1);
    answer(&people.service, &second, &format!("{} {}", &next[..3], &next[3..])).await.unwrap();
    assert_eq!(refusal(&people, &third, &present).await, FactorError::WrongCode);
    assert_eq!(refusal(&people, &third, &code(&people, &secret, 2)).await, FactorError::WrongCode);
    people.world.clock.advance(STEP);
    answer(&people.service, &third, &code(&people, &secret, 1)).await.unwrap();
}

#[tokio::test]
async fn of_two_who_give_a_code_at_once_one_comes_in() {
    let Enrolled { people, secret, backup, .. } = enrolled().await;
    let totp = code(&people, &secret, 0);
    for text in [totp.as_str(), backup.0[0].expose()] {
        let waiting = [people.knock().await, people.knock().await, people.knock().await];
        let [a, b, c] = &waiting;
        let service = &people.service;
        let (a, b, c) =
            tokio::join!(answer(service, a, text), answer(service, b, text), answer(service, c, text));
        let entered = [a, b, c].into_iter().flatten().count();
        assert_eq!(entered, 1, "{} characters", text.len());
    }
}

#[tokio::test]
async fn a_backup_code_stands_for_a_code_once() {
    let Enrolled { people, backup, .. } = enrolled().await;
    let text = backup.0[3].expose().to_owned();
    let who = people.knock().await;
    assert_eq!(refusal(&people, &who, "abcd-efgh-jkmn").await, FactorError::WrongCode);
    let spaced = text.replace('-', " ").to_uppercase();
    let entered = answer(&people.service, &who, &spaced).await.unwrap();
    let who = people.who(&entered).await;
    assert_eq!(people.service.second_factors(&who).await.unwrap().backup_codes_left, 9);
    let again = people.knock().await;
    assert_eq!(refusal(&people, &again, &text).await, FactorError::WrongCode);

    let BackupCodes(renewed) = people.service.renew_backup_codes(&who).await.unwrap();
    assert_eq!(refusal(&people, &again, backup.0[4].expose()).await, FactorError::WrongCode);
    answer(&people.service, &again, renewed[0].expose()).await.unwrap();
}

#[tokio::test]
async fn guessing_codes_is_throttled_and_a_known_browser_has_tries_of_its_own() {
    let Enrolled { people, secret, .. } = enrolled().await;
    let entered = answer(&people.service, &people.knock().await, &code(&people, &secret, 0)).await.unwrap();
    people.world.clock.advance(STEP);
    for number in 0..10 {
        let (who, browser) = (people.knock().await, from([10, 0, 0, number]));
        let guess = people.service.answer_code(&who, &browser, "000000").await;
        assert_eq!(guess.err(), Some(FactorError::WrongCode));
    }
    let (who, right) = (people.knock().await, code(&people, &secret, 0));
    let refused = people.service.answer_code(&who, &from([10, 0, 1, 1]), &right).await.err();
    assert_eq!(refused, Some(FactorError::TooManyAttempts { retry_after: WINDOW }));
    assert!(people.service.answer_code(&who, &known(home(), &entered), &right).await.is_ok());
}

#[tokio::test]
async fn twenty_wrong_codes_are_all_however_many_browsers_are_known() {
    let Enrolled { people, secret, backup, .. } = enrolled().await;
    let mut browsers = Vec::new();
    for code in &backup.0[..3] {
        browsers.push(answer(&people.service, &people.knock().await, code.expose()).await.unwrap());
    }
    for number in 0..20 {
        let (who, browser) = (people.knock().await, known(home(), &browsers[number / 10]));
        let guess = people.service.answer_code(&who, &browser, "000000").await;
        assert_eq!(guess.err(), Some(FactorError::WrongCode), "{number}");
    }
    let (who, right) = (people.knock().await, code(&people, &secret, 0));
    let refused = people.service.answer_code(&who, &known(home(), &browsers[2]), &right).await.err();
    assert_eq!(refused, Some(FactorError::TooManyAttempts { retry_after: WINDOW }));
    people.world.clock.advance(WINDOW);
    let (who, right) = (people.knock().await, code(&people, &secret, 0));
    assert!(people.service.answer_code(&who, &known(home(), &browsers[2]), &right).await.is_ok());
}

#[tokio::test]
async fn switching_codes_off_needs_a_fresh_sign_in_and_takes_the_backup_codes_along() {
    let Enrolled { people, cookies, .. } = enrolled().await;
    people.world.clock.advance(Duration::from_secs(600));
    let who = people.who(&cookies).await;
    for refused in [
        people.service.disable_totp(&who).await.err(),
        people.service.renew_backup_codes(&who).await.err(),
        people.service.begin_passkey(&who, &name("phone")).await.err(),
    ] {
        assert_eq!(refused, Some(FactorError::NotFresh));
    }
    let renewed = people.service.confirm_password(&who, &home(), plain(PASSWORD)).await.unwrap();
    let (waiting, who) = (people.knock().await, people.who(&renewed).await);
    people.service.disable_totp(&who).await.unwrap();
    let factors = people.service.second_factors(&people.who(&renewed).await).await.unwrap();
    assert_eq!((factors.is_on(), factors.backup_codes_left), (false, 0));
    assert_eq!(people.olga().await.credential_epoch, 2);
    assert_eq!(refusal(&people, &waiting, "000000").await, FactorError::SessionOver);
    let who = people.who(&renewed).await;
    assert_eq!(people.service.disable_totp(&who).await.err(), Some(FactorError::NotOn));
    assert_eq!(people.service.renew_backup_codes(&who).await.err(), Some(FactorError::NotOn));
    people.enter().await;
}

#[tokio::test]
async fn the_operator_switches_lost_factors_off_and_the_person_is_told() {
    let Enrolled { people, cookies, .. } = enrolled().await;
    let waiting = people.knock().await;
    let epoch = people.olga().await.credential_epoch;
    let reset = people.service.reset_factors(Actor::Operator, &"olga".parse().unwrap()).await.unwrap();
    assert_eq!(reset, people.olga().await);
    assert_eq!((reset.totp, reset.credential_epoch), (None, epoch + 1));
    assert!(people.find(&cookies).await.is_none(), "every session has ended");
    assert_eq!(refusal(&people, &waiting, "000000").await, FactorError::SessionOver);
    let letters = people.letters_after(1).await;
    assert!(
        letters[0].contains("To: olga@example.org") && letters[0].contains("account olga"),
        "{letters:?}"
    );

    let who = people.who(&people.enter().await).await;
    let factors = people.service.second_factors(&who).await.unwrap();
    assert!(!factors.is_on() && factors.backup_codes_left == 0, "{factors:?}");
}

#[tokio::test]
async fn codes_move_to_the_current_pepper_when_they_are_used() {
    let Enrolled { people, secret, .. } = enrolled().await;
    let rotated = people.another(3, &[2, 1]);
    let number = |sealed: &[u8]| u32::from_be_bytes(sealed[..4].try_into().unwrap());
    assert_eq!(number(people.olga().await.totp.unwrap().secret.as_bytes()), 1);
    answer(&rotated, &people.knock().await, &code(&people, &secret, 0)).await.unwrap();
    assert_eq!(number(people.olga().await.totp.unwrap().secret.as_bytes()), 2);
}

#[tokio::test]
async fn a_passkey_is_added_only_with_the_answer_to_its_own_challenge() {
    let people = People::new().await;
    assert_eq!(people.service.passkeys_available(), Ok(()));
    let cookies = people.enter().await;
    let unasked = people.service.finish_passkey(&people.who(&cookies).await, "{}").await.err();
    assert_eq!(unasked, Some(FactorError::NotBegun));
    let challenge = people.service.begin_passkey(&people.who(&cookies).await, &name("phone")).await.unwrap();
    assert_eq!(challenge["publicKey"]["rp"]["id"], "localhost");
    assert_eq!(challenge["publicKey"]["user"]["name"], "olga");
    for nonsense in ["", "{}", "[]", "null", "{\"id\":\"x\"}"] {
        let refused = people.service.finish_passkey(&people.who(&cookies).await, nonsense).await.err();
        assert_eq!(refused, Some(FactorError::WrongPasskey), "{nonsense}");
    }
    let who = people.who(&cookies).await;
    assert_eq!(people.service.begin_passkey_answer(&who).await.err(), Some(FactorError::NotOn));
    assert_eq!(people.service.remove_passkey(&who, b"none").await.err(), Some(FactorError::NotOn));
    let unasked = people.service.finish_passkey_answer(&who, &home(), "{}").await.err();
    assert_eq!(unasked, Some(FactorError::NotBegun), "an addition is no answer");
}

#[tokio::test]
async fn nothing_of_all_this_is_stored_readable() {
    let Enrolled { people, secret, backup, .. } = enrolled().await;
    let who = people.knock().await;
    let cookies = answer(&people.service, &who, backup.0[0].expose()).await.unwrap();
    people.service.disable_totp(&people.who(&cookies).await).await.unwrap();
    let pending = people.service.begin_totp(&people.who(&cookies).await).await.unwrap().secret_base32;
    people.service.begin_recovery(&home(), "olga").await.unwrap();
    let link = people.token_in_letter(1, "/account/recover/").await;

    let mut secrets = vec![PASSWORD.to_owned(), secret, pending, link, cookies.session.expose().to_owned()];
    secrets.extend(cookies.known.map(|known| known.expose().to_owned()));
    secrets
        .extend(backup.0.iter().flat_map(|code| [code.expose().to_owned(), code.expose().replace('-', "")]));
    let stored: Vec<u8> = std::fs::read_dir(people.world.folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .flat_map(|path| std::fs::read(path).unwrap())
        .collect();
    let holds = |text: &str| stored.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("olga@example.org"), "this is where things are stored");
    for secret in secrets {
        assert!(!holds(&secret), "a secret of {} characters", secret.len());
    }
}
