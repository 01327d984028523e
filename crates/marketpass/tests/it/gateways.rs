//! nginx, Caddy, Traefik, HAProxy and Envoy as `docs/gateways.md` configures them, in front of a service.
//!
//! Owns which gateway is put to which test. Must never configure one itself.

mod answered;
mod callers;
mod marketpass;
mod page;
mod scene;
mod vectors;

use mp_testkit::gateway::Program;

use answered::ANSWERED;
use callers::Callers;
use marketpass::Marketpass;
use scene::{Scene, all};
use vectors::{Credential, Expected, ODD, VECTORS, Vector};

const ALL: [Program; 5] =
    [Program::Nginx, Program::Caddy, Program::Traefik, Program::HaProxy, Program::Envoy];

fn all_vectors_through(program: Program) {
    let marketpass = Marketpass::new();
    marketpass.spend();
    let scene = Scene::new(program, marketpass.port(), &marketpass.callers);
    for vector in VECTORS.iter().chain(ANSWERED) {
        scene.put_through(vector);
    }
}

#[test]
fn nginx_passes_on_what_marketpass_allows_and_nothing_else() {
    all_vectors_through(Program::Nginx);
}

#[test]
fn caddy_passes_on_what_marketpass_allows_and_nothing_else() {
    all_vectors_through(Program::Caddy);
}

#[test]
fn traefik_passes_on_what_marketpass_allows_and_nothing_else() {
    all_vectors_through(Program::Traefik);
}

#[test]
fn haproxy_passes_on_what_marketpass_allows_and_nothing_else() {
    all_vectors_through(Program::HaProxy);
}

#[test]
fn envoy_passes_on_what_marketpass_allows_and_nothing_else() {
    all_vectors_through(Program::Envoy);
}

#[test]
fn envoy_over_grpc_passes_on_what_marketpass_allows_and_nothing_else() {
    let marketpass = Marketpass::new();
    marketpass.spend();
    let scene = Scene::over_grpc([marketpass.port(), marketpass.grpc_port()], &marketpass.callers);
    for vector in VECTORS.iter().chain(ANSWERED) {
        scene.put_through(vector);
    }
}

#[test]
fn envoy_over_grpc_puts_nothing_where_there_is_no_one_cabinet() {
    let marketpass = Marketpass::new();
    let scene = Scene::over_grpc([marketpass.port(), marketpass.grpc_port()], &marketpass.callers);
    let all_warehouses = Vector {
        target: "/v2/warehouses",
        credential: Credential::Token,
        headers: &["X-Auth-Business: 1"],
        ..VECTORS[0]
    };
    assert_eq!(scene.send(&all_warehouses).unwrap().status, 200);
    let [request] = &scene.reached()[..] else { panic!("{}", scene.log()) };
    assert_eq!(request.all("x-auth-business"), [""]);
}

#[test]
fn envoy_over_grpc_refuses_while_marketpass_is_down() {
    let marketpass = Marketpass::new();
    let callers = Callers::anybody();
    let scene = Scene::over_grpc([marketpass.port(), marketpass.grpc_port()], &callers);
    assert_eq!(scene.send(&VECTORS[0]).unwrap().status, 401, "it asks: {}", scene.log());
    drop(marketpass);
    for vector in allowed_vectors() {
        scene.is_unavailable(vector, &[]);
    }
}

#[test]
fn every_gateway_refuses_while_marketpass_is_down() {
    for program in ALL {
        let marketpass = marketpass::allowing_everything();
        let callers = Callers::anybody();
        let scene = Scene::new(program, marketpass.address().port(), &callers);
        drop(marketpass);
        for vector in allowed_vectors() {
            scene.is_unavailable(vector, &[(Program::Traefik, 500, "")]);
        }
        scene.is_unavailable(&ANSWERED[0], &[(Program::Traefik, 502, "Bad Gateway")]);
    }
}

#[test]
fn every_gateway_says_so_while_the_service_is_down() {
    for program in ALL {
        let (marketpass, callers) = (marketpass::allowing_everything(), Callers::anybody());
        let mut scene = Scene::new(program, marketpass.address().port(), &callers);
        scene.end_service();
        for vector in allowed_vectors() {
            scene.is_unavailable(vector, &[(Program::Traefik, 502, "Bad Gateway")]);
        }
    }
}

#[test]
fn envoy_over_grpc_says_so_while_the_service_is_down() {
    let marketpass = Marketpass::new();
    let mut scene = Scene::over_grpc([marketpass.port(), marketpass.grpc_port()], &marketpass.callers);
    scene.end_service();
    for vector in allowed_vectors() {
        scene.is_unavailable(vector, &[]);
    }
}

/// A few: HAProxy takes its time before it gives up.
fn allowed_vectors() -> impl Iterator<Item = &'static Vector> {
    VECTORS.iter().filter(|vector| matches!(vector.expected, Expected::Allowed)).take(4)
}

