//! Where a request names cabinets and stores beside its path.
//!
//! Owns the walk through the schemas of bodies. What is not found is not checked against reach, so whatever cannot be
//! followed to its end (a name at any depth, a name under a name that changes, a body that is no JSON) is an error that
//! asks for a list, `x-marketpass-names`.

use std::collections::{BTreeSet, HashMap};
use std::ptr;

use mp_domain::catalog::MOST_BODY_FIELDS;
use mp_domain::field_path::FieldPath;
use mp_domain::interned::intern;
use mp_domain::operation::{FieldPlace, NamedEntity, NamingField};

use super::Reader;
use super::cost::is_json;
use super::extensions::{known_parts, text};
use super::work::Work;
use crate::document::{Document, Node, shortened};

const LIST: &str = "x-marketpass-names";
/// Deeper, and the walk could exhaust the stack.
const MOST_DEPTH: usize = 400;

/// What a field or parameter of this name names.
fn entity(name: &str) -> Option<NamedEntity> {
    match name {
        "businessId" | "businessIds" => Some(NamedEntity::Business),
        "campaignId" | "campaignIds" => Some(NamedEntity::Campaign),
        _ => None,
    }
}

impl Reader<'_, '_> {
    /// The fields, and the path with its parameters called as the gate knows them.
    pub(super) fn names(&mut self, path: &str) -> Option<(Vec<NamingField>, String)> {
        match self.node.get(LIST) {
            Some(list) => {
                let listed = listed(list, path);
                self.said(listed)
            }
            None => Some((self.found()?, path.to_owned())),
        }
    }

    fn found(&mut self) -> Option<Vec<NamingField>> {
        let mut fields = self.found_in_body()?;
        let parameters = [self.item, self.node].map(|node| node.get("parameters").and_then(Node::list));
        for parameter in parameters.into_iter().flatten().flatten() {
            let parameter = match self.document.resolve(parameter) {
                Ok(parameter) => parameter,
                Err(error) => return self.failed(error),
            };
            let named = self.named_by(parameter);
            let field = self.said(named)?;
            fields.extend(field.filter(|field| !fields.contains(field)));
        }
        Some(fields)
    }

    /// What a parameter names beside the path, where it is known by its name. One whose parts name something is spelled
    /// in too many ways to be looked for, and headers are not looked at.
    fn named_by(&mut self, parameter: &Node) -> Result<Option<NamingField>, String> {
        let texts = ["in", "name"].map(|part| parameter.get(part).and_then(Node::text));
        let [Some(place), Some(name)] = texts else { return Ok(None) };
        let told = |what: &str| {
            format!(
                "{what} {} names cabinets or stores and is not looked at: list in `{LIST}` what is to be checked",
                shortened(name)
            )
        };
        match (place, entity(name)) {
            ("query", Some(entity)) => {
                return Ok(Some(NamingField { place: FieldPlace::Query(intern(name)), entity }));
            }
            ("header" | "cookie", Some(_)) => return Err(told(&format!("the {place}"))),
            ("query", None) => {}
            _ => return Ok(None),
        }
        let mut walk = Walk::new(self.document, self.work);
        let media =
            parameter.get("content").and_then(Node::map).into_iter().flatten().map(|(_, media)| &**media);
        media
            .chain([parameter])
            .filter_map(|part| part.get("schema"))
            .try_for_each(|schema| walk.schema(schema))?;
        if walk.named > 0 { Err(told("a part of the parameter")) } else { Ok(None) }
    }

