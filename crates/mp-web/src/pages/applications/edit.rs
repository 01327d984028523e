//! The forms of an application: both for a new one, and the one for changes.

use askama::Template;
use mp_domain::client::{Client, ClientKind};
use mp_domain::event::Actor;
use mp_domain::secret::PlainSecret;
use mp_service::applications::{ClientError, IconChange, UnacceptableIcon};
use std::time::Duration;

use super::form::{ClientForm, Wish, redirect_field};
use super::links;
use crate::components::{ClientIcon, Copyable, Field, Notice, Problems, Secret, Time, Tone};
use crate::errors::PageError;
use crate::fields::{Fields, Upload};
use crate::owners::ClientOwner;
use crate::pages::{Answer, go_to, show, show_again};
use crate::rights::Right;
use crate::session::{AccountSession, FreshSession};
use crate::texts::Language;
use crate::visit::Visit;

/// A row for a redirect URI.
struct RedirectRow {
    field: String,
    label: String,
    remove: String,
    value: String,
    error: Option<String>,
    has_focus: bool,
}

/// A right that may be chosen.
struct OfferedRight {
    right: Right,
    /// What a script searches in: code and title in both languages.
    search_text: String,
    is_chosen: bool,
    is_hidden: bool,
}

#[derive(Template)]
#[template(path = "applications/form.html")]
struct FormPage {
    title: String,
    lead: Option<String>,
    action: String,
    cancel: String,
    submit: String,
    /// Whether it is the form with icon, platform and redirect URIs.
    is_full: bool,
    name: Field,
    email: Field,
    present_icon: Option<ClientIcon>,
    redirects: Vec<RedirectRow>,
    fixed_redirect: Option<String>,
    rights: Vec<OfferedRight>,
    /// What a search found, in words.
    searched: Option<String>,
    /// Before the rights of an application that has tokens are changed.
    warning: Option<Notice>,
    other_form: Option<(&'static str, String)>,
    problems: Problems,
    form: ClientForm,
    visit: Visit,
}

/// What the form is for.
enum Purpose<'a> {
    New(ClientKind),
    Edit(&'a Client),
}

impl Purpose<'_> {
    fn kind(&self) -> ClientKind {
        match self {
            Self::New(kind) => *kind,
            Self::Edit(client) => client.kind,
        }
    }
}

impl FormPage {
    fn new(visit: &Visit, purpose: &Purpose<'_>, form: ClientForm, problems: Problems) -> Self {
        let kind = purpose.kind();
        let name = Field::text("name", visit.t("application-name")).hint(visit.t("application-name-hint"));
        let email =
            Field::email("email", visit.t("application-email")).hint(visit.t("application-email-hint"));
        let (title, lead, action, cancel, submit) = heading(visit, purpose);
        let fixed = visit.web.service.verification_code_uri().to_string();
        let fixed = visit.t("application-redirect-fixed").with("uri", fixed).to_string();
        Self {
            title,
            lead,
            action,
            cancel,
            submit,
            is_full: kind == ClientKind::Id,
            name: name.value(&form.name).max_length(100).judged(&problems),
            email: email.value(&form.email).judged(&problems),
            present_icon: match purpose {
                Purpose::Edit(client) if client.icon.is_some() => Some(ClientIcon::new(client)),
                _ => None,
            },
            redirects: redirect_rows(visit, &form, &problems),
            fixed_redirect: (kind == ClientKind::Api).then_some(fixed),
            rights: offered_rights(visit, &form),
            searched: None,
            warning: match purpose {
                Purpose::Edit(_) => Some(Notice::new(Tone::Info, visit.t("application-rights-warning"))),
                Purpose::New(_) => None,
            },
            other_form: other_form(visit, purpose),
            problems,
            form,
            visit: visit.clone(),
        }
    }

    /// The form after a search for rights.
    fn searched(self) -> Self {
        let query = self.form.query.as_str();
        let count = crate::rights::search(query).iter().count();
        let searched = match count {
            0 => self.visit.t("application-rights-none-found").with("query", query),
            _ => self.visit.t("application-rights-found").with("count", count),
        };
        Self { searched: Some(searched.to_string()), ..self }
    }
}

fn heading(visit: &Visit, purpose: &Purpose<'_>) -> (String, Option<String>, String, String, String) {
    let said = |key| visit.t(key).to_string();
    match purpose {
        Purpose::New(ClientKind::Id) => (
            said("application-new-title"),
            Some(said("application-new-lead")),
            "/client/new/id".to_owned(),
            "/".to_owned(),
            said("applications-create"),
        ),
        Purpose::New(ClientKind::Api) => (
            said("application-new-api-title"),
            Some(said("application-new-api-lead")),
            "/client/new/api".to_owned(),
            "/".to_owned(),
            said("applications-create"),
        ),
        Purpose::Edit(client) => (
            visit.t("application-edit-title").with("name", client.profile.name.as_str()).to_string(),
            None,
            format!("/client/{}/edit", client.id),
            format!("/client/{}", client.id),
            said("application-edit-action"),
        ),
    }
}

