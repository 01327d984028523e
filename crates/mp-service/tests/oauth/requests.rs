//! What an application may ask for, and where it hears that it may not.

use mp_domain::authorization::{AuthorizationFault as Fault, AuthorizationParameters, Defect, Parameter};
use mp_domain::client::{Client, ClientKind, ClientProfile, GrantType};
use mp_domain::event::Actor;
use mp_domain::oauth_scope::{OAuthScope, OAuthScopes};
use mp_service::authorization::AuthorizationRefusal;

use crate::on_both_databases;
use crate::world::{CALLBACK, OWN_PAGE, World, asking, asking_on, market, profile};

on_both_databases!(
    a_request_is_understood_in_full,
    nobody_is_sent_anywhere_for_an_unknown_application,
    nobody_is_sent_to_an_address_that_is_not_registered,
    addresses_that_are_registered_are_found,
    every_other_fault_goes_back_to_the_application,
    rights_are_those_registered_or_some_of_them,
    a_device_has_a_fitting_id_and_its_name_is_nothing_without_one,
    the_state_comes_back_unchanged_or_not_at_all,
    our_own_page_is_found_wherever_the_server_is,
);

fn refused(world: &World, parameters: &AuthorizationParameters) -> AuthorizationRefusal {
    world.wait(world.service.examine_authorization(parameters)).unwrap_err()
}

/// Why the request goes back, and with which state.
fn sent_back(world: &World, parameters: &AuthorizationParameters) -> (Fault, Option<String>) {
    match refused(world, parameters) {
        AuthorizationRefusal::Redirectable { redirect_uri, fault, state } => {
            assert_eq!(redirect_uri.as_str(), CALLBACK);
            (fault, state)
        }
        other => panic!("{other:?}"),
    }
}

fn a_request_is_understood_in_full(world: &World) {
    let client = world.application();
    let examined = world.examined(&client);
    assert_eq!((&examined.client, examined.owner_name.as_str()), (&client, "owner"));
    assert_eq!((examined.redirect_uri.as_str(), examined.scopes), (CALLBACK, client.profile.scopes));
    assert_eq!((examined.state, examined.device, examined.login_hint), (None, None, None));
    assert!(!examined.force_confirm);
    let examined = world.examine(
        &asking_on(&client, "test device 123")
            .with(Parameter::DeviceName, "Телефон")
            .with(Parameter::Scope, "market:partner-api")
            .with(Parameter::State, "a b")
            .with(Parameter::ForceConfirm, "yes")
            .with(Parameter::LoginHint, "olga@example.org"),
    );
    let device = examined.device.unwrap();
    assert_eq!((device.id.as_str(), device.name.as_deref()), ("test device 123", Some("Телефон")));
    assert_eq!((examined.scopes, examined.state.as_deref()), (market(), Some("a b")));
    assert_eq!(examined.login_hint.as_deref(), Some("olga@example.org"));
    assert!(examined.force_confirm);
    let garbled = asking(&client).with(Parameter::LoginHint, "<b>\u{202E}");
    assert_eq!(world.examine(&garbled).login_hint, None, "nobody could have typed it");
}

fn nobody_is_sent_anywhere_for_an_unknown_application(world: &World) {
    let client = world.application();
    for id in ["0", "00000000000000000000000000000000", &client.id.to_string().to_uppercase()] {
        let asked = asking(&client).with(Parameter::ClientId, id);
        assert_eq!(refused(world, &asked), AuthorizationRefusal::UnknownClient, "{id}");
    }
    let missing = AuthorizationRefusal::InvalidRequest { parameter: Parameter::ClientId, defect: None };
    assert_eq!(refused(world, &AuthorizationParameters::default()), missing);
    let twice = Some(Defect::Repeated);
    let repeated = AuthorizationRefusal::InvalidRequest { parameter: Parameter::ClientId, defect: twice };
    let asked = asking(&client).with_defect(Parameter::ClientId, Defect::Repeated);
    assert_eq!(refused(world, &asked), repeated);
    world.wait(world.service.delete_client(Actor::Operator, client.id)).unwrap();
    assert_eq!(refused(world, &asking(&client)), AuthorizationRefusal::UnknownClient, "deleted");
}

fn nobody_is_sent_to_an_address_that_is_not_registered(world: &World) {
    let client = world.application();
    for requested in [
        "https://evil.example/callback",
        "https://example.org/callback/",
        "https://example.org/callback?x=1",
        "https://example.org/Callback",
        "https://example.org/callback/../callback",
        "https://example.org@evil.example/callback",
        "https://example.org:443/callback",
        "http://example.org/callback",
        "https://example.org/callback#",
        "//example.org/callback",
        "javascript:alert(1)",
        OWN_PAGE,
        "x",
    ] {
        let asked = asking(&client).with(Parameter::RedirectUri, requested);
        let expected = AuthorizationRefusal::ForeignRedirect {
            client: Box::new(client.clone()),
            requested: requested.to_owned(),
        };
        assert_eq!(refused(world, &asked), expected);
    }
    let asked = asking(&client).with_defect(Parameter::RedirectUri, Defect::Repeated);
    let defect = Some(Defect::Repeated);
    let expected = AuthorizationRefusal::InvalidRequest { parameter: Parameter::RedirectUri, defect };
    assert_eq!(refused(world, &asked), expected);
}