    fn found_in_body(&mut self) -> Option<Vec<NamingField>> {
        let Some(body) = self.node.get("requestBody") else { return Some(Vec::new()) };
        let body = match self.document.resolve(body) {
            Ok(body) => body,
            Err(error) => return self.failed(error),
        };
        let mut walk = Walk::new(self.document, self.work);
        for (media_type, media) in body.get("content").and_then(Node::map).into_iter().flatten() {
            let named = walk.named;
            if let Some(schema) = media.get("schema")
                && let Err(problem) = walk.schema(schema)
            {
                return self.failed(problem);
            }
            if walk.named > named && !is_json(media_type) {
                return self.failed(format!(
                    "its body of the type {} names cabinets or stores, and only JSON is read: take JSON, or list in `{LIST}` what is to be checked",
                    shortened(media_type)
                ));
            }
        }
        let fields = walk.found.into_iter().map(|path| {
            let entity = entity(path.rsplit('.').next().unwrap_or_default())
                .expect("only names of entities are found");
            Ok(NamingField { place: FieldPlace::Body(field_path(&path)?), entity })
        });
        let fields = fields.collect::<Result<Vec<_>, String>>();
        self.said(fields)
    }
}

fn field_path(dotted: &str) -> Result<FieldPath, String> {
    FieldPath::intern(dotted)
        .map_err(|error| format!("the field {} cannot be checked: {error}", shortened(dotted)))
}

/// `- {in: body, field: parameters.shop, names: campaign}`, or in a query, or a parameter of the path.
fn listed(list: &Node, path: &str) -> Result<(Vec<NamingField>, String), String> {
    let (mut fields, mut template) = (Vec::new(), path.to_owned());
    for item in list.list().ok_or_else(|| format!("`{LIST}` is {}: a list is expected", list.shown()))? {
        let parts = ["in", "field", "names"];
        known_parts(LIST, item, &parts)?;
        let part = |name| {
            item.get(name).map_or_else(
                || Err(format!("`{LIST}` has an item without `{name}`")),
                |part| text(name, part),
            )
        };
        let [place, field, names] = parts.map(part);
        let (place, field) = (place?, field?);
        let (entity, parameter) = match names? {
            "business" => (NamedEntity::Business, "{businessId}"),
            "campaign" => (NamedEntity::Campaign, "{campaignId}"),
            other => {
                return Err(format!("`names` is {}: business or campaign is expected", shortened(other)));
            }
        };
        match place {
            "body" => fields.push(NamingField { place: FieldPlace::Body(field_path(field)?), entity }),
            "query" if is_query_name(field) => {
                fields.push(NamingField { place: FieldPlace::Query(intern(field)), entity });
            }
            "query" => return Err(format!("{} is no name of a parameter in a query", shortened(field))),
            "path" => {
                let old = format!("{{{field}}}");
                if !template.contains(&old) {
                    return Err(format!("the path has no parameter {}", shortened(&old)));
                }
                template = template.replace(&old, parameter);
            }
            other => return Err(format!("`in` is {}: body, query or path is expected", shortened(other))),
        }
    }
    Ok((fields, template))
}

fn is_query_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// A schema whose inside is being walked.
struct Open {
    /// How deep in a body it stands.
    depth: usize,
    /// Whether it was met again further inside.
    is_recursive: bool,
}

struct Walk<'d, 'w> {
    document: &'d Document,
    work: &'w mut Work,
    path: Vec<&'d str>,
    /// How many objects and arrays of a body are around.
    depth: usize,
    /// Whether a name on the path changes from request to request.
    is_unnameable: bool,
    open: HashMap<*const Node, Open>,
    found: BTreeSet<String>,
    /// How often something was found, the same twice included.
    named: usize,
    /// How often a schema was met again within itself.
    met: usize,
}

impl<'d, 'w> Walk<'d, 'w> {
    fn new(document: &'d Document, work: &'w mut Work) -> Self {
        let (path, open, found) = (Vec::new(), HashMap::new(), BTreeSet::new());
        Self { document, work, path, depth: 0, is_unnameable: false, open, found, named: 0, met: 0 }
    }

