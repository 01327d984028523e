//! The trail that people and their applications leave in the event log.

use std::time::Duration;

use mp_domain::account::Login;
use mp_domain::authorization::{AuthorizationParameters, Parameter};
use mp_domain::client::ClientKind;
use mp_domain::event::{Actor, EventKind, Subject};
use mp_domain::ids::{AccountId, ClientId};
use mp_domain::oauth_scope::OAuthScope;
use mp_domain::secret::PlainSecret;
use mp_service::accounts::NewAccount;
use mp_service::applications::IconChange;
use mp_service::authorization::Outcome;
use mp_service::{Cookies, SignUp, SignedIn};
use mp_store::event_log;

use crate::people::{PASSWORD, People, code, home, plain};
use crate::world::{name, profile, token};

/// The log as it grows, and every secret that was used meanwhile.
struct Trail {
    people: People,
    seen: i64,
    details: Vec<String>,
    secrets: Vec<String>,
}

impl Trail {
    async fn new(sign_up: SignUp) -> Self {
        let people = People::with(sign_up).await;
        let secrets = vec![PASSWORD.to_owned()];
        let mut trail = Self { people, seen: 0, details: Vec::new(), secrets };
        trail.next().await;
        trail
    }

    /// Actor, kind and subject of what came since the last look.
    async fn next(&mut self) -> Vec<[String; 3]> {
        let seen = self.seen;
        let read = self.people.service.store().read("events", move |conn| event_log::after(conn, seen));
        let mut new = Vec::new();
        for event in read.await.unwrap() {
            self.seen = event.seq;
            self.details.push(event.detail);
            new.push([event.actor, event.kind, event.subject]);
        }
        new
    }

    /// Exactly these events have come since the last look.
    #[track_caller]
    fn expect(new: &[[String; 3]], expected: &[(Actor, EventKind, Subject)]) {
        let written = |(actor, kind, subject): &(Actor, EventKind, Subject)| {
            [actor.to_string(), kind.as_str().to_owned(), subject.to_string()]
        };
        assert_eq!(new, expected.iter().map(written).collect::<Vec<_>>());
    }

    /// Exactly this has come since the last look.
    async fn tells(&mut self, actor: Actor, kind: EventKind, subject: Subject) {
        Self::expect(&self.next().await, &[(actor, kind, subject)]);
    }

    fn keep(&mut self, secret: &str) {
        self.secrets.push(secret.to_owned());
    }

    fn keep_all(&mut self, cookies: &Cookies) {
        self.keep(cookies.session.expose());
        let known = cookies.known.as_ref().map(|known| known.expose().to_owned());
        self.secrets.extend(known);
    }

    /// Nothing that was used along the way stands in the log.
    fn is_without_secrets(&self) {
        assert!(self.details.iter().any(|detail| detail == "olga"), "this is where things are written down");
        for secret in &self.secrets {
            assert!(secret.len() >= 6, "anything is contained in something");
            let told = self.details.iter().find(|detail| detail.contains(secret.as_str()));
            assert_eq!(told, None, "a secret of {} characters", secret.len());
        }
    }
}

/// The token of the link to `path`, once a letter has brought one, whatever other letters come.
async fn link_in_letter(people: &People, path: &str) -> String {
    let mut count = 1;
    while !people.letters_after(count).await.iter().any(|letter| letter.contains(path)) {
        count = people.letters().len() + 1;
    }
    people.token_in_letter(count, path).await
}

fn olga() -> Login {
    "olga".parse().unwrap()
}

#[tokio::test]
async fn what_the_operator_does_to_people_is_told_once() {
    let mut trail = Trail::new(SignUp::Invitation).await;
    let by = Actor::Operator;
    let service = trail.people.service.clone();
    let ivan = trail.people.world.account(&service, "ivan").await;
    trail.tells(by, EventKind::AccountCreated, Subject::Account(ivan)).await;
    let person = Subject::Account(trail.people.olga().await.id);
    service.disable_account(by, &olga()).await.unwrap();
    trail.tells(by, EventKind::AccountDisabled, person).await;
    service.enable_account(by, &olga()).await.unwrap();
    trail.tells(by, EventKind::AccountEnabled, person).await;
    service.log_out_everywhere(by, &olga()).await.unwrap();
    trail.tells(by, EventKind::AccountLoggedOutEverywhere, person).await;
    service.set_password(by, &olga(), plain("another password")).await.unwrap();
    trail.keep("another password");
    trail.tells(by, EventKind::AccountPasswordChanged, person).await;
    service.reset_factors(by, &olga()).await.unwrap();
    trail.tells(by, EventKind::AccountFactorDisabled, person).await;
    let invitation = service.invite(by, "guest@example.org".parse().unwrap()).await.unwrap();
    let (_, link) = invitation.url.expose().rsplit_once('=').unwrap();
    trail.keep(link);
    trail.tells(by, EventKind::AccountInvited, Subject::Server).await;
    trail.is_without_secrets();
}

