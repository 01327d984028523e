//! Registering and changing applications.

use std::time::Duration;

use mp_domain::client::{Client, ClientKind, ClientProfile, GrantType};
use mp_domain::event::Actor;
use mp_domain::ids::{AccountId, ClientId};
use mp_domain::name::Name;
use mp_domain::oauth_scope::{OAuthScope, OAuthScopes};
use mp_domain::redirect_uri::RedirectUri;
use mp_service::applications::{ClientError, IconChange, UnacceptableIcon};

use crate::on_both_databases;
use crate::world::{CALLBACK, NOON, OWN_PAGE, World, profile};

on_both_databases!(
    an_application_comes_back_as_it_was_registered,
    profiles_that_cannot_be_used_are_refused,
    the_short_form_has_our_own_page_and_no_rights_about_people,
    only_the_owner_may_change_an_application,
    other_rights_raise_the_epoch_and_nothing_else_does,
    a_renewed_secret_works_beside_the_old_one_only_where_that_was_asked_for,
    of_two_who_register_one_name_at_once_one_has_it,
    an_owners_applications_keep_different_names,
    of_two_who_renew_the_same_secret_at_once_one_does,
    a_deleted_application_is_known_to_nobody,
    a_picture_is_drawn_anew_kept_and_removed,
    calls_of_the_last_days_are_counted,
);

fn register(world: &World, kind: ClientKind, profile: ClientProfile) -> Result<Client, ClientError> {
    let work = world.service.register_client(Actor::Operator, world.owner, kind, profile, None, false);
    world.wait(work).map(|(client, _)| client)
}

fn an_application_comes_back_as_it_was_registered(world: &World) {
    let new = profile(&[CALLBACK, OWN_PAGE, "myapp://token"]);
    let work = world.service.register_client(
        Actor::Account(world.owner),
        world.owner,
        ClientKind::Id,
        new.clone(),
        None,
        false,
    );
    let (client, secret) = world.wait(work).unwrap();
    let secret = secret.unwrap();
    assert!(secret.expose().len() == 32 && secret.expose().bytes().all(|b| b"0123456789abcdef".contains(&b)));
    let sealed = client.secret.as_ref().unwrap().as_bytes();
    assert!(!sealed.windows(8).any(|part| part == &secret.expose().as_bytes()[..8]));
    assert_eq!((&client.profile, client.created_at, client.token_epoch), (&new, NOON, 0));
    assert_eq!(world.wait(world.service.client(client.id)).unwrap(), Some(client.clone()));
    assert_eq!(world.wait(world.service.clients_of(world.owner)).unwrap(), std::slice::from_ref(&client));
    let listed = world.wait(world.service.list_clients(None)).unwrap();
    assert_eq!(listed, [("owner".parse().unwrap(), client)]);
}

fn profiles_that_cannot_be_used_are_refused(world: &World) {
    let refused = |change: fn(&mut ClientProfile)| {
        let mut wrong = profile(&[CALLBACK]);
        change(&mut wrong);
        register(world, ClientKind::Id, wrong).unwrap_err()
    };
    assert_eq!(refused(|wrong| wrong.redirect_uris.clear()), ClientError::NoRedirectUri);
    let twice: RedirectUri = CALLBACK.parse().unwrap();
    assert_eq!(
        refused(|wrong| wrong.redirect_uris.push(CALLBACK.parse().unwrap())),
        ClientError::RepeatedRedirectUri(twice)
    );
    let many = |count: usize| {
        let uris = (0..count).map(|number| format!("https://example.org/{number}").parse().unwrap());
        register(world, ClientKind::Id, ClientProfile { redirect_uris: uris.collect(), ..profile(&[]) })
    };
    assert_eq!(many(21).unwrap_err(), ClientError::TooManyRedirectUris(21));
    assert!(many(20).is_ok());
    assert_eq!(refused(|wrong| wrong.scopes = OAuthScopes::default()), ClientError::NoScope);
    assert_eq!(refused(|wrong| wrong.grant_types.clear()), ClientError::NoGrantType);
    let nobody = AccountId::from_bytes([9; 16]);
    let profile = profile(&[CALLBACK]);
    let work = world.service.register_client(Actor::Operator, nobody, ClientKind::Id, profile, None, false);
    assert_eq!(world.wait(work).map(drop), Err(ClientError::UnknownOwner(nobody)));
}

