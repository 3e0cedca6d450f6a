//! Bounds of a predicate, whoever made it.

use crate::error::{FilterError, grouped};
use crate::predicate::{KeyTest, Predicate, Test};
use crate::value::Value;
use crate::{time, words};
use std::ops::Bound;

/// Most conditions of a filter.
pub const MAX_CONDITIONS: usize = 1024;

/// Most values of one list, and most corners of one polygon.
pub const MAX_VALUES: usize = 65_536;

/// Deepest nesting of a filter: parentheses, and `NOT` before `NOT`.
pub const MAX_NESTING: usize = 32;

/// Longest text, prefix or key of a condition in bytes, so that a condition costs what a document does at most.
const MAX_WORDS_BYTES: usize = 4096;

impl Predicate {
    /// Checks a predicate that was put together by hand; those that were read have passed.
    ///
    /// # Errors
    /// When it has too many conditions or values, is nested too deep, or holds something that no document satisfies by
    /// mistake: a range whose ends are swapped or of two kinds, a search for no word, a point outside of the earth.
    pub fn check(&self) -> Result<(), FilterError> {
        let depth = self.nesting(Precedence::Or);
        if depth > MAX_NESTING {
            return Err(too_deep(depth));
        }
        match self.num_conditions() {
            count if count > MAX_CONDITIONS => Err(FilterError::new(format!(
                "{} conditions; at most {}",
                grouped(count),
                grouped(MAX_CONDITIONS)
            ))),
            _ => self.check_conditions(),
        }
    }

    fn num_conditions(&self) -> usize {
        match self {
            Self::And(members) | Self::Or(members) | Self::AtLeast { of: members, .. } => {
                members.iter().map(Self::num_conditions).sum()
            }
            Self::Not(inner) | Self::Element { inner, .. } => inner.num_conditions(),
            Self::Constant(_) | Self::Attribute { .. } | Self::Key(_) => 1,
        }
    }

    fn check_conditions(&self) -> Result<(), FilterError> {
        match self {
            Self::And(members) | Self::Or(members) | Self::AtLeast { of: members, .. } => {
                members.iter().try_for_each(Self::check_conditions)
            }
            Self::Not(inner) | Self::Element { inner, .. } => inner.check_conditions(),
            Self::Attribute { test, .. } => test.check(),
            Self::Key(KeyTest::OneOf(keys)) => check_len(keys.len()),
            Self::Constant(_) | Self::Key(KeyTest::Prefix(_)) => Ok(()),
        }
    }

    /// Nesting of the string form, as the parser counts it.
    fn nesting(&self, within: Precedence) -> usize {
        let deepest = |members: &[Self], within| members.iter().map(|member| member.nesting(within)).max();
        match self {
            Self::And(members) | Self::Or(members) if members.len() < 2 => {
                deepest(members, within).unwrap_or(0)
            }
            Self::And(members) => {
                usize::from(within > Precedence::And) + deepest(members, Precedence::Not).unwrap_or(0)
            }
            Self::Or(members) => {
                usize::from(within > Precedence::Or) + deepest(members, Precedence::And).unwrap_or(0)
            }
            Self::Not(inner) => usize::from(matches!(**inner, Self::Not(_))) + inner.nesting(Precedence::Not),
            Self::AtLeast { of, .. } => 1 + deepest(of, Precedence::Or).unwrap_or(0),
            Self::Element { inner, .. } => 1 + inner.nesting(Precedence::Or),
            Self::Constant(_) | Self::Attribute { .. } | Self::Key(_) => 0,
        }
    }
}

/// Tightness with which the place of a predicate binds: what binds less is put in parentheses there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Precedence {
    Or,
    And,
    Not,
}

/// A filter that is nested so deep.
pub(crate) fn too_deep(depth: usize) -> FilterError {
    FilterError::new(format!("nested {depth} deep; at most {MAX_NESTING}"))
}

fn check_len(count: usize) -> Result<(), FilterError> {
    if count <= MAX_VALUES {
        return Ok(());
    }
    Err(FilterError::new(format!("{} values in a list; at most {}", grouped(count), grouped(MAX_VALUES))))
}

impl Test {
    pub(crate) fn check(&self) -> Result<(), FilterError> {
        match self {
            Self::OneOf(values) | Self::OtherThan(values) => {
                check_len(values.as_slice().len())?;
                values.as_slice().iter().try_for_each(check_value)
            }
            Self::Range { lower, upper } => check_range(lower, upper),
            Self::Words { text, .. } if !words::has_words(text) => {
                Err(FilterError::new(format!("{text:?} has no word to look for")))
            }
            Self::Words { text, .. } if text.len() > MAX_WORDS_BYTES => Err(FilterError::new(format!(
                "words of {} bytes are looked for; at most {}",
                grouped(text.len()),
                grouped(MAX_WORDS_BYTES)
            ))),
            Self::Count { least, most } if least > most => {
                Err(FilterError::new(format!("COUNT from {least} to {most} holds for nothing")))
            }
            Self::Within(area) => {
                check_len(area.num_points())?;
                area.check().map_err(|error| FilterError::new(format!("{error}{}", error.way_out())))
            }
            Self::Words { .. } | Self::Prefix(_) | Self::Count { .. } => Ok(()),
            Self::Exists | Self::IsNull | Self::IsEmpty => Ok(()),
        }
    }
}

fn check_value(value: &Value) -> Result<(), FilterError> {
    match value {
        Value::Float(float) if !float.is_finite() => {
            Err(FilterError::new(format!("{float} is no finite number")))
        }
        Value::Time(at) if !time::is_valid(*at) => {
            Err(FilterError::new(format!("a time of {at} microseconds is outside of the years 0000 to 9999")))
        }
        _ => Ok(()),
    }
}

fn check_range(lower: &Bound<Value>, upper: &Bound<Value>) -> Result<(), FilterError> {
    let end = |bound: &Bound<Value>| match bound {
        Bound::Included(value) | Bound::Excluded(value) => Some(value.clone()),
        Bound::Unbounded => None,
    };
    let (from, to) = (end(lower), end(upper));
    for value in from.iter().chain(&to) {
        check_value(value)?;
        if !value.has_order() {
            return Err(FilterError::new(format!("a range ends at {value}: it takes numbers and times")));
        }
    }
    match (&from, &to) {
        (None, None) => Err(FilterError::new("a range without an end: ask for what exists instead")),
        (Some(from), Some(to)) if !from.is_like(to) => {
            Err(FilterError::new(format!("a range from {from} to {to}: take two numbers or two times")))
        }
        _ if holds_for_nothing(lower, upper) => {
            let (from, to) = (from.map(|from| from.to_string()), to.map(|to| to.to_string()));
            let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
            Err(FilterError::new(format!(
                "a range from {from} to {to} holds for nothing: the lower end comes first"
            )))
        }
        _ => Ok(()),
    }
}

/// Returns whether no value can be between two ends of one kind.
pub(crate) fn holds_for_nothing(lower: &Bound<Value>, upper: &Bound<Value>) -> bool {
    match (lower, upper) {
        (Bound::Included(from), Bound::Included(to)) => from > to,
        (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) => {
            from >= to
        }
        _ => false,
    }
}
