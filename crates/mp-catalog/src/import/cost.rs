//! Whether what a limit counts exists in the bodies.
//!
//! Owns the walk along one path through a schema: each schema is looked at once for each step of the path.

use std::collections::HashSet;
use std::ptr;

use mp_domain::operation::{Cost, Limit};

use super::Reader;
use super::work::Work;
use crate::document::{Document, Node};

impl<'d> Reader<'d, '_> {
    /// A cost that no body can have would make the limit none.
    pub(super) fn check_cost(&mut self, limit: Option<Limit>) {
        let Some(cost) = limit.map(|limit| limit.cost) else { return };
        let (path, bodies, whose) = match cost {
            Cost::Request => return,
            Cost::RequestItems(path) => (path, self.request_bodies(), "request"),
            Cost::ResponseItems(path) => (path, self.answer_bodies(), "answer"),
        };
        let mut reached = bodies;
        for name in path.segments() {
            match step(self.document, self.work, reached, name) {
                Ok(below) => reached = below,
                Err(problem) => return self.error(problem),
            }
        }
        if reached.is_empty() {
            self.error(format!(
                "its limit counts {cost}, which no {whose} has by its schema: correct the path"
            ));
        }
    }

    /// The schemas of what may be sent as JSON.
    fn request_bodies(&self) -> Vec<&'d Node> {
        let body = self.node.get("requestBody").and_then(|body| self.document.resolve(body).ok());
        body.map(|body| json_schemas(body).collect()).unwrap_or_default()
    }

    fn answer_bodies(&self) -> Vec<&'d Node> {
        let answers = self.node.get("responses").and_then(Node::map).into_iter().flatten();
        let good = answers.filter(|(status, _)| status.starts_with('2') || &***status == "default");
        let good = good.filter_map(|(_, answer)| self.document.resolve(answer).ok());
        good.flat_map(json_schemas).collect()
    }
}

/// Whether bodies of this type are read by the gate.
pub(super) fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(&*essence, "application/json" | "text/json" | "*/*" | "application/*")
        || essence.ends_with("+json")
}

fn json_schemas(body: &Node) -> impl Iterator<Item = &Node> {
    let content = body.get("content").and_then(Node::map).into_iter().flatten();
    content.filter(|(media_type, _)| is_json(media_type)).filter_map(|(_, media)| media.get("schema"))
}

/// One step of a path: from schemas to those of a property.
fn step<'d>(
    document: &'d Document,
    work: &mut Work,
    mut schemas: Vec<&'d Node>,
    name: &str,
) -> Result<Vec<&'d Node>, String> {
    let (mut seen, mut found) = (HashSet::new(), Vec::new());
    while let Some(schema) = schemas.pop() {
        work.step()?;
        if !seen.insert(ptr::from_ref(schema)) {
            continue;
        }
        found.extend(schema.get("properties").and_then(|properties| properties.get(name)));
        schemas.extend(schema.get("$ref").and_then(|reference| document.follow(reference).ok()));
        schemas.extend(
            ["items", "additionalProperties", "then", "else"].into_iter().filter_map(|part| schema.get(part)),
        );
        let lists = ["allOf", "anyOf", "oneOf", "prefixItems"]
            .into_iter()
            .filter_map(|part| schema.get(part)?.list());
        schemas.extend(lists.flatten());
    }
    Ok(found)
}
