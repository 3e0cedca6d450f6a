//! The JSON form: the filter of Qdrant's clients.
//!
//! Fields that are null count as left out, and one condition may stand for a list of one. What is not known is an error:
//! nothing is passed over.

mod area;
mod condition;
mod place;

use crate::check::{MAX_NESTING, too_deep};
use crate::error::FilterError;
use crate::predicate::Predicate;
use place::{Fields, Place, elements, place_of};
use serde_json::Value;

type Result<T> = std::result::Result<T, FilterError>;

/// Fields of an object that joins conditions.
const CLAUSES: [&str; 4] = ["min_should", "must", "must_not", "should"];

impl Predicate {
    /// Reads the JSON form: an object of clauses, a condition, or a string that holds the string form.
    ///
    /// # Errors
    /// [`FilterError`] with the place of what is wrong; `Unsupported` for fields that are not known.
    pub fn from_json(filter: &Value) -> Result<Self> {
        let predicate = filter_at(filter, &Place::Filter, 0)?;
        predicate.check()?;
        Ok(predicate)
    }

    /// Reads either form of a text: JSON where it begins with a brace, the string form otherwise.
    ///
    /// # Errors
    /// [`FilterError`], as [`Predicate::parse`] and [`Predicate::from_json`].
    pub fn read(text: &str) -> Result<Self> {
        if !text.trim_start().starts_with('{') {
            return Self::parse(text);
        }
        let json: Value = serde_json::from_str(text)
            .map_err(|error| FilterError::new(format!("what begins with {{ is read as JSON: {error}")))?;
        Self::from_json(&json)
    }
}

/// A filter or a condition, inside so many others.
fn filter_at(value: &Value, place: &Place<'_>, depth: usize) -> Result<Predicate> {
    if depth > MAX_NESTING {
        return Err(too_deep(depth).within(place));
    }
    match value {
        Value::String(text) => Predicate::parse(text).map_err(|error| error.within(place)),
        Value::Object(object) => {
            let is_condition =
                object.iter().any(|(name, value)| !value.is_null() && !CLAUSES.contains(&name.as_str()))
                    && CLAUSES.iter().all(|clause| object.get(*clause).is_none_or(Value::is_null));
            if is_condition { condition_at(value, place, depth) } else { clauses(value, place, depth) }
        }
        other => Err(place.expected("an object or the string form", other)),
    }
}

/// A condition; those that hold filters are read here.
fn condition_at(value: &Value, place: &Place<'_>, depth: usize) -> Result<Predicate> {
    let fields = Fields::of(value, place, &condition::KNOWN)?;
    match fields.get("nested") {
        None => condition::condition(fields),
        Some(_) if fields.names().count() > 1 => Err(condition::too_many(fields)),
        Some(nested) => {
            let nested_place = place.field("nested");
            let nested = Fields::of(nested, &nested_place, &["filter", "key"])?;
            let path = condition::path(nested)?;
            let inner = filter_at(nested.require("filter")?, &nested_place.field("filter"), depth + 1)?;
            Ok(Predicate::Element { path, inner: Box::new(inner) })
        }
    }
}

/// All of `must`, one of `should`, none of `must_not`, and enough of `min_should`. An absent or empty clause is true.
fn clauses(value: &Value, place: &Place<'_>, depth: usize) -> Result<Predicate> {
    let fields = Fields::of(value, place, &CLAUSES)?;
    let members = |name| match fields.get(name) {
        Some(list) => conditions(list, &place.field(name), depth),
        None => Ok(Vec::new()),
    };
    let mut all = members("must")?;
    let should = members("should")?;
    if !should.is_empty() {
        all.push(Predicate::one_or(should, Predicate::Or));
    }
    all.extend(members("must_not")?.into_iter().map(|member| Predicate::Not(Box::new(member))));
    if let Some(min_should) = fields.get("min_should") {
        let place = place.field("min_should");
        let fields = Fields::of(min_should, &place, &["conditions", "min_count"])?;
        let of = conditions(fields.require("conditions")?, &place.field("conditions"), depth)?;
        let count = fields.require("min_count")?;
        let number = count.as_u64().and_then(|count| u32::try_from(count).ok());
        let count =
            number.ok_or_else(|| place.field("min_count").expected("a number of conditions", count))?;
        all.push(Predicate::AtLeast { count, of });
    }
    Ok(match all.len() {
        0 => Predicate::Constant(true),
        _ => Predicate::one_or(all, Predicate::And),
    })
}

fn conditions(list: &Value, place: &Place<'_>, depth: usize) -> Result<Vec<Predicate>> {
    let members = elements(list).iter().enumerate();
    members.map(|(at, member)| filter_at(member, &place_of(list, place, at), depth + 1)).collect()
}
