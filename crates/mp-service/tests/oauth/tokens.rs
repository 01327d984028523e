//! Tokens: given again while they live, replaced by another one when something has changed, ended.

use std::time::Duration;

use mp_domain::authorization::Parameter;
use mp_domain::client::Client;
use mp_domain::event::Actor;
use mp_service::SignedIn;
use mp_service::grants::{GrantError, GrantsOf, ListedGrant};

use crate::on_both_databases;
use crate::world::{World, asking, asking_on, market};

on_both_databases!(
    the_same_token_is_given_again_with_the_seconds_that_remain,
    every_person_application_and_device_has_a_token_of_its_own,
    other_rights_make_another_token,
    whatever_ends_a_token_makes_the_next_one_another,
    consents_at_once_lead_to_one_token,
    the_thirty_first_device_ends_the_oldest,
    thirty_first_devices_at_once_leave_thirty,
    ended_devices_do_not_count,
    withdrawing_ends_the_application_for_that_person_alone,
    revoking_ends_one_token_under_any_pepper,
    a_token_outlives_a_new_pepper_and_is_another_without_the_old_one,
    connected_applications_are_those_with_live_tokens,
    issuing_without_a_browser_keeps_to_the_same_rules,
);

fn token(world: &World, who: &SignedIn, client: &Client) -> String {
    world.allowed(who, &world.examined(client)).token.expose().to_owned()
}

fn token_on(world: &World, who: &SignedIn, client: &Client, device: &str) -> String {
    world.allowed(who, &world.examine(&asking_on(client, device))).token.expose().to_owned()
}

fn listed(world: &World, client: &Client) -> Vec<ListedGrant> {
    world.wait(world.service.list_grants(GrantsOf::Client(client.id))).unwrap()
}

/// The devices whose tokens live.
fn live_devices(world: &World, client: &Client) -> Vec<String> {
    let live = listed(world, client).into_iter().filter(|listed| listed.is_live);
    live.filter_map(|listed| listed.grant.device).map(|device| device.id).collect()
}

fn the_same_token_is_given_again_with_the_seconds_that_remain(world: &World) {
    let (client, olga) = (world.application(), world.sign_in("olga"));
    let examined = world.examined(&client);
    assert!(world.existing(&olga, &examined).is_none(), "nothing was allowed yet");
    let first = world.allowed(&olga, &examined);
    let text = first.token.expose();
    assert!(text.starts_with("y0_") && text.len() == 61 && first.expires_in == 31_536_000, "{text}");
    world.clock.advance(Duration::from_millis(662_500));
    let again = world.existing(&olga, &examined).unwrap();
    assert_eq!((again.token.expose(), again.expires_in), (text, 31_535_337));
    let asked_again = world.allowed(&olga, &examined);
    assert_eq!((asked_again.token.expose(), asked_again.expires_in), (text, 31_535_337), "force_confirm");
    world.clock.advance(Duration::from_secs(31_535_337));
    let olga = world.sign_in("olga");
    assert!(world.existing(&olga, &examined).is_none(), "not for less than a second");
    let next = world.allowed(&olga, &examined);
    assert!(next.token.expose() != text && next.expires_in == 31_536_000);
}

fn every_person_application_and_device_has_a_token_of_its_own(world: &World) {
    let (client, other) = (world.application(), world.application());
    let (olga, owner) = (world.sign_in("olga"), world.sign_in("owner"));
    let tokens = [
        token(world, &olga, &client),
        token(world, &owner, &client),
        token(world, &olga, &other),
        token_on(world, &olga, &client, "device one"),
        token_on(world, &olga, &client, "device two"),
    ];
    let different: std::collections::BTreeSet<_> = tokens.iter().collect();
    assert_eq!(different.len(), tokens.len());
    assert_eq!(token_on(world, &olga, &client, "device one"), tokens[3]);
    assert!(listed(world, &client).iter().all(|listed| listed.is_live));
}

fn other_rights_make_another_token(world: &World) {
    let (client, olga) = (world.application(), world.sign_in("olga"));
    let all = token(world, &olga, &client);
    let fewer = world.examine(&asking(&client).with(Parameter::Scope, "market:partner-api"));
    assert!(world.existing(&olga, &fewer).is_none(), "the person is asked again");
    let issued = world.allowed(&olga, &fewer);
    assert!(issued.token.expose() != all && issued.scopes == market());
    assert!(world.existing(&olga, &world.examined(&client)).is_none());
    assert_eq!(listed(world, &client).len(), 1, "it has taken the place of the first");
}