fn other_form(visit: &Visit, purpose: &Purpose<'_>) -> Option<(&'static str, String)> {
    match purpose {
        Purpose::New(ClientKind::Id) => {
            Some(("/client/new/api", visit.t("application-new-to-api").to_string()))
        }
        Purpose::New(ClientKind::Api) => {
            Some(("/client/new/id", visit.t("application-new-to-id").to_string()))
        }
        Purpose::Edit(_) => None,
    }
}

fn redirect_rows(visit: &Visit, form: &ClientForm, problems: &Problems) -> Vec<RedirectRow> {
    let rows = form.redirect_uris.iter().enumerate();
    rows.map(|(place, value)| {
        let field = redirect_field(place);
        RedirectRow {
            label: visit.t("application-redirect-nth").with("number", place + 1).to_string(),
            remove: visit.t("application-redirect-remove").with("number", place + 1).to_string(),
            value: value.clone(),
            error: problems.of(&field).map(str::to_owned),
            has_focus: form.focus == Some(place),
            field,
        }
    })
    .collect()
}

fn offered_rights(visit: &Visit, form: &ClientForm) -> Vec<OfferedRight> {
    let offered = form.offered();
    let all = mp_domain::oauth_scope::OAuthScope::ALL.into_iter();
    all.map(|scope| {
        let titles = Language::ALL.map(|language| Right::new(language, scope).title);
        OfferedRight {
            right: Right::new(visit.language(), scope),
            search_text: format!("{scope} {}", titles.join(" ")),
            is_chosen: form.scopes.contains(scope),
            is_hidden: !offered.contains(scope),
        }
    })
    .collect()
}

/// `GET /client/new` and `GET /client/new/id`
pub(crate) async fn new_id(session: FreshSession, fields: Fields) -> Answer {
    new(&session, &fields, ClientKind::Id)
}

/// `GET /client/new/api`
pub(crate) async fn new_api(session: FreshSession, fields: Fields) -> Answer {
    new(&session, &fields, ClientKind::Api)
}

fn new(FreshSession { visit, who }: &FreshSession, fields: &Fields, kind: ClientKind) -> Answer {
    let blank = || ClientForm::empty(who.account.email.as_str());
    let form = if fields.is_empty() { blank() } else { ClientForm::read(fields) };
    show(&FormPage::new(visit, &Purpose::New(kind), form, visit.no_problems()))
}

/// `POST /client/new/id`
pub(crate) async fn create_id(session: AccountSession, fields: Fields) -> Answer {
    create(session, fields, ClientKind::Id).await
}

/// `POST /client/new/api`
pub(crate) async fn create_api(session: AccountSession, fields: Fields) -> Answer {
    create(session, fields, ClientKind::Api).await
}

async fn create(AccountSession { visit, who }: AccountSession, fields: Fields, kind: ClientKind) -> Answer {
    let purpose = Purpose::New(kind);
    let is_fresh = visit.web.service.is_fresh(&who.session);
    let confirmation = (!is_fresh).then(|| fields.confirmation(visit.path()));
    let (form, upload) = match sent(&visit, &purpose, fields) {
        Ok(sent) => sent,
        Err(answer) => return *answer,
    };
    let (profile, icon) = match judge(&visit, &form, &purpose, upload) {
        Ok(judged) => judged,
        Err(problems) => return show_again(&FormPage::new(&visit, &purpose, form, problems)),
    };
    if let Some(confirmation) = confirmation {
        return Err(confirmation);
    }
    let (owner, service) = (who.account.id, &visit.web.service);
    // A form sent twice makes one application: the second has a name that is taken.
    match service.register_client(Actor::Account(owner), owner, kind, profile, icon, false).await {
        Ok((client, secret)) => show(&SecretPage::created(&visit, &client, secret.as_ref())),
        Err(error) => show_again(&FormPage::new(&visit, &purpose, form, refused(&visit, error)?)),
    }
}

/// `GET /client/{client_id}/edit`
pub(crate) async fn edit(ClientOwner { visit, client }: ClientOwner) -> Answer {
    show(&FormPage::new(&visit, &Purpose::Edit(&client), ClientForm::of(&client), visit.no_problems()))
}

/// `POST /client/{client_id}/edit`
pub(crate) async fn save(owner: ClientOwner, fields: Fields) -> Answer {
    let ClientOwner { visit, client } = &owner;
    let (purpose, removes_icon) = (Purpose::Edit(client), fields.has("remove-icon"));
    let (form, upload) = match sent(visit, &purpose, fields) {
        Ok(sent) => sent,
        Err(answer) => return *answer,
    };
    let (profile, icon) = match judge(visit, &form, &purpose, upload) {
        Ok(judged) => judged,
        Err(problems) => return show_again(&FormPage::new(visit, &purpose, form, problems)),
    };
    let icon = match icon {
        Some(icon) => IconChange::Replace(icon),
        None if removes_icon => IconChange::Remove,
        None => IconChange::Keep,
    };
    match visit.web.service.edit_client(owner.actor(), client.id, profile, icon).await {
        Ok(_) => go_to(&format!("/client/{}", client.id)),
        Err(error) => show_again(&FormPage::new(visit, &purpose, form, refused(visit, error)?)),
    }
}