fn addresses_that_are_registered_are_found(world: &World) {
    let registered = [CALLBACK, "myapp://token", "http://127.0.0.1/x"];
    let client = world.register(ClientKind::Id, profile(&registered));
    let found = |requested: &str| {
        let asked = asking(&client).with(Parameter::RedirectUri, requested);
        world
            .wait(world.service.examine_authorization(&asked))
            .map(|examined| examined.redirect_uri.to_string())
    };
    for requested in [CALLBACK, "myapp://token", "http://127.0.0.1/x", "http://127.0.0.1:51004/x"] {
        assert_eq!(found(requested).as_deref(), Ok(requested));
    }
    assert_eq!(world.examined(&client).redirect_uri.as_str(), CALLBACK, "the first where none is named");
    let with_query = "https://example.org/callback?from=market";
    assert!(found(with_query).is_err());
    world.edit(&client, |profile| profile.ignores_redirect_query = true);
    assert_eq!(found(with_query).as_deref(), Ok(with_query));
}

fn every_other_fault_goes_back_to_the_application(world: &World) {
    let client = world.application();
    let asked = |parameter, value: &str| asking(&client).with(parameter, value).with(Parameter::State, "x");
    let fault = |parameter, value: &str| {
        let (fault, state) = sent_back(world, &asked(parameter, value));
        assert_eq!(state.as_deref(), Some("x"));
        fault
    };
    for offered_later in ["code", "id_token", "TOKEN", "token code"] {
        assert_eq!(fault(Parameter::ResponseType, offered_later), Fault::ResponseTypeUnsupported);
    }
    let without = AuthorizationParameters::default().with(Parameter::ClientId, &client.id.to_string());
    assert_eq!(sent_back(world, &without), (Fault::ResponseTypeMissing, None));
    for defect in [Defect::Repeated, Defect::Unreadable] {
        let defective = asked(Parameter::LoginHint, "x").with_defect(Parameter::Scope, defect);
        let expected = (Fault::Defective(Parameter::Scope, defect), Some("x".to_owned()));
        assert_eq!(sent_back(world, &defective), expected);
    }
    world.edit(&client, |profile| profile.grant_types = vec![GrantType::AuthorizationCode]);
    assert_eq!(fault(Parameter::ResponseType, "token"), Fault::GrantTypeNotAllowed);
}

fn rights_are_those_registered_or_some_of_them(world: &World) {
    let client = world.application();
    let asked = |scope: &str| asking(&client).with(Parameter::Scope, scope);
    let both = client.profile.scopes;
    for (scope, expected) in [
        ("", both),
        (" ", both),
        ("market:partner-api", market()),
        ("login:info market:partner-api", both),
        ("login:info  login:info market:partner-api", both),
    ] {
        assert_eq!(world.examine(&asked(scope)).scopes, expected, "{scope:?}");
    }
    for scope in
        ["login:info,market:partner-api", "market", "*", "login:info\tmarket:partner-api", "LOGIN:INFO"]
    {
        assert_eq!(sent_back(world, &asked(scope)).0, Fault::ScopeUnknown, "{scope:?}");
    }
    assert_eq!(sent_back(world, &asked("login:info login:email")).0, Fault::ScopeNotRegistered);
    let optional =
        |parameters: AuthorizationParameters, scope| parameters.with(Parameter::OptionalScope, scope);
    assert_eq!(world.examine(&optional(asking(&client), "market:partner-api")).scopes, market());
    assert_eq!(world.examine(&optional(asked("market:partner-api"), "login:info")).scopes, both);
    assert_eq!(sent_back(world, &optional(asking(&client), "login:email")).0, Fault::ScopeNotRegistered);
}

fn a_device_has_a_fitting_id_and_its_name_is_nothing_without_one(world: &World) {
    let client = world.application();
    for fitting in ["123456", "test device ~!", &"x".repeat(50)] {
        assert_eq!(world.examine(&asking_on(&client, fitting)).device.unwrap().id, fitting);
    }
    for unfit in ["12345", &"x".repeat(51), "устройство", "12345\u{7F}6", "123\n456"] {
        assert_eq!(sent_back(world, &asking_on(&client, unfit)).0, Fault::DeviceIdUnfit, "{unfit:?}");
    }
    let named = |name: &str| asking_on(&client, "123456").with(Parameter::DeviceName, name);
    assert!(world.examine(&named(&"ж".repeat(100))).device.unwrap().name.is_some());
    for unfit in ["ж".repeat(101), "a\u{202E}b".to_owned(), " ".to_owned()] {
        assert_eq!(sent_back(world, &named(&unfit)).0, Fault::DeviceNameUnfit, "{unfit:?}");
    }
    let nameless = asking(&client).with(Parameter::DeviceName, &"x".repeat(101));
    assert_eq!(world.examine(&nameless).device, None);
}

fn the_state_comes_back_unchanged_or_not_at_all(world: &World) {
    let client = world.application();
    let asked = |state: &str| asking(&client).with(Parameter::State, state);
    for state in ["ж".repeat(1024), " \"<>#&=+%20\u{202E}".to_owned()] {
        assert_eq!(world.examine(&asked(&state)).state, Some(state));
    }
    assert_eq!(sent_back(world, &asked(&"x".repeat(1025))), (Fault::StateTooLong, None));
    let twice = asking(&client).with_defect(Parameter::State, Defect::Repeated);
    assert_eq!(sent_back(world, &twice), (Fault::Defective(Parameter::State, Defect::Repeated), None));
}

fn our_own_page_is_found_wherever_the_server_is(world: &World) {
    let scopes = OAuthScopes::from_iter([OAuthScope::MarketPartnerApi]);
    let short = ClientProfile { scopes, ..profile(&[]) };
    let client: Client = world.register(ClientKind::Api, short);
    assert_eq!(world.examined(&client).redirect_uri.as_str(), OWN_PAGE);
    let by_name = asking(&client).with(Parameter::RedirectUri, OWN_PAGE);
    assert_eq!(world.examine(&by_name).redirect_uri.as_str(), OWN_PAGE);
}
