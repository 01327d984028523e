//! Whose address counts behind a proxy (product.md §1, `trusted_proxies`).

use mp_domain::api_key::KeyGrant;
use mp_domain::network::Networks;

use crate::world::{World, grant, plain, routed};

/// The statuses, on both ways, of a key that may only be used from 203.0.113.0/24.
async fn statuses(world: &World, headers: &str) -> [u16; 2] {
    let networks = Networks::new(vec!["203.0.113.0/24".parse().unwrap()]);
    let issued = world.key_with(KeyGrant { networks, ..grant(&format!("bound {}", headers.len())) }).await;
    let with = |request: String| request.replace("Host: x\r\n", &format!("Host: x\r\n{headers}"));
    let (plain, routed) = (with(plain(issued.token.expose())), with(routed(issued.token.expose())));
    [world.ask(plain).await.status, world.ask(routed).await.status]
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_believed_by_default() {
    let world = World::new().await;
    assert_eq!(statuses(&world, "X-Forwarded-For: 203.0.113.9\r\n").await, [403; 2]);
    assert_eq!(statuses(&world, "Forwarded: for=203.0.113.9\r\n").await, [403; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_is_believed_up_to_the_first_stranger() {
    let world = World::behind(&["127.0.0.0/8", "10.0.0.0/8"]).await;
    assert_eq!(statuses(&world, "X-Forwarded-For: 203.0.113.9\r\n").await, [200; 2]);
    assert_eq!(statuses(&world, "Forwarded: for=\"203.0.113.9:80\";proto=https\r\n").await, [200; 2]);
    assert_eq!(statuses(&world, "X-Forwarded-For: 203.0.113.9, 10.1.1.1\r\n").await, [200; 2]);
    assert_eq!(statuses(&world, "X-Forwarded-For: 203.0.113.9, 198.51.100.1\r\n").await, [403; 2]);
    let two_lines = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 198.51.100.1, 10.1.1.1\r\n";
    assert_eq!(statuses(&world, two_lines).await, [403; 2]);
    assert_eq!(statuses(&world, "").await, [403; 2], "the proxy itself is outside");
}