fn whatever_ends_a_token_makes_the_next_one_another(world: &World) {
    let client = world.application();
    let login = || "olga".parse().unwrap();
    let mut known = Vec::new();
    let mut next_is_another = |what: &str| {
        let olga = world.sign_in("olga");
        assert!(world.existing(&olga, &world.examined(&client)).is_none(), "{what}");
        let next = token(world, &olga, &client);
        assert!(!known.contains(&next), "{what}");
        known.push(next);
    };
    next_is_another("nothing yet");
    world.wait(world.service.log_out_everywhere(Actor::Operator, &login())).unwrap();
    next_is_another("logged out everywhere");
    let same = mp_domain::secret::PlainSecret::new("a long password".to_owned());
    world.wait(world.service.set_password(Actor::Operator, &login(), same)).unwrap();
    next_is_another("another password");
    world.edit(&client, |profile| profile.scopes = market());
    next_is_another("other rights");
    let olga = world.sign_in("olga");
    world.wait(world.service.withdraw_access(&olga, client.id)).unwrap();
    next_is_another("withdrawn");
}

fn consents_at_once_lead_to_one_token(world: &World) {
    let (client, olga) = (world.application(), world.sign_in("olga"));
    let examined = world.examined(&client);
    let tokens = world.wait(async {
        let asking: Vec<_> = (0..8)
            .map(|_| {
                let (service, olga, id) = (world.service.clone(), olga.clone(), client.id);
                tokio::spawn(async move {
                    let login = olga.account.login.clone();
                    let issued = service.issue_token(Actor::Operator, id, &login, None, None).await.unwrap();
                    issued.token.expose().to_owned()
                })
            })
            .collect();
        let mut tokens = std::collections::BTreeSet::new();
        for issued in asking {
            tokens.insert(issued.await.unwrap());
        }
        tokens
    });
    assert_eq!(tokens.len(), 1);
    assert!(tokens.contains(world.existing(&olga, &examined).unwrap().token.expose()));
}

fn the_thirty_first_device_ends_the_oldest(world: &World) {
    let (client, olga) = (world.application(), world.sign_in("olga"));
    let ordinary = token(world, &olga, &client);
    for number in 0..30 {
        world.clock.advance(Duration::from_secs(1));
        token_on(world, &olga, &client, &format!("device {number:02}"));
    }
    assert_eq!(live_devices(world, &client).len(), 30);
    token_on(world, &olga, &client, "device 00");
    assert_eq!(live_devices(world, &client).len(), 30, "one that is known ends nothing");
    world.clock.advance(Duration::from_secs(1));
    token_on(world, &olga, &client, "device 30");
    let left = live_devices(world, &client);
    assert_eq!((left.len(), left[0].as_str(), left[29].as_str()), (30, "device 01", "device 30"));
    assert_eq!(token(world, &olga, &client), ordinary, "the ordinary token is no device");
    let owner = world.sign_in("owner");
    token_on(world, &owner, &client, "device 31");
    assert_eq!(live_devices(world, &client).len(), 31, "devices of another person are counted apart");
}

fn thirty_first_devices_at_once_leave_thirty(world: &World) {
    let (client, olga) = (world.application(), world.sign_in("olga"));
    let tickets: Vec<_> = (0..36)
        .map(|number| {
            let examined = world.examine(&asking_on(&client, &format!("device {number:02}")));
            world.wait(world.service.begin_consent(&olga, &examined)).unwrap().ticket
        })
        .collect();
    world.wait(async {
        let answers: Vec<_> = tickets
            .into_iter()
            .map(|ticket| {
                let (service, olga) = (world.service.clone(), olga.clone());
                tokio::spawn(
                    async move { service.decide_consent(&olga, ticket.expose(), true).await.map(drop) },
                )
            })
            .collect();
        for answer in answers {
            answer.await.unwrap().unwrap();
        }
    });
    assert_eq!(live_devices(world, &client).len(), 30);
}

fn ended_devices_do_not_count(world: &World) {
    let (client, olga) = (world.application(), world.sign_in("olga"));
    for number in 0..30 {
        token_on(world, &olga, &client, &format!("device {number:02}"));
    }
    world.wait(world.service.log_out_everywhere(Actor::Operator, &"olga".parse().unwrap())).unwrap();
    let olga = world.sign_in("olga");
    world.clock.advance(Duration::from_secs(1));
    token_on(world, &olga, &client, "device 30");
    token_on(world, &olga, &client, "device 00");
    assert_eq!(
        live_devices(world, &client),
        ["device 00", "device 30"],
        "in the order of their first tokens"
    );
}

