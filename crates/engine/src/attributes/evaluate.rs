//! Predicates on an index: which rows certainly pass, and which may.

use super::gather::indexed;
use pleiad_filter::{MAX_PATH_BYTES, MAX_PATH_SEGMENTS, Path, Predicate, Scalar, Test, Value, Values};
use pleiad_index::attributes::{AttributePath, Attributes, AttributesError, Number, RowSet};
use roaring::RoaringBitmap;
use std::ops::Bound;

type Result<T> = std::result::Result<T, AttributesError>;

/// Members times number that an `AT LEAST` is counted by bitmaps of.
const MAX_COUNTED: usize = 256;

/// The rows of a segment that pass a predicate, as far as its index tells.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Known {
    /// Rows that pass.
    pub(crate) certain: RoaringBitmap,
    /// Rows that may pass, these among them; the same where there is nothing.
    possible: Option<RoaringBitmap>,
}

impl Known {
    fn exact(rows: RoaringBitmap) -> Self {
        Self { certain: rows, possible: None }
    }

    fn at_most(rows: RoaringBitmap) -> Self {
        Self { certain: RoaringBitmap::new(), possible: Some(rows) }
    }

    fn possible(&self) -> &RoaringBitmap {
        self.possible.as_ref().unwrap_or(&self.certain)
    }

    /// Rows that have to be looked at.
    pub(crate) fn undecided(&self) -> RoaringBitmap {
        self.possible.as_ref().map_or_else(RoaringBitmap::new, |possible| possible - &self.certain)
    }

    /// Joins both sides of both.
    fn joined(self, other: &Self, join: impl Fn(RoaringBitmap, &RoaringBitmap) -> RoaringBitmap) -> Self {
        let possible = match (&self.possible, &other.possible) {
            (None, None) => None,
            _ => Some(join(self.possible().clone(), other.possible())),
        };
        Self { certain: join(self.certain, &other.certain), possible }
    }

    fn and(self, other: &Self) -> Self {
        self.joined(other, |a, b| a & b)
    }

    fn or(self, other: &Self) -> Self {
        self.joined(other, |a, b| a | b)
    }
}

/// The rows that pass a predicate, as far as an index tells. Cost: the lists that it reads, and operations on bitmaps.
///
/// # Errors
/// When the index is damaged.
pub(crate) fn rows_known(index: &Attributes<'_>, predicate: &Predicate) -> Result<Known> {
    Evaluation { index }.known(predicate)
}

#[derive(Clone, Copy)]
struct Evaluation<'a> {
    index: &'a Attributes<'a>,
}

/// The entry of a path in an index.
enum Found<'a> {
    Path(&'a AttributePath<'a>),
    /// No row has it.
    Nowhere,
    /// It was left out.
    Unknown,
}

impl<'a> Evaluation<'a> {
    fn all(self) -> RoaringBitmap {
        let mut all = RoaringBitmap::new();
        all.insert_range(0..self.index.num_rows());
        all
    }

    fn unknown(self) -> Known {
        Known::at_most(self.all())
    }

    fn constant(self, value: bool) -> Known {
        Known::exact(if value { self.all() } else { RoaringBitmap::new() })
    }

    fn known(self, predicate: &Predicate) -> Result<Known> {
        match predicate {
            Predicate::Constant(value) => Ok(self.constant(*value)),
            Predicate::And(members) => {
                let mut known = self.constant(true);
                for member in members {
                    known = known.and(&self.known(member)?);
                    if known.possible().is_empty() {
                        break;
                    }
                }
                Ok(known)
            }
            Predicate::Or(members) => members
                .iter()
                .try_fold(self.constant(false), |known, member| Ok(known.or(&self.known(member)?))),
            Predicate::Not(inner) => {
                let known = self.known(inner)?;
                let (certain, all) = (self.all() - known.possible(), self.all());
                let possible = known.possible.is_some().then(|| all - &known.certain);
                Ok(Known { certain, possible })
            }
            Predicate::AtLeast { count, of } => self.at_least(*count as usize, of),
            Predicate::Element { path, inner } => {
                let above: Vec<&str> = path.names().collect();
                let at_most = self.at_most(inner, &above)?.unwrap_or_else(|| self.all());
                Ok(Known::at_most(at_most & self.existing(&above)?))
            }
            Predicate::Attribute { path, test } => self.attribute(path, test, &[]),
            Predicate::Key(_) => Ok(self.unknown()),
        }
    }

