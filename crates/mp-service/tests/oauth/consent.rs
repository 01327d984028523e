//! Questions to people and their answers.

use std::time::Duration;

use mp_domain::authorization::{AuthorizationFault, Parameter};
use mp_domain::business::Subscription;
use mp_domain::campaign::Placement;
use mp_domain::event::Actor;
use mp_domain::member::Role;
use mp_domain::name::Name;
use mp_domain::oauth_scope::{OAuthScope, OAuthScopes};
use mp_domain::secret::PlainSecret;
use mp_domain::seller_kind::SellerKind;
use mp_service::SignedIn;
use mp_service::authorization::{AuthorizationRefusal, ConsentError, Decided, Outcome};
use mp_service::businesses::{NewBusiness, NewCampaign};
use mp_service::staff::NewMember;

use crate::on_both_databases;
use crate::world::{BROWSER, CALLBACK, World, asking, market};

on_both_databases!(
    an_answer_counts_once,
    a_no_gives_nothing_and_goes_back,
    an_answer_counts_in_its_own_browser_alone,
    an_answer_counts_for_ten_minutes,
    questions_in_two_tabs_are_independent,
    one_answer_given_many_times_at_once_counts_once,
    whoever_is_signed_out_or_has_another_password_cannot_answer,
    an_application_gets_nothing_that_it_lost_while_the_person_thought,
    an_application_gets_nothing_that_the_person_was_not_asked_for,
    a_question_survives_a_new_pepper,
    the_question_names_what_would_be_reached,
);

fn ask(world: &World, who: &SignedIn, client: &mp_domain::client::Client) -> PlainSecret {
    let examined = world.examined(client);
    world.wait(world.service.begin_consent(who, &examined)).unwrap().ticket
}

fn answer(world: &World, who: &SignedIn, ticket: &PlainSecret, allow: bool) -> Result<Decided, ConsentError> {
    world.wait(world.service.decide_consent(who, ticket.expose(), allow))
}

/// Why an answer did not count.
#[track_caller]
fn refused(outcome: Result<Decided, ConsentError>) -> ConsentError {
    outcome.map(drop).unwrap_err()
}

fn an_answer_counts_once(world: &World) {
    let (client, olga) = (world.application(), world.sign_in("olga"));
    let asked = world.examine(&asking(&client).with(Parameter::State, "s"));
    let ticket = world.wait(world.service.begin_consent(&olga, &asked)).unwrap().ticket;
    let decided = answer(world, &olga, &ticket, true).unwrap();
    assert_eq!((decided.redirect_uri.as_str(), decided.state.as_deref()), (CALLBACK, Some("s")));
    assert_eq!(decided.requested, client.profile.scopes);
    let Outcome::Allowed(issued) = decided.outcome else { panic!("it was allowed") };
    assert_eq!((issued.expires_in, issued.scopes), (31_536_000, client.profile.scopes));
    for allow in [true, false] {
        assert_eq!(refused(answer(world, &olga, &ticket, allow)), ConsentError::NotOpen);
    }
    let nonsense = PlainSecret::new("nonsense".to_owned());
    assert_eq!(refused(answer(world, &olga, &nonsense, true)), ConsentError::NotOpen);
}

fn a_no_gives_nothing_and_goes_back(world: &World) {
    let (client, olga) = (world.application(), world.sign_in("olga"));
    let ticket = ask(world, &olga, &client);
    let decided = answer(world, &olga, &ticket, false).unwrap();
    assert!(matches!(decided.outcome, Outcome::Denied) && decided.redirect_uri.as_str() == CALLBACK);
    assert_eq!(refused(answer(world, &olga, &ticket, true)), ConsentError::NotOpen);
    assert!(world.existing(&olga, &world.examined(&client)).is_none());
}

