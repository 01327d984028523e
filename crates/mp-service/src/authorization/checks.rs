//! The rules of `/authorize`, one function each (RFC 6749 §4.2, yandex-oauth §3.1 and §3.5).
//!
//! Owns what each rule refuses. Must never know their order: `examine` does.

use mp_domain::account::{Email, Login};
use mp_domain::authorization::{
    AuthorizationFault, AuthorizationParameters, LONGEST_DEVICE_ID, LONGEST_STATE, Parameter,
    SHORTEST_DEVICE_ID,
};
use mp_domain::client::{Client, GrantType};
use mp_domain::grant::Device;
use mp_domain::name::Name;
use mp_domain::oauth_scope::OAuthScopes;
use mp_domain::redirect_uri::RedirectUri;
use mp_store::Conn;

use super::AuthorizationRefusal;
use crate::applications::find_live;

pub(super) fn client_is_known(
    conn: &mut Conn,
    parameters: &AuthorizationParameters,
    own: &RedirectUri,
) -> Result<Client, AuthorizationRefusal> {
    let Some(id) = parameters.value(Parameter::ClientId) else {
        return Err(unusable(parameters, Parameter::ClientId));
    };
    let id = id.parse().map_err(|_| AuthorizationRefusal::UnknownClient)?;
    find_live(conn, id, own)?.ok_or(AuthorizationRefusal::UnknownClient)
}

/// Where the request names no address, the first one registered is taken (yandex-oauth §2.4).
pub(super) fn redirect_is_registered(
    client: &Client,
    parameters: &AuthorizationParameters,
) -> Result<RedirectUri, AuthorizationRefusal> {
    let profile = &client.profile;
    if parameters.defect(Parameter::RedirectUri).is_some() {
        return Err(unusable(parameters, Parameter::RedirectUri));
    }
    let Some(requested) = parameters.value(Parameter::RedirectUri) else {
        let first = profile.redirect_uris.first().cloned();
        return first.ok_or_else(|| unusable(parameters, Parameter::RedirectUri));
    };
    // The very text first: our own page may stand at an address that nobody else could register.
    if let Some(same) = profile.redirect_uris.iter().find(|uri| uri.as_str() == requested) {
        return Ok(same.clone());
    }
    let readable = requested.parse().ok().filter(|requested| {
        profile.redirect_uris.iter().any(|uri| uri.matches(requested, profile.ignores_redirect_query))
    });
    readable.ok_or_else(|| AuthorizationRefusal::ForeignRedirect {
        client: Box::new(client.clone()),
        requested: requested.to_owned(),
    })
}

fn unusable(parameters: &AuthorizationParameters, parameter: Parameter) -> AuthorizationRefusal {
    AuthorizationRefusal::InvalidRequest { parameter, defect: parameters.defect(parameter) }
}

pub(super) fn nothing_is_defective(parameters: &AuthorizationParameters) -> Result<(), AuthorizationFault> {
    let first = parameters.defects().next();
    first.map_or(Ok(()), |(parameter, defect)| Err(AuthorizationFault::Defective(parameter, defect)))
}

pub(super) fn state_fits(parameters: &AuthorizationParameters) -> Result<Option<String>, AuthorizationFault> {
    match parameters.value(Parameter::State) {
        Some(state) if state.chars().count() > LONGEST_STATE => Err(AuthorizationFault::StateTooLong),
        state => Ok(state.map(str::to_owned)),
    }
}

pub(super) fn response_type_is_offered(
    parameters: &AuthorizationParameters,
) -> Result<(), AuthorizationFault> {
    match parameters.value(Parameter::ResponseType) {
        Some("token") => Ok(()),
        Some(_) => Err(AuthorizationFault::ResponseTypeUnsupported),
        None => Err(AuthorizationFault::ResponseTypeMissing),
    }
}

pub(super) fn grant_type_is_allowed(client: &Client) -> Result<(), AuthorizationFault> {
    let allowed = client.profile.grant_types.contains(&GrantType::Implicit);
    if allowed { Ok(()) } else { Err(AuthorizationFault::GrantTypeNotAllowed) }
}

/// What is asked for; everything registered where nothing is named. Rights that the application could do without are
/// asked for like the others: the person allows all or nothing.
pub(super) fn scope_is_registered(
    client: &Client,
    parameters: &AuthorizationParameters,
) -> Result<OAuthScopes, AuthorizationFault> {
    let mut asked = OAuthScopes::default();
    for parameter in [Parameter::Scope, Parameter::OptionalScope] {
        let named: OAuthScopes = parameters
            .value(parameter)
            .unwrap_or_default()
            .parse()
            .map_err(|_| AuthorizationFault::ScopeUnknown)?;
        asked = asked.iter().chain(named.iter()).collect();
    }
    if asked.is_empty() {
        return Ok(client.profile.scopes);
    }
    let registered = asked.is_within(client.profile.scopes);
    if registered { Ok(asked) } else { Err(AuthorizationFault::ScopeNotRegistered) }
}

/// The device, if the request names one. A name without an id is ignored (yandex-oauth §3.1).
pub(super) fn device_is_named_properly(
    parameters: &AuthorizationParameters,
) -> Result<Option<Device>, AuthorizationFault> {
    let Some(id) = parameters.value(Parameter::DeviceId) else { return Ok(None) };
    let fits = (SHORTEST_DEVICE_ID..=LONGEST_DEVICE_ID).contains(&id.len())
        && id.bytes().all(|b| (b' '..=b'~').contains(&b));
    if !fits {
        return Err(AuthorizationFault::DeviceIdUnfit);
    }
    let name = parameters.value(Parameter::DeviceName).map(Name::new).transpose();
    let name = name.map_err(|_| AuthorizationFault::DeviceNameUnfit)?;
    Ok(Some(Device { id: id.to_owned(), name: name.map(|name| name.to_string()) }))
}

/// A hint is shown to the person in a field, so it must look like something they could have typed there.
pub(super) fn readable_login_hint(parameters: &AuthorizationParameters) -> Option<String> {
    let hint = parameters.value(Parameter::LoginHint)?;
    let looks_right = hint.parse::<Login>().is_ok() || hint.parse::<Email>().is_ok();
    looks_right.then(|| hint.to_owned())
}
