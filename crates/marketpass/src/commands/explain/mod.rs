//! `explain`: what a request would be answered, and why, step by step (product.md §1, §3.5).
//!
//! Owns the arguments and the form of the answer. Must never charge a limit or note a use: it asks a check of its own,
//! which knows this one credential and is forgotten.

mod words;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use http::{HeaderMap, HeaderName, HeaderValue};
use mp_domain::secret::PlainSecret;
use mp_domain::shadow;
use mp_domain::step::Step;
use mp_http::{Asked, Outcome, Verdict};
use mp_service::rehearsal::Counters;
use mp_service::{Enforcer, Service};
use serde::Serialize;

use self::words::Words;
use crate::config::Config;
use crate::failure::Failure;
use crate::output::{Output, aligned};
use crate::standard_input;

/// What request is asked about.
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// Read the API key or the OAuth token from standard input
    #[arg(long, required = true)]
    credential_stdin: bool,
    /// The method of the request, for example POST
    method: String,
    /// Its path, with its query if it has one
    path: String,
    /// A header of it, for example 'X-Business-Id: 7'; once for each
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = parse_header)]
    headers: Vec<(HeaderName, HeaderValue)>,
    /// A file that holds its body [default: no body]
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// The address it comes from
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    from: IpAddr,
}

/// The decision.
#[derive(Serialize)]
struct Explanation {
    steps: Vec<ShownStep>,
    outcome: ShownOutcome,
    /// `null` where the rules on trial have nothing to say: they are alike, or there are none.
    on_trial: Option<ShownTrial>,
    /// For people.
    #[serde(skip)]
    conclusion: String,
}

/// One step of it.
#[derive(Serialize)]
struct ShownStep {
    step: Step,
    outcome: &'static str,
    detail: String,
}

/// What the caller gets. Of a request that is let in there is no more to say than 200.
#[derive(Serialize)]
struct ShownOutcome {
    status: u16,
    code: Option<&'static str>,
    message: Option<String>,
}

/// What the rules on trial say to it.
#[derive(Serialize)]
struct ShownTrial {
    /// `null` if the same would come of it.
    verdict: Option<shadow::Verdict>,
    /// Why it would be refused, or is.
    reason: Option<&'static str>,
}

/// Runs the command.
pub(crate) async fn run(
    arguments: ExplainArguments,
    config: &Config,
    service: &Service,
    output: Output,
) -> Result<(), Failure> {
    let body = arguments.body.as_deref().map_or(Ok(Vec::new()), read_body)?;
    let headers = headers(&standard_input::credential()?, arguments.headers)?;
    let asked = Asked {
        verb: &arguments.method,
        target: &arguments.path,
        headers: &headers,
        body: &body,
        from: arguments.from,
    };
    let counters = Counters { folder: &config.data.dir, scale: config.limits.scale.factor() };
    let rehearsal = service.rehearse_check(asked.presented(), counters).await?;
    let verdict = asked.explain(&rehearsal.enforcer);
    let words = Words { verdict: &verdict, rehearsal: &rehearsal, from: arguments.from };
    let has_upstream = config.gateway.upstream.is_some();
    let explanation = Explanation {
        steps: Step::ALL.map(|step| shown(step, &verdict, &words)).into(),
        outcome: ShownOutcome::of(&verdict.outcome),
        on_trial: ShownTrial::of(&rehearsal.enforcer),
        conclusion: words.conclusion(has_upstream),
    };
    output.show(&explanation, Explanation::text)
}

fn shown(step: Step, verdict: &Verdict, words: &Words<'_>) -> ShownStep {
    let refused_at = match &verdict.outcome {
        Outcome::Refused { at, .. } => Some(*at),
        Outcome::LetIn | Outcome::Unanswerable(_) => None,
    };
    let (outcome, detail) = match refused_at {
        Some(at) if step > at => ("not_reached", "not looked at".to_owned()),
        at => (if at == Some(step) { "refused" } else { "passed" }, words.detail(step)),
    };
    ShownStep { step, outcome, detail }
}

impl ShownOutcome {
    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::LetIn => Self { status: 200, code: None, message: None },
            Outcome::Unanswerable(told) | Outcome::Refused { told, .. } => Self {
                status: told.status.as_u16(),
                code: Some(told.code),
                message: Some(told.message.clone().into_owned()),
            },
        }
    }
}