#[tokio::test]
async fn what_people_do_with_their_sessions_and_factors_is_told_once() {
    let mut trail = Trail::new(SignUp::Closed).await;
    let service = trail.people.service.clone();
    let id = trail.people.olga().await.id;
    let (by, person) = (Actor::Account(id), Subject::Account(id));
    let cookies = trail.people.enter().await;
    trail.keep_all(&cookies);
    trail.tells(by, EventKind::SessionStarted, person).await;
    assert!(trail.people.sign_in(&home(), "olga", "no such password").await.is_err());
    let who = trail.people.who(&cookies).await;
    let cookies = service.confirm_password(&who, &home(), plain(PASSWORD)).await.unwrap();
    trail.keep_all(&cookies);
    let begun = service.begin_totp(&trail.people.who(&cookies).await).await.unwrap();
    trail.keep(&begun.secret_base32);
    assert_eq!(trail.next().await, [] as [[String; 3]; 0], "nothing has changed so far");

    let first = code(&trail.people, &begun.secret_base32, 0);
    trail.keep(&first);
    let codes = service.confirm_totp(&trail.people.who(&cookies).await, &first).await.unwrap();
    trail.secrets.extend(codes.0.iter().map(|code| code.expose().to_owned()));
    trail.tells(by, EventKind::AccountFactorEnabled, person).await;
    let codes = service.renew_backup_codes(&trail.people.who(&cookies).await).await.unwrap();
    trail.secrets.extend(codes.0.iter().map(|code| code.expose().to_owned()));
    trail.tells(by, EventKind::AccountBackupCodesRenewed, person).await;

    let waiting = trail.people.knock().await;
    assert_eq!(trail.next().await, [] as [[String; 3]; 0], "nobody is in yet");
    let entered = service.answer_code(&waiting, &home(), codes.0[0].expose()).await.unwrap();
    trail.keep_all(&entered);
    let both = [EventKind::AccountBackupCodeUsed, EventKind::SessionStarted].map(|kind| (by, kind, person));
    Trail::expect(&trail.next().await, &both);
    service.disable_totp(&trail.people.who(&cookies).await).await.unwrap();
    trail.tells(by, EventKind::AccountFactorDisabled, person).await;
    trail.is_without_secrets();
}

#[tokio::test]
async fn what_people_do_with_their_passwords_and_addresses_is_told_once() {
    let mut trail = Trail::new(SignUp::Closed).await;
    let service = trail.people.service.clone();
    let id = trail.people.olga().await.id;
    let (by, person) = (Actor::Account(id), Subject::Account(id));
    let (mine, other) = (trail.people.enter().await, trail.people.enter().await);
    trail.next().await;
    let (who, elsewhere) = (trail.people.who(&mine).await, trail.people.who(&other).await);
    service.end_session(&who, elsewhere.session.id).await.unwrap();
    trail.tells(by, EventKind::SessionEnded, person).await;
    let changed = service.change_password(&who, &home(), plain(PASSWORD), plain("changed password")).await;
    trail.keep("changed password");
    let mine = changed.unwrap();
    trail.keep_all(&mine);
    trail.tells(by, EventKind::AccountPasswordChanged, person).await;

    let who = trail.people.who(&mine).await;
    service.begin_email_change(&who, &home(), "olga@new.example".parse().unwrap()).await.unwrap();
    let link = link_in_letter(&trail.people, "/account/verify/").await;
    trail.keep(&link);
    assert_eq!(trail.next().await, [] as [[String; 3]; 0], "a letter changes nothing");
    service.verify_email(&link, None).await.unwrap();
    trail.tells(by, EventKind::AccountEmailChanged, person).await;

    service.begin_recovery(&home(), "olga").await.unwrap();
    let link = link_in_letter(&trail.people, "/account/recover/").await;
    trail.keep(&link);
    service.recover(&link, plain("recovered password")).await.unwrap();
    trail.keep("recovered password");
    trail.tells(by, EventKind::AccountRecovered, person).await;

    let entered = trail.people.sign_in(&home(), "olga", "recovered password").await.unwrap();
    let mp_service::sign_in::SignInOutcome::SignedIn(mine) = entered else { panic!("no factor is on") };
    trail.keep_all(&mine);
    trail.next().await;
    service.log_out_everywhere_by(&trail.people.who(&mine).await).await.unwrap();
    trail.tells(by, EventKind::AccountLoggedOutEverywhere, person).await;
    trail.is_without_secrets();
}

