//! `/authorize`: what an application asks for, the question to the person, and the answer.
//!
//! Owns the order of these. Must never send anybody to an address that is not registered: [`AuthorizationRefusal`] says
//! which refusals may be sent back and which must stay here.

mod checks;
mod consent;
mod existing;

use mp_domain::account::Account;
use mp_domain::authorization::{AuthorizationFault, AuthorizationParameters, Defect, Parameter};
use mp_domain::client::Client;
use mp_domain::grant::Device;
use mp_domain::oauth_scope::OAuthScopes;
use mp_domain::redirect_uri::RedirectUri;
use mp_store::{Conn, StoreError, account};

pub use consent::{Consent, ConsentError, Decided, Outcome};

use crate::service::Service;

/// A request that an application may make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// Who asks.
    pub client: Client,
    /// Whose application it is, as people call them.
    pub owner_name: String,
    /// Where the answer goes.
    pub redirect_uri: RedirectUri,
    /// What it asks for.
    pub scopes: OAuthScopes,
    /// What it wants back unchanged.
    pub state: Option<String>,
    /// For which of the person's devices.
    pub device: Option<Device>,
    /// Whether the person is to be asked although they allowed it before.
    pub force_confirm: bool,
    /// Whom the application expects: a login or an e-mail address, perhaps.
    pub login_hint: Option<String>,
    /// As it arrived, to be examined again when the person has answered.
    parameters: AuthorizationParameters,
}

/// Why an application does not get what it asks for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationRefusal {
    /// There is no such application. A page says so: nobody knows where else to go.
    #[error("there is no application with this client_id")]
    UnknownClient,
    /// The browser would be sent to an address that is not registered. A page says so.
    #[error("the redirect_uri {requested} is not registered for the application")]
    ForeignRedirect {
        /// Who asks.
        client: Box<Client>,
        /// Where to.
        requested: String,
    },
    /// It cannot be said who asks, or where to go. A page says so.
    #[error("the parameter {parameter} is missing or cannot be used")]
    InvalidRequest {
        /// Which one.
        parameter: Parameter,
        /// What is wrong with it; `None` where it is missing.
        defect: Option<Defect>,
    },
    /// The application may hear it.
    #[error("the request was sent back: {fault:?}")]
    Redirectable {
        /// Where to.
        redirect_uri: RedirectUri,
        /// Why.
        fault: AuthorizationFault,
        /// What goes back unchanged.
        state: Option<String>,
    },
    /// The database did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// Whether the application may ask for this, and what it asks for in full.
    pub async fn examine_authorization(
        &self,
        parameters: &AuthorizationParameters,
    ) -> Result<Examined, AuthorizationRefusal> {
        let (own, parameters) = (self.verification_code_uri(), parameters.clone());
        let examined =
            self.store.read("examine_authorization", move |conn| Ok(examine(conn, &parameters, &own)));
        examined.await?
    }
}

/// The checks, in the order in which they matter: first those without which nobody may be sent anywhere.
fn examine(
    conn: &mut Conn,
    parameters: &AuthorizationParameters,
    own: &RedirectUri,
) -> Result<Examined, AuthorizationRefusal> {
    let client = checks::client_is_known(conn, parameters, own)?;
    let redirect_uri = checks::redirect_is_registered(&client, parameters)?;
    let state = checks::state_fits(parameters);
    // One that does not fit is not returned either.
    let returned = state.clone().unwrap_or_default();
    let back = |fault| AuthorizationRefusal::Redirectable {
        redirect_uri: redirect_uri.clone(),
        fault,
        state: returned.clone(),
    };
    checks::nothing_is_defective(parameters).map_err(back)?;
    let state = state.map_err(back)?;
    checks::response_type_is_offered(parameters).map_err(back)?;
    checks::grant_type_is_allowed(&client).map_err(back)?;
    let scopes = checks::scope_is_registered(&client, parameters).map_err(back)?;
    let device = checks::device_is_named_properly(parameters).map_err(back)?;
    let owner = account::find_by_id(conn, client.owner)?;
    Ok(Examined {
        owner_name: owner.map(|owner| called(&owner)).unwrap_or_default(),
        redirect_uri,
        scopes,
        state,
        device,
        force_confirm: parameters.forces_confirmation(),
        login_hint: checks::readable_login_hint(parameters),
        parameters: parameters.clone(),
        client,
    })
}

/// A person's name, or their login where they gave none.
fn called(account: &Account) -> String {
    account.name.as_ref().map_or_else(|| account.login.to_string(), ToString::to_string)
}
