//! The picture of an application.

use askama::Template;
use mp_domain::client::Client;
use mp_domain::ids::ClientId;

use super::part;

/// The icon, or the first letter of the name where there is none. Says nothing by itself: the name stands beside it.
#[derive(Template)]
#[template(path = "components/client_icon.html")]
pub(crate) struct ClientIcon {
    id: Option<ClientId>,
    letter: String,
}
part!(ClientIcon);

impl ClientIcon {
    pub(crate) fn new(client: &Client) -> Self {
        let letter = client.profile.name.as_str().chars().next().unwrap_or(' ');
        Self { id: client.icon.as_ref().map(|_| client.id), letter: letter.to_uppercase().collect() }
    }
}