    /// Counts by bitmaps: the rows that pass so many members of those looked at.
    fn at_least(self, count: usize, of: &[Predicate]) -> Result<Known> {
        if count == 0 || count.saturating_mul(of.len()) > MAX_COUNTED {
            return Ok(if count == 0 { self.constant(true) } else { self.unknown() });
        }
        let mut passed = vec![self.constant(false); count];
        for member in of {
            let known = self.known(member)?;
            for at in (0..count).rev() {
                let more = match at.checked_sub(1) {
                    Some(below) => passed[below].clone().and(&known),
                    None => known.clone(),
                };
                passed[at] = std::mem::replace(&mut passed[at], self.constant(false)).or(&more);
            }
        }
        Ok(passed.swap_remove(count - 1))
    }

    /// Rows one of whose elements at a path may pass a predicate; nothing where that may be all. What is asked of one element is
    /// true of the row as a whole, unless it is that something is not.
    fn at_most(self, predicate: &Predicate, above: &[&str]) -> Result<Option<RoaringBitmap>> {
        let of_all = |members: &[Predicate]| {
            members.iter().map(|member| self.at_most(member, above)).collect::<Result<Vec<_>>>()
        };
        let union = |members: Vec<Option<RoaringBitmap>>| {
            members.into_iter().try_fold(RoaringBitmap::new(), |all, member| Some(all | member?))
        };
        Ok(match predicate {
            Predicate::Constant(true) | Predicate::Not(_) | Predicate::Key(_) => None,
            Predicate::Constant(false) => Some(RoaringBitmap::new()),
            Predicate::And(members) => of_all(members)?.into_iter().flatten().reduce(|a, b| a & b),
            Predicate::AtLeast { count: 0, .. } => None,
            Predicate::Or(members) | Predicate::AtLeast { of: members, .. } => union(of_all(members)?),
            Predicate::Element { path, inner } => {
                let above: Vec<&str> = above.iter().copied().chain(path.names()).collect();
                let existing = self.existing(&above)?;
                Some(match self.at_most(inner, &above)? {
                    Some(rows) => rows & existing,
                    None => existing,
                })
            }
            Predicate::Attribute { test: Test::IsEmpty | Test::Count { least: 0, .. }, .. } => None,
            Predicate::Attribute { path, test } => {
                let known = self.attribute(path, test, above)?;
                Some(known.possible.unwrap_or(known.certain))
            }
        })
    }

    /// Rows that have anything at a path; all where that is not known.
    fn existing(self, names: &[&str]) -> Result<RoaringBitmap> {
        match self.find(names) {
            Found::Path(path) => path.rows(RowSet::Existing),
            Found::Nowhere => Ok(RoaringBitmap::new()),
            Found::Unknown => Ok(self.all()),
        }
    }

