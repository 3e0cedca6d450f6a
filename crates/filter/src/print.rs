//! The string form of a predicate.

use crate::area::{Area, Point};
use crate::check::Precedence;
use crate::path::Path;
use crate::predicate::{KeyTest, Predicate, Test, WordsMode};
use crate::time;
use crate::value::{Value, Values};
use std::fmt::{self, Display, Formatter, Write};
use std::ops::Bound;

/// The string form: what is read from it is equal.
impl Display for Predicate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_within(f, self, Precedence::Or)
    }
}

fn write_within(f: &mut Formatter<'_>, predicate: &Predicate, within: Precedence) -> fmt::Result {
    match predicate {
        Predicate::Constant(value) => f.write_str(if *value { "TRUE" } else { "FALSE" }),
        Predicate::And(members) => write_members(f, members, within, Precedence::And),
        Predicate::Or(members) => write_members(f, members, within, Precedence::Or),
        Predicate::Not(inner) => write_not(f, inner),
        Predicate::AtLeast { count, of } => {
            write!(f, "AT LEAST {count} OF (")?;
            join(f, of, ", ", |f, member| write_within(f, member, Precedence::Or))?;
            f.write_char(')')
        }
        Predicate::Element { path, inner } => write!(f, "ANY {path} ({inner})"),
        Predicate::Attribute { path, test } => write_test(f, path, test),
        Predicate::Key(KeyTest::OneOf(keys)) => write_keys(f, keys.iter(), "=", "IN"),
        Predicate::Key(KeyTest::Prefix(prefix)) => write!(f, "_key STARTS WITH {}", Quoted(prefix)),
    }
}

/// Members joined by a word that binds as tightly as given; none are what they mean, and one is itself.
fn write_members(
    f: &mut Formatter<'_>,
    members: &[Predicate],
    within: Precedence,
    own: Precedence,
) -> fmt::Result {
    let is_and = own == Precedence::And;
    let (word, members_within) = if is_and { (" AND ", Precedence::Not) } else { (" OR ", Precedence::And) };
    match members {
        [] => f.write_str(if is_and { "TRUE" } else { "FALSE" }),
        [member] => write_within(f, member, within),
        _ => {
            let is_enclosed = within > own;
            f.write_str(if is_enclosed { "(" } else { "" })?;
            join(f, members, word, |f, member| write_within(f, member, members_within))?;
            f.write_str(if is_enclosed { ")" } else { "" })
        }
    }
}

fn write_not(f: &mut Formatter<'_>, inner: &Predicate) -> fmt::Result {
    match inner {
        Predicate::Attribute { path, test: Test::OneOf(values) } => {
            write_values(f, path, values, "!=", "NOT IN")
        }
        Predicate::Attribute { path, test: Test::Exists } => write!(f, "{path} NOT EXISTS"),
        Predicate::Attribute { path, test: Test::IsNull } => write!(f, "{path} IS NOT NULL"),
        Predicate::Attribute { path, test: Test::IsEmpty } => write!(f, "{path} IS NOT EMPTY"),
        Predicate::Key(KeyTest::OneOf(keys)) => write_keys(f, keys.iter(), "!=", "NOT IN"),
        _ => {
            f.write_str("NOT ")?;
            write_within(f, inner, Precedence::Not)
        }
    }
}

fn write_test(f: &mut Formatter<'_>, path: &Path, test: &Test) -> fmt::Result {
    match test {
        Test::OneOf(values) => write_values(f, path, values, "=", "IN"),
        Test::OtherThan(values) => {
            write!(f, "{path} HAS OTHER THAN (")?;
            join(f, values.as_slice(), ", ", |f, value| write!(f, "{value}"))?;
            f.write_char(')')
        }
        Test::Range { lower, upper } => write_range(f, path, lower, upper),
        Test::Prefix(prefix) => write!(f, "{path} STARTS WITH {}", Quoted(prefix)),
        Test::Words { mode, text } => {
            let mode = match mode {
                WordsMode::All => "",
                WordsMode::Any => "ANY ",
                WordsMode::Phrase => "PHRASE ",
            };
            write!(f, "{path} MATCHES {mode}{}", Quoted(text))
        }
        Test::Count { least, most } if least == most => write!(f, "{path} COUNT = {least}"),
        Test::Count { least, most: u32::MAX } => write!(f, "{path} COUNT >= {least}"),
        Test::Count { least: 0, most } => write!(f, "{path} COUNT <= {most}"),
        Test::Count { least, most } => write!(f, "{path} COUNT BETWEEN {least} AND {most}"),
        Test::Exists => write!(f, "{path} EXISTS"),
        Test::IsNull => write!(f, "{path} IS NULL"),
        Test::IsEmpty => write!(f, "{path} IS EMPTY"),
        Test::Within(area) => write_area(f, path, area),
    }
}