fn an_answer_counts_in_its_own_browser_alone(world: &World) {
    let client = world.application();
    let (olga, elsewhere, owner) = (world.sign_in("olga"), world.sign_in("olga"), world.sign_in("owner"));
    let ticket = ask(world, &olga, &client);
    for other in [&elsewhere, &owner] {
        assert_eq!(refused(answer(world, other, &ticket, true)), ConsentError::NotOpen);
    }
    assert!(answer(world, &olga, &ticket, true).is_ok(), "and is not used up by others");
}

fn an_answer_counts_for_ten_minutes(world: &World) {
    let (client, olga) = (world.application(), world.sign_in("olga"));
    let tickets = [ask(world, &olga, &client), ask(world, &olga, &client)];
    world.clock.advance(Duration::from_secs(599));
    assert!(answer(world, &olga, &tickets[0], true).is_ok());
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(refused(answer(world, &olga, &tickets[1], true)), ConsentError::NotOpen);
}

fn questions_in_two_tabs_are_independent(world: &World) {
    let (client, olga) = (world.application(), world.sign_in("olga"));
    let other = world.application();
    let tabs = [ask(world, &olga, &client), ask(world, &olga, &other), ask(world, &olga, &client)];
    let last = answer(world, &olga, &tabs[2], true).unwrap();
    assert!(matches!(answer(world, &olga, &tabs[1], false).unwrap().outcome, Outcome::Denied));
    let first = answer(world, &olga, &tabs[0], true).unwrap();
    let (Outcome::Allowed(one), Outcome::Allowed(same)) = (last.outcome, first.outcome) else { panic!() };
    assert_eq!(one.token.expose(), same.token.expose(), "one token for person and application");
    assert!(world.existing(&olga, &world.examined(&other)).is_none(), "what was denied stays so");
}