fn the_short_form_has_our_own_page_and_no_rights_about_people(world: &World) {
    let market = OAuthScopes::from_iter([OAuthScope::MarketPartnerApi]);
    let short = ClientProfile { scopes: market, ..profile(&[]) };
    let client = register(world, ClientKind::Api, short.clone()).unwrap();
    let own = world.service.verification_code_uri();
    assert_eq!(own.as_str(), OWN_PAGE);
    assert_eq!(client.profile.redirect_uris, std::slice::from_ref(&own));
    let elsewhere = ClientProfile { redirect_uris: vec![CALLBACK.parse().unwrap()], ..short };
    let refused = register(world, ClientKind::Api, elsewhere);
    assert_eq!(refused, Err(ClientError::FixedRedirectUri(own.clone())));
    let refused = register(world, ClientKind::Api, profile(&[]));
    assert_eq!(refused, Err(ClientError::ScopeOfOtherKind(OAuthScope::LoginInfo)));
    // By default the token stands in a redirect only where that leads nowhere else.
    let implicit =
        |uris: &[RedirectUri]| world.service.default_grant_types(uris).contains(&GrantType::Implicit);
    assert!(implicit(std::slice::from_ref(&own)));
    assert!(!implicit(&[own.clone(), CALLBACK.parse().unwrap()]) && !implicit(&[CALLBACK.parse().unwrap()]));
}

fn only_the_owner_may_change_an_application(world: &World) {
    let client = world.application();
    let (service, id) = (&world.service, client.id);
    let stranger = Actor::Account(world.person("stranger"));
    let refused = || ClientError::NotOwner(id);
    let edit = service.edit_client(stranger, id, client.profile.clone(), IconChange::Remove);
    assert_eq!(world.wait(edit), Err(refused()));
    let renewal = world.wait(service.renew_client_secret(stranger, id, Duration::ZERO, None));
    assert_eq!(renewal.map(drop), Err(refused()));
    assert_eq!(world.wait(service.delete_client(stranger, id)), Err(refused()));
    let for_somebody =
        service.register_client(stranger, world.owner, ClientKind::Id, profile(&[CALLBACK]), None, true);
    assert!(matches!(world.wait(for_somebody), Err(ClientError::NotOwner(_))));
    assert_eq!(world.wait(service.client(id)).unwrap(), Some(client.clone()));
    assert!(world.wait(service.delete_client(Actor::Account(world.owner), id)).is_ok());
}

fn other_rights_raise_the_epoch_and_nothing_else_does(world: &World) {
    let client = world.application();
    let renamed = world.edit(&client, |profile| {
        profile.name = Name::new("CRM").unwrap();
        profile.redirect_uris.push("myapp://token".parse().unwrap());
        profile.ignores_redirect_query = true;
    });
    assert_eq!((renamed.token_epoch, renamed.profile.redirect_uris.len()), (0, 2));
    let market = OAuthScopes::from_iter([OAuthScope::MarketPartnerApi]);
    assert_eq!(world.edit(&client, |profile| profile.scopes = market).token_epoch, 1);
    assert_eq!(world.edit(&client, |profile| profile.scopes = market).token_epoch, 1);
}

fn a_renewed_secret_works_beside_the_old_one_only_where_that_was_asked_for(world: &World) {
    let client = world.application();
    let renew = |overlap| {
        let renewed =
            world.wait(world.service.renew_client_secret(Actor::Operator, client.id, overlap, None));
        renewed.map(|_| world.wait(world.service.client(client.id)).unwrap().unwrap())
    };
    let with_overlap = renew(Duration::from_secs(60)).unwrap();
    let former = with_overlap.former_secret.clone().unwrap();
    assert_eq!(Some(former.secret), client.secret);
    assert_eq!(former.until, NOON.plus(Duration::from_secs(60)));
    assert_ne!(with_overlap.secret, client.secret);
    let at_once = renew(Duration::ZERO).unwrap();
    assert_eq!(at_once.former_secret, None, "not even the one before");
    assert!(renew(Duration::from_secs(90 * 86_400)).is_ok());
    assert_eq!(renew(Duration::from_secs(90 * 86_400 + 1)), Err(ClientError::OverlapTooLong));
    assert_eq!(at_once.token_epoch, 0, "tokens live on");
}

fn of_two_who_register_one_name_at_once_one_has_it(world: &World) {
    let register = || {
        let (by, profile) = (Actor::Account(world.owner), profile(&[CALLBACK]));
        world.service.register_client(by, world.owner, ClientKind::Id, profile, None, true)
    };
    let (one, two) = world.wait(async { tokio::join!(register(), register()) });
    let taken = ClientError::NameTaken(profile(&[]).name);
    let (made, refused) = if one.is_ok() { (one, two) } else { (two, one) };
    assert_eq!(refused.map(drop), Err(taken));
    // Somebody else may call theirs the same, and so may the owner when theirs is gone.
    let other = world.person("other");
    let actor = Actor::Operator;
    let theirs =
        world.service.register_client(actor, other, ClientKind::Id, profile(&[CALLBACK]), None, true);
    assert!(world.wait(theirs).is_ok());
    world.wait(world.service.delete_client(actor, made.unwrap().0.id)).unwrap();
    assert!(world.wait(register()).is_ok());
}