fn write_values(f: &mut Formatter<'_>, path: &Path, values: &Values, one: &str, more: &str) -> fmt::Result {
    if let [value] = values.as_slice() {
        return write!(f, "{path} {one} {value}");
    }
    write!(f, "{path} {more} (")?;
    join(f, values.as_slice(), ", ", |f, value| write!(f, "{value}"))?;
    f.write_char(')')
}

fn write_keys<'a>(
    f: &mut Formatter<'_>,
    keys: impl ExactSizeIterator<Item = &'a String>,
    one: &str,
    more: &str,
) -> fmt::Result {
    if keys.len() == 1 {
        write!(f, "_key {one} ")?;
        return join(f, keys, "", |f, key| write!(f, "{}", Quoted(key)));
    }
    write!(f, "_key {more} (")?;
    join(f, keys, ", ", |f, key| write!(f, "{}", Quoted(key)))?;
    f.write_char(')')
}

fn write_range(
    f: &mut Formatter<'_>,
    path: &Path,
    lower: &Bound<Value>,
    upper: &Bound<Value>,
) -> fmt::Result {
    match (lower, upper) {
        (Bound::Unbounded, Bound::Unbounded) => write!(f, "{path} EXISTS"),
        (Bound::Included(from), Bound::Unbounded) => write!(f, "{path} >= {from}"),
        (Bound::Excluded(from), Bound::Unbounded) => write!(f, "{path} > {from}"),
        (Bound::Unbounded, Bound::Included(to)) => write!(f, "{path} <= {to}"),
        (Bound::Unbounded, Bound::Excluded(to)) => write!(f, "{path} < {to}"),
        (Bound::Included(from), Bound::Included(to)) => write!(f, "{path} BETWEEN {from} AND {to}"),
        (Bound::Included(from), Bound::Excluded(to)) => write!(f, "{path} BETWEEN {from} AND < {to}"),
        (Bound::Excluded(from), Bound::Included(to)) => write!(f, "{path} BETWEEN > {from} AND {to}"),
        (Bound::Excluded(from), Bound::Excluded(to)) => write!(f, "{path} BETWEEN > {from} AND < {to}"),
    }
}

fn write_area(f: &mut Formatter<'_>, path: &Path, area: &Area) -> fmt::Result {
    write!(f, "{path} WITHIN ")?;
    match area {
        Area::Circle { center, radius } => write!(f, "{radius:?} m OF {center}"),
        Area::Box { north_west, south_east } => write!(f, "BOX {north_west} {south_east}"),
        Area::Polygon { exterior, holes } => {
            f.write_str("POLYGON ")?;
            join(f, exterior, " ", |f, point| write!(f, "{point}"))?;
            for hole in holes {
                f.write_str(" EXCEPT ")?;
                join(f, hole, " ", |f, point| write!(f, "{point}"))?;
            }
            Ok(())
        }
    }
}

/// Latitude first, as it is read.
impl Display for Point {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "({:?}, {:?})", self.lat, self.lon)
    }
}

/// A literal of the string form.
impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(text) => write!(f, "{}", Quoted(text)),
            Self::Time(at) => time::write(f, *at),
        }
    }
}

/// Text in double quotes, with the escapes of the string form.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                // Control characters are all below U+10000.
                c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}

fn join<T>(
    f: &mut Formatter<'_>,
    items: impl IntoIterator<Item = T>,
    separator: &str,
    mut write: impl FnMut(&mut Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    for (at, item) in items.into_iter().enumerate() {
        f.write_str(if at == 0 { "" } else { separator })?;
        write(f, item)?;
    }
    Ok(())
}