/// The form that is to be judged, with the file; the answer, if a button was pressed that only changes the form.
fn sent(visit: &Visit, purpose: &Purpose<'_>, fields: Fields) -> Result<(ClientForm, Upload), Box<Answer>> {
    let (wish, form) = (Wish::named(fields.one("do")), ClientForm::read(&fields));
    let is_search = wish == Wish::Search || (wish == Wish::Save && form.means_search());
    if wish == Wish::Save && !is_search {
        return Ok((form, fields.file));
    }
    let mut problems = visit.no_problems();
    if fields.file != Upload::Absent {
        problems.add("icon", visit.t("application-icon-again"));
    }
    let page = FormPage::new(visit, purpose, form.after(wish, &visit.web.service), problems);
    Err(Box::new(show(&if is_search { page.searched() } else { page })))
}

type Judged = (mp_domain::client::ClientProfile, Option<Vec<u8>>);

fn judge(
    visit: &Visit,
    form: &ClientForm,
    purpose: &Purpose<'_>,
    upload: Upload,
) -> Result<Judged, Problems> {
    let before = match purpose {
        Purpose::New(_) => None,
        Purpose::Edit(client) => Some(*client),
    };
    let judged = form.judge(visit, purpose.kind(), before);
    match (judged, upload) {
        (judged, Upload::TooLarge) => {
            let mut problems = judged.err().unwrap_or_else(|| visit.no_problems());
            problems.add("icon", visit.t("application-error-icon-size"));
            Err(problems)
        }
        (judged, Upload::Absent) => Ok((judged?, None)),
        (judged, Upload::File(bytes)) => Ok((judged?, Some(bytes))),
    }
}

/// What the service refused although the form was in order: a race, or a picture that cannot be read.
fn refused(visit: &Visit, error: ClientError) -> Result<Problems, PageError> {
    let mut problems = visit.no_problems();
    match error {
        ClientError::Icon(UnacceptableIcon::TooLarge) => {
            problems.add("icon", visit.t("application-error-icon-size"));
        }
        ClientError::NameTaken(name) => {
            problems.add("name", visit.t("application-error-name-taken").with("name", name.as_str()));
        }
        ClientError::Icon(_) => problems.add("icon", visit.t("application-error-icon")),
        ClientError::Unknown(_) | ClientError::NotOwner(_) => return Err(PageError::NotFound),
        other => return Err(other.into()),
    }
    Ok(problems)
}

/// A secret, shown this once.
#[derive(Template)]
#[template(path = "applications/secret.html")]
pub(super) struct SecretPage {
    title: String,
    lead: Option<String>,
    /// What becomes of the secret before, and when.
    overlap: Option<(String, Option<Time>)>,
    client_id: Copyable,
    secret: Option<Secret>,
    note: Option<String>,
    get_token: Option<Copyable>,
    client: Client,
    visit: Visit,
}

impl SecretPage {
    fn new(visit: &Visit, client: &Client, title: &'static str, secret: Option<&PlainSecret>) -> Self {
        let file = visit.t("application-secret-file").with("client", client.id.to_string()).to_string();
        let shown = |secret: &PlainSecret| {
            Secret::new(visit, visit.t("application-secret"), std::slice::from_ref(secret), &file)
        };
        Self {
            title: visit.t(title).with("name", client.profile.name.as_str()).to_string(),
            lead: None,
            overlap: None,
            client_id: Copyable::new(visit, visit.t("application-client-id"), client.id.to_string()),
            secret: secret.map(shown),
            note: None,
            get_token: None,
            client: client.clone(),
            visit: visit.clone(),
        }
    }

    fn created(visit: &Visit, client: &Client, secret: Option<&PlainSecret>) -> Self {
        let link = links::get_token(&visit.web.service, client);
        let label = visit.t("application-get-token-link");
        Self {
            lead: Some(visit.t("application-created-lead").to_string()),
            note: link.as_ref().map(|_| visit.t("application-secret-unneeded").to_string()),
            get_token: link.map(|url| Copyable::new(visit, label, url)),
            ..Self::new(visit, client, "application-created-title", secret)
        }
    }

    /// After a renewal: `overlap` is how long the secret before goes on working.
    pub(super) fn renewed(visit: &Visit, client: &Client, secret: &PlainSecret, overlap: Duration) -> Self {
        let said = if overlap.is_zero() {
            (visit.t("application-renewed-at-once").to_string(), None)
        } else {
            let until = Time::exact(visit, visit.now().plus(overlap));
            (visit.t("application-renewed-until").to_string(), Some(until))
        };
        Self { overlap: Some(said), ..Self::new(visit, client, "application-renewed-title", Some(secret)) }
    }
}
