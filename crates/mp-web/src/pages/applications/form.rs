//! The form of an application, as it was filled in and as it is judged.
//!
//! Owns what a person may have meant and what is said about each field. Must never register anything: it makes the
//! profile that the service judges again.

use mp_domain::client::{Client, ClientKind, ClientProfile, MAX_REDIRECT_URIS, MAX_SCOPE_GROUPS};
use mp_domain::name::Name;
use mp_domain::oauth_scope::{OAuthScope, OAuthScopes};
use mp_domain::redirect_uri::{InvalidRedirectUri, RedirectUri};
use mp_service::Service;

use crate::components::Problems;
use crate::fields::Fields;
use crate::pages::names;
use crate::rights;
use crate::visit::Visit;

/// What the button that sent the form asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Register the application or save its changes.
    Save,
    /// One more row for a redirect URI.
    AddRedirect,
    /// The server's own page as redirect URI.
    DebugRedirect,
    /// The row of that number less, counted from zero.
    RemoveRedirect(usize),
    /// The rights that fit what was typed.
    Search,
}

impl Wish {
    /// What the field `do` names.
    pub(super) fn named(text: &str) -> Self {
        match text.split_once(' ').unwrap_or((text, "")) {
            ("add-redirect", _) => Self::AddRedirect,
            ("debug-redirect", _) => Self::DebugRedirect,
            ("remove-redirect", place) => place.parse().map_or(Self::Save, Self::RemoveRedirect),
            ("search", _) => Self::Search,
            _ => Self::Save,
        }
    }
}

/// The form as it was filled in.
#[derive(Debug, Clone)]
pub(super) struct ClientForm {
    pub(super) name: String,
    pub(super) email: String,
    /// Whether the one platform there is was chosen.
    pub(super) is_web: bool,
    /// At least one row, which may be empty.
    pub(super) redirect_uris: Vec<String>,
    pub(super) scopes: OAuthScopes,
    /// What was typed to find a right.
    pub(super) query: String,
    /// The row that the cursor is put into.
    pub(super) focus: Option<usize>,
}

impl ClientForm {
    /// An empty one: people write to the address the account has.
    pub(super) fn empty(email: &str) -> Self {
        Self {
            name: String::new(),
            email: email.to_owned(),
            is_web: true,
            redirect_uris: vec![String::new()],
            scopes: OAuthScopes::default(),
            query: String::new(),
            focus: None,
        }
    }

    /// One filled in with what an application has.
    pub(super) fn of(client: &Client) -> Self {
        let profile = &client.profile;
        Self {
            name: profile.name.to_string(),
            redirect_uris: profile.redirect_uris.iter().map(ToString::to_string).collect(),
            scopes: profile.scopes,
            ..Self::empty(profile.email.as_str())
        }
    }

    /// What was sent.
    pub(super) fn read(fields: &Fields) -> Self {
        // One more than there may be is enough to say so.
        let mut redirect_uris: Vec<_> =
            fields.all("redirect_uri").take(MAX_REDIRECT_URIS + 1).map(str::to_owned).collect();
        if redirect_uris.is_empty() {
            redirect_uris.push(String::new());
        }
        Self {
            name: fields.one("name").to_owned(),
            email: fields.one("email").to_owned(),
            is_web: fields.one("platform") == "web",
            redirect_uris,
            scopes: fields.all("scope").filter_map(|scope| scope.parse().ok()).collect(),
            query: fields.one("query").to_owned(),
            focus: None,
        }
    }

    /// The form after a button that only changes the form.
    pub(super) fn after(mut self, wish: Wish, service: &Service) -> Self {
        match wish {
            Wish::Save | Wish::Search => {}
            Wish::AddRedirect => {
                self.redirect_uris.push(String::new());
                self.focus = Some(self.redirect_uris.len() - 1);
            }
            Wish::DebugRedirect => self.put_debug_redirect(service.verification_code_uri().to_string()),
            Wish::RemoveRedirect(place) => {
                if self.redirect_uris.len() > 1 && place < self.redirect_uris.len() {
                    self.redirect_uris.remove(place);
                }
                self.focus = Some(place.min(self.redirect_uris.len() - 1));
            }
        }
        self
    }

    fn put_debug_redirect(&mut self, own: String) {
        let present = self.redirect_uris.iter().position(|uri| *uri == own);
        let place = present.or_else(|| self.redirect_uris.iter().position(String::is_empty));
        let place = place.unwrap_or_else(|| {
            self.redirect_uris.push(String::new());
            self.redirect_uris.len() - 1
        });
        self.redirect_uris[place] = own;
        self.focus = Some(place);
    }

    /// Whether nothing was chosen yet but something was typed to find it: whoever presses Enter there searches.
    pub(super) fn means_search(&self) -> bool {
        self.scopes.is_empty() && !self.query.is_empty()
    }