/// Whatever marketpass refuses: here it allows everything, so that nothing of what a gateway does is hidden.
#[test]
fn every_gateway_asks_about_the_very_request_that_it_passes_on() {
    for program in ALL {
        let (marketpass, callers) = (marketpass::allowing_everything(), Callers::anybody());
        let scene = Scene::new(program, marketpass.address().port(), &callers);
        let _ = marketpass.take();
        let mut passed_on = 0;
        // Two requests on one connection would be told of in any order.
        for vector in
            VECTORS.iter().chain(ODD).chain(ANSWERED).filter(|vector| !vector.body.contains("HTTP/1.1"))
        {
            scene.send(vector);
            let (asked, reached) = (marketpass.take(), scene.reached());
            let (asked, answered): (Vec<_>, Vec<_>) =
                asked.into_iter().partition(|question| question.target.starts_with("/forward-auth/"));
            let described: Vec<_> = asked.iter().map(marketpass::described).collect();
            let done: Vec<_> = reached
                .iter()
                .map(|request| Some((request.method.clone(), request.target.clone())))
                .collect();
            passed_on += done.len();
            let context = format!("{program:?}: {} {}\n{}", vector.what, vector.target, scene.log());
            assert_eq!(described, done, "{context}");
            let is_answered = matches!(vector.expected, Expected::Answered(..));
            assert_eq!(answered.len(), usize::from(is_answered), "{context}");
            for request in answered {
                scene.is_for_marketpass(vector, &request, &context);
            }
        }
        assert!(passed_on > VECTORS.len() / 2, "{program:?} has let only {passed_on} through");
    }
}

/// As the page's table has it; here marketpass knows of a `Deprecation` alone.
#[test]
fn every_gateway_treats_an_end_of_the_services_own_as_the_page_says() {
    for program in ALL {
        let (marketpass, callers) = (marketpass::allowing_everything(), Callers::anybody());
        let scene = Scene::new(program, marketpass.address().port(), &callers);
        let told = |target| {
            let reply = scene.send(&Vector { target, ..VECTORS[0] }).unwrap();
            ["deprecation", "sunset"].map(|name| all(&reply, name).join(" and "))
        };
        assert_eq!(told("/a"), ["@1800230400", ""], "{program:?}: {}", scene.log());
        let expected = match program {
            Program::Nginx | Program::Envoy => ["@1800230400", ""],
            Program::Caddy | Program::HaProxy => ["@1800230400", "Thu, 01 Jan 1970 00:00:00 GMT"],
            Program::Traefik => ["@1800230400 and @1", "Thu, 01 Jan 1970 00:00:00 GMT"],
        };
        assert_eq!(told("/a?end=own"), expected, "{program:?}: {}", scene.log());
    }
}

#[test]
fn envoy_over_grpc_removes_an_end_of_the_services_own() {
    let marketpass = Marketpass::new();
    let scene = Scene::over_grpc([marketpass.port(), marketpass.grpc_port()], &marketpass.callers);
    let reply = scene.send(&Vector { target: "/v2/warehouses?end=own", ..VECTORS[0] }).unwrap();
    assert_eq!(reply.status, 200, "{}", scene.log());
    let told = ["deprecation", "sunset"].map(|name| all(&reply, name));
    assert_eq!(told, [[""; 0]; 2], "{}", scene.log());
}

/// As if a limit's window had ended in between.
#[test]
fn nginx_asks_for_a_refusal_again_and_passes_on_whatever_it_is() {
    let unavailable = r#"{"status":"ERROR","errors":[{"code":"SERVICE_UNAVAILABLE"}]}"#;
    let (marketpass, callers) = (marketpass::refusing_once(503, unavailable), Callers::anybody());
    let scene = Scene::new(Program::Nginx, marketpass.address().port(), &callers);
    let _ = marketpass.take();
    let reply = scene.send(&Vector { target: "/v2/warehouses?statuses=200", ..VECTORS[0] }).unwrap();
    assert_eq!((reply.status, reply.body.as_str()), (503, unavailable), "{}", scene.log());
    assert_eq!(scene.reached(), Vec::new());
    let asked = marketpass.take();
    let targets: Vec<_> = asked.iter().map(|question| question.target.as_str()).collect();
    assert_eq!(targets, ["/forward-auth/original?statuses=401,403", "/forward-auth/original?refused"]);
    assert_eq!(asked[0].all("traceparent"), [""; 0]);
    assert_eq!(asked[1].all("traceparent"), [marketpass::FIRST_TRACE], "by it the record finds the first");
}

#[test]
fn haproxy_refuses_when_its_lua_fails() {
    let (marketpass, callers) = (marketpass::allowing_everything(), Callers::anybody());
    let break_it = |text: String| text.replace("core.httpclient()", "nothing");
    let scene = Scene::changed(Program::HaProxy, marketpass.address().port(), &callers, break_it);
    let reply = scene.send(&VECTORS[0]).unwrap();
    assert!(scene.log().contains("nothing"), "{}", scene.log());
    assert_eq!((reply.status, scene.reached()), (503, Vec::new()));
}
