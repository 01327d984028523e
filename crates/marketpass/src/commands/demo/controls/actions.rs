//! What each control does.
//!
//! Owns their bodies and answers. Must never change anything behind the back of a use case that there is for it.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use http::StatusCode;
use mp_domain::business::Subscription;
use mp_domain::campaign::Availability;
use mp_domain::event::Actor;
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::limit_entity::LimitEntity;
use mp_domain::operation::{ANSWERED_HERE, Operation};
use mp_domain::seller_kind::SellerKind;
use mp_domain::time::{Clock, Timestamp, parse_duration};
use mp_service::Ended;
use mp_service::businesses::BusinessEdit;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Controls, Refused, read};

type Done = Result<Json<Value>, Refused>;

/// Where the clock may stand: windows of limits have a number of seconds that ends in 2106.
const FIRST: Timestamp = Timestamp::from_seconds(946_684_800);
const LAST: Timestamp = Timestamp::from_seconds(4_102_444_800);
/// More calls than anybody makes.
const MOST_TIMES: u32 = 1_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    advance: Option<String>,
    set: Option<String>,
}

pub(super) async fn clock(State(controls): State<Arc<Controls>>, body: Bytes) -> Done {
    let moment = match read("clock", &body)? {
        Move { advance: Some(span), set: None } => {
            controls.clock.now().plus(parse_duration(&span).map_err(sentence)?)
        }
        Move { advance: None, set: Some(moment) } => moment.parse().map_err(sentence)?,
        _ => {
            return Err(Refused::new(
                "the body says neither or both of advance and set: for example {\"advance\":\"1h\"}",
            ));
        }
    };
    if !(FIRST..=LAST).contains(&moment) {
        return Err(Refused::new(format!("the clock goes from {FIRST} to {LAST}: {moment} is outside")));
    }
    controls.clock.set(moment);
    controls.stage.catch_up().await;
    Ok(Json(json!({"now": controls.clock.now()})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Leave {
    operation: String,
    entity: Option<Entity>,
    #[serde(default)]
    remaining: u32,
}

/// Counted for whom.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Entity {
    Campaign(CampaignId),
    Business(BusinessId),
    Account(String),
}

pub(super) async fn limit(State(controls): State<Arc<Controls>>, body: Bytes) -> Done {
    let Leave { operation, entity, remaining } = read("limit", &body)?;
    let operation = controls.operation(&operation)?;
    let entity = controls.entity(operation, entity).await?;
    let budget = controls.stage.leave(operation, entity, remaining);
    let budget = budget.ok_or_else(|| Refused::new(format!("{} has no limit", operation.id)))?;
    let until = Timestamp::from_seconds(budget.until.seconds().into());
    Ok(Json(json!({
        "operation": operation.id, "limit": budget.limit, "remaining": budget.remaining, "until": until,
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    campaign: Option<CampaignId>,
    availability: String,
}

pub(super) async fn campaign(State(controls): State<Arc<Controls>>, body: Bytes) -> Done {
    let Switch { campaign, availability } = read("campaign", &body)?;
    let campaign = controls.campaign(campaign)?;
    let availability: Availability = availability.parse().map_err(sentence)?;
    let switched = controls.service.set_campaign_availability(Actor::Operator, campaign, availability);
    let switched = switched.await.map_err(sentence)?;
    Ok(Json(json!({"campaign": switched.id, "availability": switched.availability})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cabinet {
    subscription: Option<String>,
    kind: Option<String>,
}

pub(super) async fn business(State(controls): State<Arc<Controls>>, body: Bytes) -> Done {
    let Cabinet { subscription, kind } = read("business", &body)?;
    let edit = BusinessEdit {
        name: None,
        subscription: subscription.map(|text| text.parse()).transpose().map_err(sentence)?,
        kind: kind.map(|text| text.parse()).transpose().map_err(sentence)?,
    };
    let edited = controls.service.edit_business(Actor::Operator, controls.business, edit);
    let edited = edited.await.map_err(sentence)?;
    Ok(Json(json!({"business": edited.id, "subscription": edited.subscription, "kind": edited.kind})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Force {
    operation: String,
    status: u16,
    #[serde(default = "once")]
    times: u32,
}

fn once() -> u32 {
    1
}

pub(super) async fn force(State(controls): State<Arc<Controls>>, body: Bytes) -> Done {
    let Force { operation, status, times } = read("force", &body)?;
    let operation = controls.operation(&operation)?;
    if times > MOST_TIMES {
        return Err(Refused::new(format!("times is {times}: at most {MOST_TIMES} calls can be forced")));
    }
    match status {
        420 if operation.limit.is_none() => {
            return Err(Refused::new(format!("{} has no limit that could be used up", operation.id)));
        }
        420 => controls.stage.refuse(operation, times),
        400..=599 if ANSWERED_HERE.iter().any(|own| own.id == operation.id) => {
            return Err(Refused::new(format!(
                "{} is answered by marketpass itself: of it only 420 can be forced",
                operation.id
            )));
        }
        400..=599 => {
            let status = StatusCode::from_u16(status).expect("three digits are a status");
            controls.forced.set(operation, status, times);
        }
        _ => return Err(Refused::new(format!("status is {status}: one from 400 to 599 is expected"))),
    }
    Ok(Json(json!({"operation": operation.id, "status": status, "times": times})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revoke {
    token: String,
}

pub(super) async fn revoke(State(controls): State<Arc<Controls>>, body: Bytes) -> Done {
    let Revoke { token } = read("revoke", &body)?;
    let ended = controls.stage.end(&token).ok_or_else(|| Refused {
        status: StatusCode::NOT_FOUND,
        sentence: "no key and no OAuth token is that: send one as it was printed at the start".to_owned(),
    })?;
    Ok(Json(json!({"ended": match ended { Ended::Key => "key", Ended::Token => "token" }})))
}

pub(super) async fn reset(State(controls): State<Arc<Controls>>) -> Done {
    controls.clock.reset();
    controls.stage.reset();
    controls.forced.clear();
    for id in &controls.campaigns {
        let switched =
            controls.service.set_campaign_availability(Actor::Operator, *id, Availability::Available);
        switched.await.map_err(sentence)?;
    }
    let edit = BusinessEdit {
        name: None,
        subscription: Some(Subscription::default()),
        kind: Some(SellerKind::default()),
    };
    controls.service.edit_business(Actor::Operator, controls.business, edit).await.map_err(sentence)?;
    Ok(Json(json!({"now": controls.clock.now()})))
}

fn sentence(error: impl std::fmt::Display) -> Refused {
    Refused::new(error.to_string())
}

impl Controls {
    fn operation(&self, id: &str) -> Result<&'static Operation, Refused> {
        self.enforcer.catalog().find(id).ok_or_else(|| Refused {
            status: StatusCode::NOT_FOUND,
            sentence: format!(
                "there is no operation {id}: name one by its operationId, for example getPrices"
            ),
        })
    }

    fn campaign(&self, named: Option<CampaignId>) -> Result<CampaignId, Refused> {
        let id = named.unwrap_or(self.campaigns[0]);
        if self.campaigns.contains(&id) {
            return Ok(id);
        }
        let known = self.campaigns.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
        Err(Refused::new(format!("there is no campaign {id}: the demonstration has {known}")))
    }

    /// For whom an operation is counted: what its path names, else the cabinet of a key or the person of a token.
    async fn entity(&self, operation: &Operation, named: Option<Entity>) -> Result<LimitEntity, Refused> {
        let of_campaign = operation.template.contains("{campaignId}");
        let of_business = operation.template.contains("{businessId}");
        match named {
            None if of_campaign => Ok(LimitEntity::Campaign(self.campaigns[0])),
            None => Ok(self.business.into()),
            Some(Entity::Campaign(id)) if of_campaign => self.campaign(Some(id)).map(LimitEntity::Campaign),
            Some(Entity::Business(id)) if !of_campaign && id == self.business => Ok(id.into()),
            Some(Entity::Business(id)) if !of_campaign => Err(Refused::new(format!(
                "there is no business {id}: the demonstration has {}",
                self.business
            ))),
            Some(Entity::Account(login)) if !of_campaign && !of_business => {
                let login = login.parse().map_err(sentence)?;
                let account = self.service.owner_named(&login).await.map_err(sentence)?;
                Ok(LimitEntity::Account(account.into()))
            }
            Some(_) => {
                let whom = match (of_campaign, of_business) {
                    (true, _) => "a store: {\"campaign\":ID}",
                    (_, true) => "the cabinet: {\"business\":ID}",
                    _ => {
                        "the cabinet of a key, {\"business\":ID}, or the person of a token, {\"account\":LOGIN}"
                    }
                };
                Err(Refused::new(format!("{} is counted for {whom}", operation.id)))
            }
        }
    }
}