    /// The profile, or what is wrong with which field.
    pub(super) fn judge(
        &self,
        visit: &Visit,
        kind: ClientKind,
        before: Option<&Client>,
    ) -> Result<ClientProfile, Problems> {
        let mut problems = visit.no_problems();
        let name = Name::new(&self.name)
            .map_err(|invalid| problems.add("name", names::problem(visit, &invalid)))
            .ok();
        let redirect_uris = self.judge_redirect_uris(visit, kind, &mut problems);
        self.judge_scopes(visit, kind, &mut problems);
        let email =
            self.email.parse().map_err(|_| problems.add("email", visit.t("application-error-email"))).ok();
        match (name, email, problems.is_empty()) {
            (Some(name), Some(email), true) => Ok(ClientProfile {
                name,
                email,
                grant_types: grant_types(&visit.web.service, &redirect_uris, before),
                redirect_uris,
                scopes: self.scopes,
                ignores_redirect_query: before.is_some_and(|before| before.profile.ignores_redirect_query),
            }),
            _ => Err(problems),
        }
    }

    fn judge_redirect_uris(
        &self,
        visit: &Visit,
        kind: ClientKind,
        problems: &mut Problems,
    ) -> Vec<RedirectUri> {
        let service = &visit.web.service;
        if kind == ClientKind::Api {
            return vec![service.verification_code_uri()];
        }
        if !self.is_web {
            problems.add("platform", visit.t("application-error-platform"));
        }
        let mut accepted: Vec<RedirectUri> = Vec::new();
        for (place, text) in self.redirect_uris.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            match service.read_redirect_uri(text) {
                Ok(uri) if accepted.contains(&uri) => {
                    problems.add(redirect_field(place), visit.t("application-error-redirect-twice"));
                }
                Ok(uri) => accepted.push(uri),
                Err(invalid) => problems.add(redirect_field(place), visit.t(redirect_problem(invalid))),
            }
        }
        if self.redirect_uris.iter().all(String::is_empty) {
            problems.add(redirect_field(0), visit.t("application-error-redirect-missing"));
        }
        if accepted.len() > MAX_REDIRECT_URIS {
            let text = visit.t("application-error-redirect-too-many").with("max", MAX_REDIRECT_URIS);
            problems.add(redirect_field(MAX_REDIRECT_URIS), text);
        }
        accepted
    }

    fn judge_scopes(&self, visit: &Visit, kind: ClientKind, problems: &mut Problems) {
        let mut groups: Vec<_> = self.scopes.iter().map(OAuthScope::group).collect();
        groups.dedup();
        let message = if groups.is_empty() {
            visit.t("application-error-rights-missing")
        } else if kind == ClientKind::Api && groups.contains(&"login") {
            visit.t("application-error-rights-login")
        } else if kind == ClientKind::Id && groups.len() > MAX_SCOPE_GROUPS {
            visit.t("application-error-rights-groups").with("max", MAX_SCOPE_GROUPS)
        } else {
            return;
        };
        problems.add("rights", message);
    }

    /// The rights to offer: those that fit what was typed, and those chosen.
    pub(super) fn offered(&self) -> OAuthScopes {
        OAuthScopes::from_bits(rights::search(&self.query).bits() | self.scopes.bits())
    }
}

/// The id of the field for the redirect URI at that place.
pub(super) fn redirect_field(place: usize) -> String {
    format!("redirect-{place}")
}

/// An owner who chose no ways to a token keeps having those that go with the redirect URIs.
fn grant_types(
    service: &Service,
    redirect_uris: &[RedirectUri],
    before: Option<&Client>,
) -> Vec<mp_domain::client::GrantType> {
    let usual = service.default_grant_types(redirect_uris);
    let Some(before) = before.map(|before| &before.profile) else { return usual };
    let chosen = before.grant_types != service.default_grant_types(&before.redirect_uris);
    if chosen { before.grant_types.clone() } else { usual }
}

fn redirect_problem(invalid: InvalidRedirectUri) -> &'static str {
    match invalid {
        InvalidRedirectUri::Unreadable => "application-error-redirect-unreadable",
        InvalidRedirectUri::TooLong => "application-error-redirect-too-long",
        InvalidRedirectUri::Fragment => "application-error-redirect-fragment",
        InvalidRedirectUri::UserInfo => "application-error-redirect-user-info",
        InvalidRedirectUri::Scheme => "application-error-redirect-scheme",
        InvalidRedirectUri::Unencrypted => "application-error-redirect-unencrypted",
        InvalidRedirectUri::AmbiguousPath => "application-error-redirect-path",
        InvalidRedirectUri::Host => "application-error-redirect-host",
    }
}
