//! What a newcomer reads: where everything is, what opens it, and lines to paste into another terminal.
//!
//! Owns the order in which it is told. Must never print a line that a test does not run.

use std::fmt::Write;
use std::path::Path;

use mp_domain::authorization::{AuthorizationParameters, Parameter};
use mp_domain::ids::ClientId;
use mp_oauth::authorization_request;

use super::cabinet::{DemoAccount, DemoKey};
use super::{Demonstration, LETTERS};
use crate::output::{Column, joined, table};

/// What an application asks for that wants a token at once.
fn question(client: ClientId) -> AuthorizationParameters {
    let asking = AuthorizationParameters::default().with(Parameter::ResponseType, "token");
    asking.with(Parameter::ClientId, &client.to_string())
}

impl Demonstration {
    /// All of it.
    pub(super) fn tour(&self, folder: &Path) -> String {
        let cabinet = &self.cabinet;
        let accounts = [
            Column("LOGIN", |account: &DemoAccount| account.login.to_string()),
            Column("PASSWORD", |account| account.password.expose().to_owned()),
            Column("ROLE", |account| account.role.to_string()),
        ];
        let keys = [
            Column("KEY", |key: &DemoKey| key.name.to_string()),
            Column("ACCESSES", |key| joined(key.scopes.iter())),
            Column("TOKEN", |key| key.token.expose().to_owned()),
        ];
        format!(
            "marketpass demonstration in {folder}, for this machine alone, gone when you stop it.\n\n\
             Pages       {base}\nSeller API  {api}, every operation, answered by a stub behind the gate\n\
             Operations  {ops}\nControls    {controls}\nLetters     {letters}\n\n\
             Business {business} with the campaigns {campaigns}\n\n{accounts}\n{keys}\n\
             Application {client}\nIts token of the owner: {token}\nThe same one, in a browser:\n  {base}/authorize?{question}\n\n\
             {commands}\nStop with Ctrl-C.\n",
            folder = folder.display(),
            letters = folder.join(LETTERS).display(),
            api = self.api_url,
            base = self.base_url,
            ops = self.ops_url,
            controls = self.controls_url,
            business = cabinet.business_id,
            campaigns = joined(&cabinet.campaign_ids),
            accounts = table(&cabinet.accounts, &accounts),
            keys = table(&cabinet.keys, &keys),
            client = cabinet.client_id,
            token = cabinet.oauth_token.expose(),
            question = authorization_request::print(&question(cabinet.client_id)),
            commands = self.commands(),
        )
    }

    fn commands(&self) -> String {
        let Self { api_url, ops_url, controls_url, .. } = self;
        let [full, _, prices, month] = &self.cabinet.keys[..] else { return String::new() };
        let [full, prices, month] =
            [full, prices, month].map(|key| format!("-H 'Api-Key: {}'", key.token.expose()));
        let unknown = format!("-H 'Api-Key: {}'", self.unknown.expose());
        let token = format!("-H 'Authorization: Bearer {}'", self.cabinet.oauth_token.expose());
        let store = format!("{api_url}/v2/campaigns/{}", self.cabinet.campaign_ids[0]);
        let steps = [
            ("What is this key?", vec![format!("-i -X POST {full} {api_url}/v2/auth/token")]),
            ("And one that nobody knows?", vec![format!("-i -X POST {unknown} {api_url}/v2/auth/token")]),
            ("What does the OAuth token reach?", vec![format!("-i {token} {api_url}/v2/campaigns")]),
            (
                "Fifty prices of a store, each a point of its limit:",
                vec![format!("-i {prices} -H 'X-Stub-Items: 50' {store}/offer-prices")],
            ),
            ("Orders are not for a key with that access:", vec![format!("-i {prices} {store}/orders")]),
            (
                "Use a limit up, and see 420:",
                vec![
                    format!("-d '{{\"operation\":\"getCampaigns\",\"remaining\":0}}' {controls_url}/limit"),
                    format!("-i {full} {api_url}/v2/campaigns"),
                ],
            ),
            (
                "Let 31 days pass, and the last key has expired:",
                vec![
                    format!("-d '{{\"advance\":\"31d\"}}' {controls_url}/clock"),
                    format!("-i -X POST {month} {api_url}/v2/auth/token"),
                ],
            ),
            (
                "Back to the beginning, and what else can be moved:",
                vec![format!("-X POST {controls_url}/reset"), controls_url.clone()],
            ),
            ("How is the server?", vec![format!("{ops_url}/readyz"), format!("{ops_url}/metrics")]),
        ];
        let mut text = String::new();
        for (title, lines) in steps {
            writeln!(text, "{title}").expect("a String takes everything");
            for line in lines {
                writeln!(text, "  curl {line}").expect("a String takes everything");
            }
        }
        text
    }
}