fn an_owners_applications_keep_different_names(world: &World) {
    let (first, second) = (world.application(), world.application());
    let rename = |id, name: &Name| {
        let profile = ClientProfile { name: name.clone(), ..profile(&[CALLBACK]) };
        let by = Actor::Account(world.owner);
        world.wait(world.service.edit_client(by, id, profile, IconChange::Keep)).map(drop)
    };
    let taken = ClientError::NameTaken(first.profile.name.clone());
    assert_eq!(rename(second.id, &first.profile.name), Err(taken));
    assert_eq!(rename(second.id, &second.profile.name), Ok(()), "its own name is not taken");
    assert_eq!(rename(second.id, &Name::new("Another").unwrap()), Ok(()));
}

fn of_two_who_renew_the_same_secret_at_once_one_does(world: &World) {
    let client = world.application();
    let overlap = Duration::from_secs(60);
    let renew = || {
        let seen = client.secret.clone();
        world.service.renew_client_secret(Actor::Account(world.owner), client.id, overlap, seen)
    };
    let (one, two) = world.wait(async { tokio::join!(renew(), renew()) });
    let refused = if one.is_ok() { two } else { one };
    assert_eq!(refused.map(drop), Err(ClientError::RenewedMeanwhile(client.id)));
    let renewed = world.wait(world.service.client(client.id)).unwrap().unwrap();
    assert_eq!(Some(renewed.former_secret.unwrap().secret), client.secret, "the one that was seen works on");
}

fn a_deleted_application_is_known_to_nobody(world: &World) {
    let client = world.application();
    let deleted = world.wait(world.service.delete_client(Actor::Operator, client.id)).unwrap();
    assert_eq!((deleted.deleted_at, deleted.secret), (Some(NOON), None));
    assert_eq!(world.wait(world.service.client(client.id)).unwrap(), None);
    assert_eq!(world.wait(world.service.clients_of(world.owner)).unwrap(), []);
    let again = world.wait(world.service.delete_client(Actor::Operator, client.id));
    assert_eq!(again, Err(ClientError::Unknown(client.id)));
    let nothing = ClientId::from_bytes([9; 16]);
    let renewal =
        world.wait(world.service.renew_client_secret(Actor::Operator, nothing, Duration::ZERO, None));
    assert_eq!(renewal.map(drop), Err(ClientError::Unknown(nothing)));
}

/// A GIF of one pixel (the smallest there is).
const GIF: &[u8] =
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\
                     \x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

fn a_picture_is_drawn_anew_kept_and_removed(world: &World) {
    let (service, profile) = (&world.service, profile(&[CALLBACK]));
    let upload = Some(GIF.to_vec());
    let work =
        service.register_client(Actor::Operator, world.owner, ClientKind::Id, profile.clone(), upload, true);
    let (client, secret) = world.wait(work).unwrap();
    assert!(secret.is_none() && client.secret.is_none(), "a public one");
    let drawn = client.icon.clone().unwrap();
    assert!(drawn.starts_with(b"\x89PNG"));
    let change = |icon| {
        world
            .wait(service.edit_client(Actor::Operator, client.id, profile.clone(), icon))
            .map(|client| client.icon)
    };
    assert_eq!(change(IconChange::Keep), Ok(Some(drawn.clone())));
    assert_eq!(change(IconChange::Remove), Ok(None));
    assert_eq!(change(IconChange::Replace(GIF.to_vec())), Ok(Some(drawn)));
    let unreadable = Err(ClientError::Icon(UnacceptableIcon::Unreadable));
    assert_eq!(change(IconChange::Replace(b"<svg/>".to_vec())), unreadable);
}

fn calls_of_the_last_days_are_counted(world: &World) {
    let client = world.application();
    let (id, today) = (client.id, NOON.seconds() / 86_400);
    let counted = world.service.store().write("count", move |tx| {
        for (days_ago, calls) in [(0, 1), (6, 10), (7, 100)] {
            mp_store::client_usage::add(tx, id, None, today - days_ago, calls)?;
        }
        Ok::<_, mp_store::StoreError>(())
    });
    world.wait(counted).unwrap();
    let usage = |days| world.wait(world.service.client_usage(id, days)).unwrap();
    assert_eq!((usage(1), usage(7), usage(8)), (1, 11, 111));
}