impl ShownTrial {
    /// The check was asked this one question.
    fn of(asked: &Enforcer) -> Option<Self> {
        let said = asked.said_on_trial().filter(|said| said.judged > 0)?;
        let difference = said.differences.first();
        let (verdict, reason) = difference.map(|(_, verdict, reason, _)| (*verdict, *reason)).unzip();
        Some(Self { verdict, reason })
    }

    fn text(&self) -> String {
        let reason = self.reason.unwrap_or_default();
        match self.verdict {
            Some(shadow::Verdict::WouldRefuse) => {
                format!("By the rules on trial it would be refused: {reason}.\n")
            }
            Some(shadow::Verdict::WouldAllow) => {
                format!("By the rules on trial it would be let in, and is refused: {reason}.\n")
            }
            None => "By the rules on trial the same would come of it.\n".to_owned(),
        }
    }
}

impl Explanation {
    fn text(&self) -> String {
        let row =
            |step: &ShownStep| [step.step.to_string(), step.outcome.replace('_', " "), step.detail.clone()];
        let rows: Vec<_> = self.steps.iter().map(row).collect();
        let on_trial = self.on_trial.as_ref().map(ShownTrial::text).unwrap_or_default();
        format!("{}\n{}\n{on_trial}", aligned(&rows), self.conclusion)
    }
}

fn read_body(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| {
        Failure::new(format!(
            "the body cannot be read from {}: {error}; name a readable file",
            path.display()
        ))
    })
}

/// The headers of the request, the credential among them: an OAuth token stands in `Authorization`, with or without its
/// scheme before it, everything else in `Api-Key`.
fn headers(credential: &PlainSecret, others: Vec<(HeaderName, HeaderValue)>) -> Result<HeaderMap, Failure> {
    let text = credential.expose();
    let has_scheme = ["Bearer ", "OAuth "].iter().any(|scheme| {
        text.get(..scheme.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(scheme))
    });
    let (name, value) = match text.as_bytes() {
        _ if has_scheme => ("authorization", HeaderValue::from_str(text)),
        [b'y', b'0'..=b'3', b'_', ..] => ("authorization", HeaderValue::from_str(&format!("Bearer {text}"))),
        _ => ("api-key", HeaderValue::from_str(text)),
    };
    let mut value = value.map_err(|_| {
        Failure::new(
            "what stands on standard input cannot be the value of a header: pipe in the credential alone",
        )
    })?;
    value.set_sensitive(true);
    let mut headers: HeaderMap = HeaderMap::new();
    headers.insert(name, value);
    for (name, value) in others {
        headers.append(name, value);
    }
    Ok(headers)
}

fn parse_header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("a header is a name, a colon and a value")?;
    let name: HeaderName = name.trim().parse().map_err(|_| format!("'{name}' is no name of a header"))?;
    if name == "api-key" || name == "authorization" {
        return Err("the credential is read from standard input, so that it stands in no list of processes"
            .to_owned());
    }
    let value = value.trim().parse().map_err(|_| format!("the value of {name} holds what no header may"))?;
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presented_in(credential: &str) -> (String, String) {
        let headers = headers(&PlainSecret::new(credential.to_owned()), Vec::new()).unwrap();
        let (name, value) = headers.iter().next().unwrap();
        (name.to_string(), value.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_credential_stands_in_the_header_of_its_kind() {
        for (given, name, value) in [
            ("ACMA:x:1", "api-key", "ACMA:x:1"),
            ("nonsense", "api-key", "nonsense"),
            ("y0_abc", "authorization", "Bearer y0_abc"),
            ("Bearer y0_abc", "authorization", "Bearer y0_abc"),
            ("oauth y0_abc", "authorization", "oauth y0_abc"),
        ] {
            assert_eq!(presented_in(given), (name.to_owned(), value.to_owned()), "{given}");
        }
    }

    #[test]
    fn a_header_has_a_name_and_a_value_and_is_no_credential() {
        let (name, value) = parse_header("X-Business-Id: 7").unwrap();
        assert_eq!((name.as_str(), value.to_str().unwrap()), ("x-business-id", "7"));
        for (given, why) in [
            ("X-Business-Id", "a colon"),
            ("a b: 1", "no name"),
            ("Api-Key: secret", "standard input"),
            ("a: \u{1}", "no header may"),
        ] {
            let refusal = parse_header(given).unwrap_err();
            assert!(refusal.contains(why) && !refusal.contains("secret"), "{refusal}");
        }
    }
}
