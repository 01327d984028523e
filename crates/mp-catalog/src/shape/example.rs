//! A body of a shape: what an upstream could have answered to a call that went well.
//!
//! Owns which of all possible bodies it is, the same for the same wish. Ids are those of the path, enumerations have
//! their first value, moments are the present one. Lists have as many items as are wished for, and those within their
//! items have one; a `total` beside them is as large. What would contain itself, tells of a problem or leads to a next page
//! is left out unless required.

use mp_domain::time::Timestamp;

use super::{Bounds, Field, Form, Schema, Shape, Shapes};

/// The most items that may be wished for.
pub const MOST_ITEMS: usize = 10_000;

/// What a body is to be like.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The present moment.
    pub now: Timestamp,
    /// How many items the outermost lists have; [`MOST_ITEMS`] at most.
    pub items: usize,
    /// Names of parameters with their values, which fields of the same name repeat: `orderId` is also the `id` of
    /// whatever stands in a field `order`.
    pub echoed: &'a [(&'a str, &'a str)],
}

impl Shapes {
    /// A body of a shape, as JSON.
    #[must_use]
    pub fn example(&self, shape: &Shape, wish: &Wish<'_>) -> Vec<u8> {
        let mut writer =
            Writer { shapes: self, wish, out: Vec::new(), open: Vec::new(), ordinal: 1, is_in_list: false };
        if !writer.value(shape, Place { field: "", within: "" }) {
            writer.out.extend_from_slice(b"{}");
        }
        writer.out
    }
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Place<'s> {
    /// In the field of this name,
    field: &'s str,
    /// of the object that stands in the field of this name.
    within: &'s str,
}

struct Writer<'s, 'w> {
    shapes: &'s Shapes,
    wish: &'w Wish<'w>,
    out: Vec<u8>,
    /// The objects around.
    open: Vec<&'s str>,
    /// Which item of the outermost list this is, from 1.
    ordinal: usize,
    is_in_list: bool,
}