fn one_answer_given_many_times_at_once_counts_once(world: &World) {
    let (client, olga) = (world.application(), world.sign_in("olga"));
    let ticket = ask(world, &olga, &client);
    let outcomes = world.wait(async {
        let answers: Vec<_> = (0..8)
            .map(|_| {
                let (service, olga, ticket) = (world.service.clone(), olga.clone(), ticket.clone());
                tokio::spawn(
                    async move { service.decide_consent(&olga, ticket.expose(), true).await.map(drop) },
                )
            })
            .collect();
        let mut outcomes = Vec::new();
        for answer in answers {
            outcomes.push(answer.await.unwrap());
        }
        outcomes
    });
    let (counted, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(counted.len(), 1);
    assert!(refused.into_iter().all(|outcome| outcome == Err(ConsentError::NotOpen)));
}

fn whoever_is_signed_out_or_has_another_password_cannot_answer(world: &World) {
    let client = world.application();
    let new_password = || PlainSecret::new("another long password".to_owned());
    let (stolen, signed_out, gone) = (world.sign_in("olga"), world.sign_in("olga"), world.sign_in("owner"));
    let tickets = [&stolen, &signed_out, &gone].map(|who| ask(world, who, &client));
    world.wait(world.service.sign_out(&signed_out)).unwrap();
    assert_eq!(refused(answer(world, &signed_out, &tickets[1], true)), ConsentError::SignedOut);
    let rightful = world.sign_in("olga");
    let old = PlainSecret::new("a long password".to_owned());
    world.wait(world.service.change_password(&rightful, &BROWSER, old, new_password())).unwrap();
    for allow in [true, false] {
        assert_eq!(refused(answer(world, &stolen, &tickets[0], allow)), ConsentError::SignedOut);
    }
    assert!(world.existing(&stolen, &world.examined(&client)).is_none());
    world.wait(world.service.disable_account(Actor::Operator, &"owner".parse().unwrap())).unwrap();
    assert_eq!(refused(answer(world, &gone, &tickets[2], true)), ConsentError::SignedOut);
}

fn an_application_gets_nothing_that_it_lost_while_the_person_thought(world: &World) {
    let (client, olga) = (world.application(), world.sign_in("olga"));
    let ticket = ask(world, &olga, &client);
    world.edit(&client, |profile| profile.scopes = market());
    match refused(answer(world, &olga, &ticket, true)) {
        ConsentError::Refused(AuthorizationRefusal::Redirectable { fault, .. }) => {
            assert_eq!(fault, AuthorizationFault::ScopeNotRegistered);
        }
        other => panic!("{other:?}"),
    }
    let ticket = ask(world, &olga, &client);
    world.edit(&client, |profile| profile.redirect_uris = vec!["https://example.org/moved".parse().unwrap()]);
    let refusal = refused(answer(world, &olga, &ticket, true));
    assert!(matches!(refusal, ConsentError::Refused(AuthorizationRefusal::ForeignRedirect { .. })));
    let ticket = ask(world, &olga, &client);
    world.wait(world.service.delete_client(Actor::Operator, client.id)).unwrap();
    let refusal = refused(answer(world, &olga, &ticket, true));
    assert_eq!(refusal, ConsentError::Refused(AuthorizationRefusal::UnknownClient));
}

fn an_application_gets_nothing_that_the_person_was_not_asked_for(world: &World) {
    let (client, olga) = (world.application(), world.sign_in("olga"));
    // It names neither rights nor address, so both are what they were when the person was asked.
    let ticket = ask(world, &olga, &client);
    world.edit(&client, |profile| {
        profile.scopes = OAuthScopes::from_iter(OAuthScope::ALL);
        profile.redirect_uris.insert(0, "https://example.org/first".parse().unwrap());
    });
    let decided = answer(world, &olga, &ticket, true).unwrap();
    let Outcome::Allowed(issued) = decided.outcome else { panic!("it was allowed") };
    assert_eq!((issued.scopes, decided.redirect_uri.as_str()), (client.profile.scopes, CALLBACK));
}

fn a_question_survives_a_new_pepper(world: &World) {
    let (client, olga) = (world.application(), world.sign_in("olga"));
    let ticket = ask(world, &olga, &client);
    let rotated = world.another_service(&[2, 1]);
    world.wait(rotated.register_peppers(Actor::System)).unwrap();
    assert!(world.wait(rotated.decide_consent(&olga, ticket.expose(), true)).is_ok());
}

fn the_question_names_what_would_be_reached(world: &World) {
    let service = &world.service;
    let name = |text: &str| Name::new(text).unwrap();
    let businesses = ["First", "Second", "Foreign"].map(|called| {
        let owner = "owner".parse().unwrap();
        let new = NewBusiness {
            id: None,
            name: name(called),
            owner,
            subscription: Subscription::None,
            kind: SellerKind::Seller,
        };
        let business = world.wait(service.create_business(Actor::Operator, new)).unwrap();
        let stores = ["North", "South"].map(|store| {
            let (business_id, placement) = (business.id, Placement::Fbs);
            let new = NewCampaign { id: None, business_id, name: name(store), placement };
            world.wait(service.create_campaign(Actor::Operator, new)).unwrap()
        });
        (business, stores)
    });
    let [(first, first_stores), (second, second_stores), _] = &businesses;
    let places = [(first, Role::Manager, vec![]), (second, Role::Employee, vec![second_stores[1].id])];
    for (business, role, campaigns) in places {
        let (business_id, login) = (business.id, "olga".parse().unwrap());
        let new = NewMember { business_id, login, role, campaigns };
        world.wait(service.add_member(Actor::Operator, new)).unwrap();
    }
    let (client, olga) = (world.application(), world.sign_in("olga"));
    let examined = world.examined(&client);
    let reach = world.wait(service.begin_consent(&olga, &examined)).unwrap().reach;
    let expected =
        vec![(first.clone(), first_stores.to_vec()), (second.clone(), vec![second_stores[1].clone()])];
    assert_eq!(reach, expected);
    assert_eq!(world.wait(service.reach_of(olga.account.id)).unwrap(), expected);
    let roles = world.wait(service.businesses_of(olga.account.id)).unwrap();
    assert_eq!(roles, [(first.clone(), Role::Manager), (second.clone(), Role::Employee)]);
}