#[tokio::test]
async fn how_people_come_and_go_is_told_once() {
    let mut trail = Trail::new(SignUp::Open).await;
    let service = trail.people.service.clone();
    let (login, email) = ("ivan".parse().unwrap(), "ivan@example.org".parse().unwrap());
    let new = NewAccount { login, email, name: None, password: plain(PASSWORD) };
    let cookies = service.sign_up(&home(), new, None).await.unwrap();
    trail.keep_all(&cookies);
    let who = trail.people.who(&cookies).await;
    let (by, person) = (Actor::Account(who.account.id), Subject::Account(who.account.id));
    let both = [EventKind::AccountSignedUp, EventKind::SessionStarted].map(|kind| (by, kind, person));
    Trail::expect(&trail.next().await, &both);
    let link = link_in_letter(&trail.people, "/account/verify/").await;
    trail.keep(&link);
    service.verify_email(&link, None).await.unwrap();
    trail.tells(by, EventKind::AccountEmailVerified, person).await;
    service.sign_out(&who).await.unwrap();
    trail.tells(by, EventKind::SessionEnded, person).await;
    trail.people.enter().await;
    service.disable_account(Actor::Operator, &olga()).await.unwrap();
    trail.next().await;
    trail.is_without_secrets();
}

/// The token that a person gives an application on the page that asks for it.
async fn allowed(people: &People, who: &SignedIn, client: ClientId) -> (PlainSecret, PlainSecret) {
    let id = client.to_string();
    let asks = AuthorizationParameters::default().with(Parameter::ResponseType, "token");
    let examined = people.service.examine_authorization(&asks.with(Parameter::ClientId, &id)).await.unwrap();
    let ticket = people.service.begin_consent(who, &examined).await.unwrap().ticket;
    let decided = people.service.decide_consent(who, ticket.expose(), true).await.unwrap();
    let Outcome::Allowed(issued) = decided.outcome else { panic!("it was allowed") };
    (ticket, issued.token)
}

async fn grant_of(people: &People, person: AccountId) -> Subject {
    let connected = people.service.connected_applications(person).await.unwrap();
    Subject::Grant(connected[0].1[0].id)
}

#[tokio::test]
async fn what_becomes_of_applications_and_their_tokens_is_told_once() {
    let mut trail = Trail::new(SignUp::Closed).await;
    let service = trail.people.service.clone();
    let id = trail.people.olga().await.id;
    let by = Actor::Account(id);
    let narrow = profile(&service, &[OAuthScope::MarketPartnerApi]);
    let made = service.register_client(by, id, ClientKind::Id, narrow.clone(), None, false).await.unwrap();
    let (client, subject) = (made.0.id, Subject::Client(made.0.id));
    trail.keep(made.1.unwrap().expose());
    trail.tells(by, EventKind::ClientCreated, subject).await;

    let cookies = trail.people.enter().await;
    trail.next().await;
    let who = trail.people.who(&cookies).await;
    let (ticket, given) = allowed(&trail.people, &who, client).await;
    trail.keep(ticket.expose());
    trail.keep(given.expose());
    let grant = grant_of(&trail.people, id).await;
    trail.tells(by, EventKind::GrantIssued, grant).await;
    let again = token(&service, client, "olga").await;
    assert_eq!(again.expose(), given.expose());
    assert_eq!(trail.next().await, [] as [[String; 3]; 0], "the same token is no other");
    service.withdraw_access(&who, client).await.unwrap();
    trail.tells(by, EventKind::GrantRevoked, grant).await;
    let issued = token(&service, client, "olga").await;
    trail.keep(issued.expose());
    let grant = grant_of(&trail.people, id).await;
    trail.tells(Actor::Operator, EventKind::GrantIssued, grant).await;
    assert!(service.revoke_token(Actor::Operator, &issued).await.unwrap());
    trail.tells(Actor::Operator, EventKind::GrantRevoked, grant).await;

    let renamed = mp_domain::client::ClientProfile { name: name("Carrier"), ..narrow };
    service.edit_client(by, client, renamed, IconChange::Keep).await.unwrap();
    trail.tells(by, EventKind::ClientEdited, subject).await;
    let wider = profile(&service, &[OAuthScope::MarketPartnerApi, OAuthScope::LoginInfo]);
    service.edit_client(by, client, wider, IconChange::Keep).await.unwrap();
    trail.tells(by, EventKind::ClientScopesChanged, subject).await;
    let renewed = service.renew_client_secret(by, client, Duration::from_secs(60), None).await.unwrap();
    trail.keep(renewed.expose());
    trail.tells(by, EventKind::ClientSecretRenewed, subject).await;
    service.delete_client(by, client).await.unwrap();
    trail.tells(by, EventKind::ClientDeleted, subject).await;
    trail.is_without_secrets();
}