impl<'s> Writer<'s, '_> {
    /// Writes a value, or nothing. Says whether it did.
    fn value(&mut self, shape: &'s Shape, place: Place<'s>) -> bool {
        match shape {
            Shape::Bool => self.out.extend_from_slice(b"false"),
            Shape::Integer { bounds, is_long } => self.integer(*bounds, *is_long, place),
            Shape::Number { bounds } => self.integer(*bounds, false, place),
            Shape::Text { form, most } => self.text(*form, *most, place),
            Shape::List { of, most } => return self.list(of, *most, place),
            Shape::Named(name) => return self.named(name, place, 0),
            Shape::Anything => self.out.extend_from_slice(b"{}"),
        }
        true
    }

    fn named(&mut self, name: &'s str, place: Place<'s>, choice: usize) -> bool {
        match self.shapes.schemas.get(name) {
            Some(Schema::Object(fields)) if !self.open.contains(&name) => {
                let before = self.out.len();
                self.open.push(name);
                let is_whole = self.object(fields, place.field);
                self.open.pop();
                if !is_whole {
                    self.out.truncate(before);
                }
                is_whole
            }
            Some(Schema::Choice(values)) => {
                self.string(&values[choice % values.len()]);
                true
            }
            _ => false,
        }
    }

    /// Writes an object. Says whether everything required is in it.
    fn object(&mut self, fields: &'s [Field], within: &'s str) -> bool {
        self.out.push(b'{');
        let mut is_first = true;
        for Field { name, is_required, shape } in fields {
            if !is_required && is_beside_the_point(name) {
                continue;
            }
            let before = self.out.len();
            if !is_first {
                self.out.push(b',');
            }
            self.string(name);
            self.out.push(b':');
            if self.value(shape, Place { field: name, within }) {
                is_first = false;
            } else if *is_required {
                return false;
            } else {
                self.out.truncate(before);
            }
        }
        self.out.push(b'}');
        true
    }

    /// Writes a list, unless its items cannot be written.
    fn list(&mut self, of: &'s Shape, most: Option<u32>, place: Place<'s>) -> bool {
        let (before, outer) = (self.out.len(), (self.ordinal, self.is_in_list));
        let count = if self.is_in_list { 1 } else { self.wish.items.min(MOST_ITEMS) };
        let count = count.min(most.map_or(usize::MAX, |most| most as usize)).min(self.distinct(of));
        self.is_in_list = true;
        self.out.push(b'[');
        let mut is_whole = true;
        for item in 0..count {
            if item > 0 {
                self.out.push(b',');
            }
            self.ordinal = if outer.1 { outer.0 } else { item + 1 };
            is_whole &= match of {
                Shape::Named(name) => self.named(name, place, item),
                shape => self.value(shape, place),
            };
            if !is_whole {
                break;
            }
        }
        self.out.push(b']');
        (self.ordinal, self.is_in_list) = outer;
        if !is_whole {
            self.out.truncate(before);
        }
        is_whole
    }

    /// How many items can be told apart.
    fn distinct(&self, of: &Shape) -> usize {
        match of {
            Shape::Named(name) => match self.shapes.schemas.get(name) {
                Some(Schema::Choice(values)) => values.len(),
                _ => usize::MAX,
            },
            Shape::Integer { bounds, .. } | Shape::Number { bounds } => {
                bounds.most.map_or(usize::MAX, |most| {
                    usize::try_from(most.saturating_sub(bounds.first()).saturating_add(1)).unwrap_or(0).max(1)
                })
            }
            Shape::Text { form: Form::Plain, .. } | Shape::List { .. } | Shape::Anything => usize::MAX,
            // There is one present moment.
            Shape::Bool | Shape::Text { .. } => 1,
        }
    }

    fn integer(&mut self, bounds: Bounds, is_long: bool, place: Place<'_>) {
        let given = self.echoed(place).and_then(|value| value.parse().ok()).or_else(|| self.counted(place));
        let given = given.filter(|value: &i64| is_long || i32::try_from(*value).is_ok());
        let before = i64::try_from(self.ordinal - 1).unwrap_or(i64::MAX);
        let (least, most) = (bounds.least.unwrap_or(i64::MIN), bounds.most.unwrap_or(i64::MAX));
        let number = given.unwrap_or_else(|| bounds.first().saturating_add(before)).min(most).max(least);
        self.out.extend_from_slice(number.to_string().as_bytes());
    }

    fn text(&mut self, form: Form, most: Option<u32>, place: Place<'_>) {
        let now = self.wish.now.to_string();
        // RFC 3339 in UTC: every part has its place.
        let (date, time) = now.split_at_checked(10).unwrap_or((&now, ""));
        let time = time.get(1..9).unwrap_or("00:00:00");
        let day_first = || date.rsplit('-').collect::<Vec<_>>().join("-");
        let text = match form {
            Form::Date => date.to_owned(),
            Form::DateTime => now.clone(),
            Form::TimeOfDay => "12:00".to_owned(),
            Form::DayFirst => day_first(),
            Form::DayFirstTime => format!("{} {time}", day_first()),
            Form::Country => "RU".to_owned(),
            Form::Plain => {
                let text = self.echoed(place).map(str::to_owned);
                let text = text.unwrap_or_else(|| format!("{}-{}", place.field, self.ordinal));
                let most = most.map_or(usize::MAX, |most| most as usize);
                // The end is what tells one from another.
                text.chars().skip(text.chars().count().saturating_sub(most)).collect()
            }
        };
        self.string(&text);
    }

    /// What a field repeats. Only the first of several items is the one that was asked for.
    fn echoed(&self, place: Place<'_>) -> Option<&str> {
        let means = |parameter: &str| {
            parameter == place.field
                || place.field == "id" && parameter.strip_suffix("Id") == Some(place.within)
        };
        let mut known = self.wish.echoed.iter().filter(|(parameter, _)| means(parameter));
        known.next().filter(|_| self.ordinal == 1).map(|(_, value)| *value)
    }

    /// How many items there are, where an answer says it.
    fn counted(&self, place: Place<'_>) -> Option<i64> {
        (place.field == "total" && !self.is_in_list)
            .then(|| i64::try_from(self.wish.items).unwrap_or(i64::MAX))
    }

    fn string(&mut self, text: &str) {
        serde_json::to_writer(&mut self.out, text).expect("a text is JSON, and memory takes everything");
    }
}

impl Bounds {
    /// Where counting begins: at 1, unless that is too little.
    fn first(self) -> i64 {
        self.least.unwrap_or(1).max(1)
    }
}

/// What a call that went well, and answers all there is, does not say.
fn is_beside_the_point(field: &str) -> bool {
    matches!(field, "error" | "errors" | "warnings" | "nextPageToken" | "prevPageToken")
}