    fn schema(&mut self, schema: &'d Node) -> Result<(), String> {
        self.work.step()?;
        if self.work.is_nameless(schema) {
            return Ok(());
        }
        if self.open.len() > MOST_DEPTH {
            return Err(format!(
                "the schema of its body nests without end: list in `{LIST}` what names cabinets and stores"
            ));
        }
        if let Some(met) = self.open.get_mut(&ptr::from_ref(schema)) {
            met.is_recursive = true;
            self.met += 1;
            return if met.depth == self.depth {
                Err("a schema of its body is made of itself: its references lead in a circle, break it"
                    .to_owned())
            } else {
                Ok(())
            };
        }
        let (named, met) = (self.named, self.met);
        self.open.insert(ptr::from_ref(schema), Open { depth: self.depth, is_recursive: false });
        self.parts(schema)?;
        let closed = self.open.remove(&ptr::from_ref(schema)).expect("it was put there above");
        match self.named > named {
            true if closed.is_recursive => Err(format!(
                "its body names cabinets or stores at any depth: list in `{LIST}` what is to be checked"
            )),
            // Where something was met again its other parts are not known yet.
            false if self.met == met => {
                self.work.note_nameless(schema);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A schema of what stands within an object or array of a body.
    fn inside(&mut self, schema: &'d Node) -> Result<(), String> {
        self.depth += 1;
        let walked = self.schema(schema);
        self.depth -= 1;
        walked
    }

    fn parts(&mut self, schema: &'d Node) -> Result<(), String> {
        if let Some(reference) = schema.get("$ref") {
            let target = self.document.follow(reference).map_err(|error| error.to_string())?;
            self.schema(target)?;
        }
        if schema.get("$dynamicRef").is_some() {
            return Err(format!(
                "a `$dynamicRef` leads where nobody can tell: list in `{LIST}` what is to be checked"
            ));
        }
        for (name, property) in schema.get("properties").and_then(Node::map).into_iter().flatten() {
            self.path.push(name);
            let walked = self.property(name, property);
            self.path.pop();
            walked?;
        }
        let list = |name: &str| schema.get(name).and_then(Node::list).into_iter().flatten();
        let map =
            |name: &str| schema.get(name).and_then(Node::map).into_iter().flatten().map(|(_, part)| &**part);
        list("allOf").chain(list("anyOf")).chain(list("oneOf")).try_for_each(|part| self.schema(part))?;
        map("dependentSchemas").try_for_each(|part| self.schema(part))?;
        ["if", "then", "else", "not"]
            .into_iter()
            .filter_map(|part| schema.get(part))
            .try_for_each(|part| self.schema(part))?;
        let items = ["items", "contains", "unevaluatedItems"].into_iter().filter_map(|part| schema.get(part));
        list("prefixItems").chain(items).try_for_each(|part| self.inside(part))?;
        map("patternProperties").try_for_each(|part| self.under_any_name(part))?;
        ["additionalProperties", "unevaluatedProperties"]
            .into_iter()
            .filter_map(|part| schema.get(part))
            .try_for_each(|part| self.under_any_name(part))
    }

    fn property(&mut self, name: &str, schema: &'d Node) -> Result<(), String> {
        if entity(name).is_some() {
            if self.is_unnameable {
                return Err(format!(
                    "its body names cabinets or stores under names that change: list in `{LIST}` what is to be checked"
                ));
            }
            if let Some(dotted) = self.path.iter().find(|name| name.contains('.')) {
                return Err(format!(
                    "the field {} has a dot in its name, so what it holds cannot be checked",
                    shortened(dotted)
                ));
            }
            self.named += 1;
            self.found.insert(self.path.join("."));
            if self.found.len() > MOST_BODY_FIELDS {
                return Err(format!(
                    "its body names cabinets or stores in more than {MOST_BODY_FIELDS} fields: list in `{LIST}` what is to be checked"
                ));
            }
        }
        self.inside(schema)
    }

    fn under_any_name(&mut self, schema: &'d Node) -> Result<(), String> {
        let before = std::mem::replace(&mut self.is_unnameable, true);
        self.path.push("*");
        let walked = self.inside(schema);
        self.path.pop();
        self.is_unnameable = before;
        walked
    }
}
