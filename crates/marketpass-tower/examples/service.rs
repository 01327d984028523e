//! A service of its own behind the layer:
//!
//!     marketpass serve
//!     MARKETPASS_SECRET=$(marketpass gateway secret) cargo run -p marketpass-tower --example service
//!     curl -H "Api-Key: $KEY" http://127.0.0.1:9000/v2/delivery/services

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::{Extension, Json, Router};
use marketpass_tower::{BusinessId, Gate, GateOptions, Identity, Operation};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = std::env::var("MARKETPASS_URL").unwrap_or_else(|_| "http://127.0.0.1:8080".to_owned());
    let secret = std::env::var("MARKETPASS_SECRET")
        .map_err(|_| "MARKETPASS_SECRET is missing: `marketpass gateway secret` prints it")?;
    let options = GateOptions::new(&server, secret)?.name("example").client_address(|head| {
        // Nobody stands in front of this service: whoever is connected is the caller.
        head.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip())
    });
    let gate = Gate::connect(options);
    let service = Router::new().fallback(answer).layer(gate.layer());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:9000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, service.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}

/// Only requests that may pass come here.
async fn answer(
    Extension(identity): Extension<Identity>,
    Extension(operation): Extension<&'static Operation>,
) -> Json<Value> {
    let business = identity.business.map(BusinessId::number);
    Json(json!({"status": "OK", "result": {"operation": operation.id, "business": business}}))
}