    fn find(self, names: &[&str]) -> Found<'a> {
        // Longer ones are never indexed.
        let is_long = names.len() > MAX_PATH_SEGMENTS
            || names.iter().map(|name| name.len()).sum::<usize>() > MAX_PATH_BYTES;
        match self.index.path(names) {
            Some(path) => Found::Path(path),
            None if self.index.is_complete() && !is_long => Found::Nowhere,
            None => Found::Unknown,
        }
    }

    /// The rows that pass a test of a path below others.
    fn attribute(self, path: &Path, test: &Test, above: &[&str]) -> Result<Known> {
        if path.is_text() {
            return Ok(self.unknown());
        }
        let names: Vec<&str> = above.iter().copied().chain(path.names()).collect();
        if matches!(test, Test::Within(_)) {
            return self.within(&names);
        }
        match self.find(&names) {
            Found::Unknown => Ok(self.unknown()),
            Found::Nowhere => Ok(self.constant(matches!(test, Test::IsEmpty | Test::Count { least: 0, .. }))),
            Found::Path(path) => self.test(path, test),
        }
    }

    /// Rows that have numbers where a place would have them.
    fn within(self, names: &[&str]) -> Result<Known> {
        let numbers = |name: &str| {
            let names: Vec<&str> = names.iter().copied().chain([name]).collect();
            match self.find(&names) {
                Found::Path(path) => path.rows(RowSet::Number),
                Found::Nowhere => Ok(RoaringBitmap::new()),
                Found::Unknown => Ok(self.all()),
            }
        };
        Ok(Known::at_most(numbers("lat")? & numbers("lon")?))
    }

    fn test(self, path: &AttributePath<'_>, test: &Test) -> Result<Known> {
        let exact = |set: RowSet| Ok(Known::exact(path.rows(set)?));
        match test {
            Test::OneOf(values) => self.one_of(path, values),
            Test::OtherThan(values) => self.other_than(path, values),
            Test::Range { lower, upper } => match between(lower, upper) {
                Some(Ends::Numbers(lower, upper)) => Ok(Known::exact(path.numbers_between(lower, upper)?)),
                Some(Ends::Times(lower, upper)) => Ok(Known::exact(path.times_between(lower, upper)?)),
                None => Ok(self.unknown()),
            },
            Test::Prefix(prefix) => {
                let (rows, is_exact) = path.with_prefix(prefix)?;
                Ok(if is_exact { Known::exact(rows) } else { Known::at_most(rows) })
            }
            Test::Words { .. } => Ok(Known::at_most(path.rows(RowSet::Text)?)),
            Test::Count { least: 0, most: u32::MAX } => Ok(self.constant(true)),
            Test::Count { least: 0, .. } | Test::Within(_) => Ok(self.unknown()),
            Test::Count { .. } => Ok(Known::at_most(path.rows(RowSet::Filled)?)),
            Test::Exists => exact(RowSet::Existing),
            Test::IsNull => exact(RowSet::Null),
            Test::IsEmpty => Ok(Known::exact(self.all() - path.rows(RowSet::Filled)?)),
        }
    }

    fn one_of(self, path: &AttributePath<'_>, values: &Values) -> Result<Known> {
        let mut known = self.constant(false);
        for value in values.as_slice() {
            let Some(value) = indexed(scalar(value)) else { return Ok(self.unknown()) };
            let (rows, is_exact) = path.equal(value)?;
            known = known.or(&if is_exact { Known::exact(rows) } else { Known::at_most(rows) });
        }
        Ok(known)
    }

    /// The rows that have another value than these; known for certain where rows have one value.
    fn other_than(self, path: &AttributePath<'_>, values: &Values) -> Result<Known> {
        let mut scalars = RoaringBitmap::new();
        for set in [RowSet::True, RowSet::False, RowSet::Number, RowSet::Text] {
            scalars |= path.rows(set)?;
        }
        if path.is_multiple() {
            return Ok(Known::at_most(scalars));
        }
        let these = self.one_of(path, values)?;
        let certain = &scalars - these.possible();
        Ok(Known { certain, possible: these.possible.is_some().then(|| scalars - &these.certain) })
    }
}

fn scalar(value: &Value) -> Scalar<'_> {
    match value {
        Value::Bool(value) => Scalar::Bool(*value),
        Value::Integer(value) => Scalar::Integer(*value),
        Value::Float(value) => Scalar::Float(*value),
        Value::Text(text) => Scalar::Text(text),
        Value::Time(at) => Scalar::Time(*at),
    }
}

/// The ends of a range, by their kind.
enum Ends {
    Numbers(Bound<Number>, Bound<Number>),
    Times(Bound<i64>, Bound<i64>),
}

/// The ends of a range; nothing where they are of different kinds, or of one that has no order.
fn between(lower: &Bound<Value>, upper: &Bound<Value>) -> Option<Ends> {
    let time = |value: &Value| match value {
        Value::Time(at) => Some(*at),
        _ => None,
    };
    let number = |value: &Value| match value {
        Value::Integer(value) => Some(Number::of_integer(*value)),
        Value::Float(value) => Number::of_float(*value),
        _ => None,
    };
    if let (Some(lower), Some(upper)) = (bound(lower, number), bound(upper, number)) {
        return Some(Ends::Numbers(lower, upper));
    }
    Some(Ends::Times(bound(lower, time)?, bound(upper, time)?))
}

fn bound<T>(bound: &Bound<Value>, read: impl Fn(&Value) -> Option<T>) -> Option<Bound<T>> {
    Some(match bound {
        Bound::Included(value) => Bound::Included(read(value)?),
        Bound::Excluded(value) => Bound::Excluded(read(value)?),
        Bound::Unbounded => Bound::Unbounded,
    })
}
