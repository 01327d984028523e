//! `/account/sign-up`: an account for whoever may make one.
//!
//! Owns the form, with or without an invitation. Must never make an account on a GET.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use mp_domain::account::{Email, Login};
use mp_domain::name::Name;
use mp_domain::secret::PlainSecret;
use mp_service::SignUp;
use mp_service::accounts::NewAccount;
use mp_service::sign_up::SignUpError;
use serde::Deserialize;

use crate::components::{Field, Problems};
use crate::errors::PageError;
use crate::pages::{Answer, go_to, keeping, refusal, show, show_again, show_again_after};
use crate::texts::Text;
use crate::visit::Visit;
use crate::web::Web;

/// The page's parameter, which its form repeats.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Arrival {
    invitation: Option<String>,
}

/// The form's fields.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Wishes {
    name: String,
    login: String,
    email: String,
    password: String,
    invitation: Option<String>,
}

#[derive(Template)]
#[template(path = "sign-up.html")]
struct SignUpPage<'a> {
    visit: &'a Visit,
    problems: Problems,
    name: Field,
    login: Field,
    /// What to fill in; the address of an invitation stands fast.
    email: Option<Field>,
    invited: Option<&'a Email>,
    password: Field,
    invitation: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "sign-up-closed.html")]
struct ClosedPage<'a> {
    visit: &'a Visit,
    why: Text<'static>,
}

/// `GET /account/sign-up`
pub(crate) async fn form(visit: Visit, State(web): State<Web>, Query(arrival): Query<Arrival>) -> Answer {
    let wishes =
        Wishes { invitation: arrival.invitation.filter(|text| !text.is_empty()), ..Wishes::default() };
    page(&visit, &web, &wishes, Problems::default()).await
}

/// `POST /account/sign-up`
pub(crate) async fn sign_up(visit: Visit, State(web): State<Web>, Form(mut wishes): Form<Wishes>) -> Answer {
    wishes.invitation = wishes.invitation.filter(|text| !text.is_empty());
    if let Some(email) = invited(&web, &wishes).await? {
        email.as_str().clone_into(&mut wishes.email);
    }
    let mut problems = Problems::none(visit.t("error-summary"));
    if let Some(new) = read(&visit, &mut wishes, &mut problems) {
        match web.service.sign_up(&visit.browser(), new, wishes.invitation.as_deref()).await {
            Ok(cookies) => return Ok(keeping(&web, &cookies, go_to("/account")?)),
            Err(error) => explain(&visit, &mut problems, error)?,
        }
    }
    page(&visit, &web, &wishes, problems).await
}

/// The address that the invitation is for.
async fn invited(web: &Web, wishes: &Wishes) -> Result<Option<Email>, PageError> {
    match &wishes.invitation {
        Some(invitation) => Ok(web.service.invited_email(invitation).await?),
        None => Ok(None),
    }
}

fn read(visit: &Visit, wishes: &mut Wishes, problems: &mut Problems) -> Option<NewAccount> {
    let name = match wishes.name.trim() {
        "" => Ok(None),
        text => Name::new(text).map(Some),
    };
    let (login, email) = (wishes.login.trim().parse::<Login>(), wishes.email.trim().parse::<Email>());
    if name.is_err() {
        problems.add("name", visit.t("problem-name"));
    }
    if login.is_err() {
        problems.add("login", visit.t("problem-login"));
    }
    if email.is_err() {
        problems.add("email", visit.t("problem-email"));
    }
    let password = PlainSecret::new(std::mem::take(&mut wishes.password));
    Some(NewAccount { name: name.ok()?, login: login.ok()?, email: email.ok()?, password })
}

async fn page(visit: &Visit, web: &Web, wishes: &Wishes, problems: Problems) -> Answer {
    let invited = invited(web, wishes).await?;
    if let Some(why) =
        closed(visit, web.service.sign_up_policy(), wishes.invitation.is_some(), invited.is_some())
    {
        return show_again(&ClosedPage { visit, why });
    }
    let is_first = problems.is_empty();
    let page = SignUpPage::new(visit, wishes, invited.as_ref(), problems);
    if is_first { show(&page) } else { show_again_after(&page, page.problems.wait()) }
}

/// Why this person cannot register here, if so.
fn closed(visit: &Visit, policy: SignUp, has_invitation: bool, is_invited: bool) -> Option<Text<'static>> {
    match policy {
        SignUp::Closed => Some(visit.t("sign-up-closed")),
        _ if has_invitation && !is_invited => Some(visit.t("sign-up-invitation-over")),
        SignUp::Invitation if !has_invitation => Some(visit.t("sign-up-by-invitation")),
        SignUp::Invitation | SignUp::Open => None,
    }
}

impl<'a> SignUpPage<'a> {
    fn new(visit: &'a Visit, wishes: &'a Wishes, invited: Option<&'a Email>, problems: Problems) -> Self {
        let name =
            Field::text("name", visit.t("sign-up-name")).optional().autocomplete("name").max_length(100);
        let login = Field::text("login", visit.t("sign-up-login")).autocomplete("username").max_length(64);
        let email = Field::email("email", visit.t("account-email")).hint(visit.t("sign-up-email-hint"));
        let password = Field::password("password", visit.t("sign-in-password"), "new-password");
        Self {
            visit,
            name: name.hint(visit.t("sign-up-name-hint")).value(&wishes.name).judged(&problems).focused(),
            login: login.hint(visit.t("sign-up-login-hint")).value(&wishes.login).judged(&problems),
            email: invited.is_none().then(|| email.value(&wishes.email).judged(&problems)),
            invited,
            password: password.hint(visit.t("password-hint")).judged(&problems),
            problems,
            invitation: wishes.invitation.as_deref(),
        }
    }

    /// This page as the link of the invitation opened it.
    fn here(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.invitation.map(|invitation| ("invitation", invitation)));
        format!("/account/sign-up?{}", query.finish())
    }
}

fn explain(visit: &Visit, problems: &mut Problems, error: SignUpError) -> Result<(), PageError> {
    match error {
        // The page itself says so.
        SignUpError::Closed | SignUpError::InvitationNeeded | SignUpError::InvitationOver => {}
        SignUpError::LoginTaken(login) => {
            problems.add("login", visit.t("problem-login-taken").with("login", login.to_string()));
        }
        SignUpError::LoginLikeAddress => problems.add("login", visit.t("problem-login-address")),
        SignUpError::Password(why) => problems.add("password", refusal::password(visit, why)),
        SignUpError::TooManyAttempts { retry_after } => {
            refusal::add_too_many(visit, problems, retry_after);
        }
        SignUpError::Busy => problems.add("", refusal::busy(visit)),
        SignUpError::Store(error) => return Err(error.into()),
    }
    Ok(())
}