fn withdrawing_ends_the_application_for_that_person_alone(world: &World) {
    let (client, other) = (world.application(), world.application());
    let (olga, owner) = (world.sign_in("olga"), world.sign_in("owner"));
    token(world, &olga, &client);
    token_on(world, &olga, &client, "device one");
    token(world, &olga, &other);
    token(world, &owner, &client);
    world.wait(world.service.withdraw_access(&olga, client.id)).unwrap();
    let live = |client| {
        let live = listed(world, client).into_iter().filter(|listed| listed.is_live);
        live.map(|listed| listed.login.to_string()).collect::<Vec<_>>()
    };
    assert_eq!((live(&client), live(&other)), (vec!["owner".to_owned()], vec!["olga".to_owned()]));
    world.wait(world.service.withdraw_access(&olga, client.id)).unwrap();
    let moments: Vec<_> = listed(world, &client).iter().map(|listed| listed.grant.token.revoked_at).collect();
    assert_eq!(moments.iter().flatten().count(), 2, "doing it twice changes nothing");
}

fn revoking_ends_one_token_under_any_pepper(world: &World) {
    let (client, olga) = (world.application(), world.sign_in("olga"));
    let first = world.allowed(&olga, &world.examined(&client)).token;
    token_on(world, &olga, &client, "device one");
    let rotated = world.another_service(&[2, 1]);
    world.wait(rotated.register_peppers(Actor::System)).unwrap();
    assert!(world.wait(rotated.revoke_token(Actor::Operator, &first)).unwrap());
    assert!(!world.wait(rotated.revoke_token(Actor::Operator, &first)).unwrap());
    assert_eq!(live_devices(world, &client), ["device one"]);
    assert!(world.existing(&olga, &world.examined(&client)).is_none());
}

fn a_token_outlives_a_new_pepper_and_is_another_without_the_old_one(world: &World) {
    let (client, olga) = (world.application(), world.sign_in("olga"));
    let examined = world.examined(&client);
    let first = world.allowed(&olga, &examined).token;
    let (rotated, removed) = (world.another_service(&[2, 1]), world.another_service(&[2]));
    let again = world.wait(rotated.existing_token(&olga, &examined)).unwrap().unwrap();
    assert_eq!(again.token.expose(), first.expose());
    assert!(world.wait(removed.existing_token(&olga, &examined)).unwrap().is_none());
    let login = "olga".parse().unwrap();
    let next = world.wait(removed.issue_token(Actor::Operator, client.id, &login, None, None)).unwrap();
    assert_ne!(next.token.expose(), first.expose());
    let same = world.wait(rotated.existing_token(&olga, &examined)).unwrap().unwrap();
    assert_eq!(same.token.expose(), next.token.expose());
}

fn connected_applications_are_those_with_live_tokens(world: &World) {
    let clients = [world.application(), world.application(), world.application()];
    let olga = world.sign_in("olga");
    for (client, devices) in clients.iter().zip([vec!["device one", "device two"], vec![], vec![]]) {
        token(world, &olga, client);
        for device in devices {
            world.clock.advance(Duration::from_secs(1));
            token_on(world, &olga, client, device);
        }
    }
    let connected = || {
        let connected = world.wait(world.service.connected_applications(olga.account.id)).unwrap();
        connected.into_iter().map(|(client, grants)| (client.id, grants.len())).collect::<Vec<_>>()
    };
    assert_eq!(connected(), [(clients[0].id, 3), (clients[1].id, 1), (clients[2].id, 1)]);
    world.wait(world.service.delete_client(Actor::Operator, clients[1].id)).unwrap();
    world.wait(world.service.withdraw_access(&olga, clients[2].id)).unwrap();
    assert_eq!(connected(), [(clients[0].id, 3)]);
    world.edit(&clients[0], |profile| profile.scopes = market());
    assert_eq!(connected(), []);
}

fn issuing_without_a_browser_keeps_to_the_same_rules(world: &World) {
    let (client, olga) = (world.application(), world.sign_in("olga"));
    let login = || "olga".parse().unwrap();
    let issue = |scopes, lifetime| {
        world.wait(world.service.issue_token(Actor::Operator, client.id, &login(), scopes, lifetime))
    };
    let allowed = token(world, &olga, &client);
    assert_eq!(issue(None, None).unwrap().token.expose(), allowed);
    let short = issue(None, Some(Duration::from_secs(60))).unwrap();
    assert!(short.token.expose() != allowed && short.expires_in == 60);
    assert_eq!(world.existing(&olga, &world.examined(&client)).unwrap().expires_in, 60);
    let year = client.profile.scopes.lifetime();
    let refused = |scopes, lifetime| issue(scopes, lifetime).map(drop).unwrap_err();
    assert_eq!(refused(None, Some(year + Duration::from_secs(1))), GrantError::LivesTooLong(year));
    assert_eq!(refused(None, Some(Duration::from_millis(999))), GrantError::ExpiredAtBirth);
    world.wait(world.service.disable_account(Actor::Operator, &login())).unwrap();
    assert_eq!(refused(None, None), GrantError::Disabled(login()));
    world.wait(world.service.delete_client(Actor::Operator, client.id)).unwrap();
    assert_eq!(refused(None, None), GrantError::UnknownClient(client.id));
}
