//! One condition: a path and what is asked of it.

use super::area;
use super::cursor::Cursor;
use super::literal::{self, Slot, literal, string};
use crate::check::{MAX_VALUES, holds_for_nothing};
use crate::error::{FilterError, grouped};
use crate::path::{self, Path, PathError, Quoting};
use crate::predicate::{KeyTest, Predicate, Test, WordsMode};
use crate::time;
use crate::value::{Value, Values};
use std::ops::Bound;

type Result<T> = std::result::Result<T, FilterError>;

/// The path that has to come.
pub(super) fn path(cursor: &mut Cursor<'_>) -> Result<Path> {
    let column = cursor.column();
    let names = names(cursor)?;
    Path::new(names).map_err(|error| FilterError::at(column, error, ""))
}

fn names(cursor: &mut Cursor<'_>) -> Result<Vec<String>> {
    let (column, rest) = (cursor.column(), cursor.rest());
    let (names, length) = path::scan(rest, Quoting::Backticks).map_err(|error| match error {
        PathError::Name { .. } => {
            let found = cursor.found();
            FilterError::at(
                column,
                "expected a condition",
                format_args!(", found {found}: such as year >= 2020"),
            )
        }
        error => FilterError::at(column, error, ""),
    })?;
    cursor.advance(length);
    Ok(names)
}

/// Comparisons, the longer signs first.
const COMPARISONS: [&str; 8] = ["==", "!=", "<>", "<=", ">=", "=", "<", ">"];

fn comparison(cursor: &mut Cursor<'_>) -> Option<&'static str> {
    COMPARISONS.into_iter().find(|sign| cursor.sign(sign))
}

/// Reads a condition.
pub(super) fn condition(cursor: &mut Cursor<'_>) -> Result<Predicate> {
    let column = cursor.column();
    let names = names(cursor)?;
    if names == ["_key"] {
        return key_condition(cursor);
    }
    let path = Path::new(names).map_err(|error| FilterError::at(column, error, ""))?;
    let written = &*path.to_string();
    if let Some(sign) = comparison(cursor) {
        return compared(cursor, path, written, sign);
    }
    let is_negated = cursor.keyword("NOT");
    let test = negatable(cursor, written)?;
    let (test, is_negated) = match test {
        Some(test) => (test, is_negated),
        None if is_negated => {
            return Err(cursor.expected("IN, BETWEEN, EXISTS, STARTS WITH or MATCHES after NOT"));
        }
        None => return other(cursor, &path, written),
    };
    Ok(negated(Predicate::Attribute { path, test }, is_negated))
}

fn negated(predicate: Predicate, is_negated: bool) -> Predicate {
    if is_negated { Predicate::Not(Box::new(predicate)) } else { predicate }
}

/// The condition whose comparison was read.
fn compared(cursor: &mut Cursor<'_>, path: Path, written: &str, sign: &str) -> Result<Predicate> {
    let slot = Slot { path: written, after: sign };
    let equals = |value, path| Predicate::Attribute { path, test: Test::OneOf(Values::new([value])) };
    match sign {
        "=" | "==" => Ok(equals(literal(cursor, &slot)?, path)),
        "!=" | "<>" => Ok(negated(equals(literal(cursor, &slot)?, path), true)),
        _ => {
            let value = ordered(cursor, &slot)?;
            let (lower, upper) = match sign {
                "<" => (Bound::Unbounded, Bound::Excluded(value)),
                "<=" => (Bound::Unbounded, Bound::Included(value)),
                ">" => (Bound::Excluded(value), Bound::Unbounded),
                _ => (Bound::Included(value), Bound::Unbounded),
            };
            Ok(Predicate::Attribute { path, test: Test::Range { lower, upper } })
        }
    }
}

/// A value that has an order: a number or a time, which may be quoted.
fn ordered(cursor: &mut Cursor<'_>, slot: &Slot<'_>) -> Result<Value> {
    let column = cursor.column();
    match literal(cursor, slot)? {
        Value::Text(text) => time::parse(&text).map(Value::Time).ok_or_else(|| {
            let way_out = ": < <= > >= take numbers and times such as 2024-01-31";
            FilterError::at(column, format_args!("{} is no time", crate::print::Quoted(&text)), way_out)
        }),
        Value::Bool(value) => {
            let (path, after) = (slot.path, slot.after);
            let way_out = ": < <= > >= take numbers and times";
            Err(FilterError::at(column, format_args!("{path} {after} {value}"), way_out))
        }
        value => Ok(value),
    }
}

/// Tests that may have `NOT` before them.
fn negatable(cursor: &mut Cursor<'_>, written: &str) -> Result<Option<Test>> {
    let column = cursor.column();
    if cursor.keyword("IN") {
        return Ok(Some(Test::OneOf(Values::new(list(cursor, written, "IN", column)?))));
    }
    if cursor.keyword("BETWEEN") {
        return between(cursor, written, column).map(Some);
    }
    if cursor.keyword("EXISTS") {
        return Ok(Some(Test::Exists));
    }
    if cursor.keywords("STARTS", "WITH") {
        return Ok(Some(Test::Prefix(string(cursor)?)));
    }
    if cursor.keyword("MATCHES") {
        let mode = if cursor.keyword("ANY") {
            WordsMode::Any
        } else if cursor.keyword("PHRASE") {
            WordsMode::Phrase
        } else {
            cursor.keyword("ALL");
            WordsMode::All
        };
        let column = cursor.column();
        let test = Test::Words { mode, text: string(cursor)? };
        test.check().map_err(|error| error.moved_to(column))?;
        return Ok(Some(test));
    }
    Ok(None)
}

/// Tests that are negated by a `NOT` in front of the path.
fn other(cursor: &mut Cursor<'_>, path: &Path, written: &str) -> Result<Predicate> {
    let column = cursor.column();
    let test = |test| Predicate::Attribute { path: path.clone(), test };
    if cursor.keyword("IS") {
        let is_negated = cursor.keyword("NOT");
        let found = if cursor.keyword("NULL") {
            Test::IsNull
        } else if cursor.keyword("EMPTY") {
            Test::IsEmpty
        } else {
            return Err(cursor.expected("NULL or EMPTY after IS"));
        };
        return Ok(negated(test(found), is_negated));
    }
    if cursor.keywords("HAS", "ALL") {
        let values = list(cursor, written, "HAS ALL", column)?;
        let members = values.into_iter().map(|value| test(Test::OneOf(Values::new([value]))));
        return Ok(Predicate::And(members.collect()));
    }
    if cursor.keywords("HAS", "OTHER") {
        cursor.require_word("THAN")?;
        return Ok(test(Test::OtherThan(Values::new(list(cursor, written, "HAS OTHER THAN", column)?))));
    }
    if cursor.keyword("COUNT") {
        return count(cursor, path, column);
    }
    if cursor.keyword("WITHIN") {
        return Ok(test(Test::Within(area::area(cursor)?)));
    }
    let found = cursor.found();
    let way_out = format!(", found {found}: such as {written} = 1, {written} IN (1, 2) or {written} EXISTS");
    Err(FilterError::at(column, format_args!("expected a comparison after {written}"), way_out))
}

fn list(cursor: &mut Cursor<'_>, written: &str, name: &str, column: usize) -> Result<Vec<Value>> {
    let opened = cursor.column();
    let (open, close) = if cursor.sign("[") { ("[", "]") } else { ("(", ")") };
    if open == "(" {
        cursor.require("(")?;
    }
    let (mut values, mut count) = (Vec::new(), 0);
    if !cursor.sign(close) {
        let mut after = open;
        loop {
            let value = literal(cursor, &Slot { path: written, after })?;
            count += 1;
            if count <= MAX_VALUES {
                values.push(value);
            }
            after = ",";
            if cursor.sign(close) {
                break;
            }
            if cursor.is_at_end() {
                return Err(FilterError::at(opened, format_args!("unclosed {open:?}"), ""));
            }
            if !cursor.sign(",") {
                return Err(cursor.expected(format_args!("\",\" or {close:?}")));
            }
        }
    }
    if count > MAX_VALUES {
        let what = format!("{} values in {name}", grouped(count));
        return Err(FilterError::at(column, what, format_args!("; at most {}", grouped(MAX_VALUES))));
    }
    Ok(values)
}

fn between(cursor: &mut Cursor<'_>, written: &str, column: usize) -> Result<Test> {
    let excludes_lower = !cursor.sign(">=") && cursor.sign(">");
    let from = ordered(cursor, &Slot { path: written, after: "BETWEEN" })?;
    cursor.require_word("AND")?;
    let excludes_upper = !cursor.sign("<=") && cursor.sign("<");
    let second = cursor.column();
    let to = ordered(cursor, &Slot { path: written, after: "AND" })?;
    if !from.is_like(&to) {
        let what = format!("BETWEEN {from} AND {to}");
        return Err(FilterError::at(second, what, ": it takes two numbers or two times"));
    }
    let bound =
        |value, is_excluded| if is_excluded { Bound::Excluded(value) } else { Bound::Included(value) };
    let (lower, upper) = (bound(from, excludes_lower), bound(to, excludes_upper));
    if holds_for_nothing(&lower, &upper) {
        let (from, to) = (spelled(&lower, ">"), spelled(&upper, "<"));
        let way_out = " holds for nothing: the lower end comes first";
        return Err(FilterError::at(column, format_args!("BETWEEN {from} AND {to}"), way_out));
    }
    Ok(Test::Range { lower, upper })
}

fn spelled(bound: &Bound<Value>, sign: &str) -> String {
    match bound {
        Bound::Excluded(value) => format!("{sign} {value}"),
        Bound::Included(value) => value.to_string(),
        Bound::Unbounded => String::new(),
    }
}

fn count(cursor: &mut Cursor<'_>, path: &Path, column: usize) -> Result<Predicate> {
    let test = |least, most| Predicate::Attribute { path: path.clone(), test: Test::Count { least, most } };
    let nothing = |what: String| {
        FilterError::at(column, format_args!("COUNT {what}"), " holds for nothing: counts begin at 0")
    };
    if cursor.keyword("BETWEEN") {
        let least = integer(cursor)?;
        cursor.require_word("AND")?;
        let most = integer(cursor)?;
        if least > most {
            let what = format!("COUNT BETWEEN {least} AND {most}");
            return Err(FilterError::at(column, what, " holds for nothing: the lower end comes first"));
        }
        return Ok(test(least, most));
    }
    let Some(sign) = comparison(cursor) else {
        return Err(cursor.expected("a comparison after COUNT, such as COUNT >= 2"));
    };
    let number = integer(cursor)?;
    match sign {
        "=" | "==" => Ok(test(number, number)),
        "!=" | "<>" => Ok(negated(test(number, number), true)),
        "<=" => Ok(test(0, number)),
        ">=" => Ok(test(number, u32::MAX)),
        "<" => number.checked_sub(1).map(|most| test(0, most)).ok_or_else(|| nothing("< 0".to_owned())),
        _ => number
            .checked_add(1)
            .map(|least| test(least, u32::MAX))
            .ok_or_else(|| nothing(format!("> {number}"))),
    }
}

/// A number of things, which has to come.
pub(super) fn integer(cursor: &mut Cursor<'_>) -> Result<u32> {
    let rest = cursor.rest();
    match literal::number(rest) {
        Some((Value::Integer(number), length))
            if u32::try_from(number).is_ok_and(|number| number < u32::MAX) =>
        {
            cursor.advance(length);
            Ok(number as u32)
        }
        _ => Err(cursor.expected("a number of things such as 2")),
    }
}

/// A condition on the key.
fn key_condition(cursor: &mut Cursor<'_>) -> Result<Predicate> {
    let column = cursor.column();
    if let Some(sign @ ("=" | "==" | "!=" | "<>")) = comparison(cursor) {
        let at = cursor.column();
        let key = key_of(literal(cursor, &Slot { path: "_key", after: sign })?, at)?;
        let test = KeyTest::OneOf(std::iter::once(key).collect());
        return Ok(negated(Predicate::Key(test), matches!(sign, "!=" | "<>")));
    }
    let is_negated = cursor.keyword("NOT");
    let at = cursor.column();
    let test = if cursor.keyword("IN") {
        let values = list(cursor, "_key", "IN", at)?;
        KeyTest::OneOf(values.into_iter().map(|value| key_of(value, at)).collect::<Result<_>>()?)
    } else if cursor.keywords("STARTS", "WITH") {
        KeyTest::Prefix(string(cursor)?)
    } else {
        return Err(FilterError::at(
            column,
            "_key takes = != IN and STARTS WITH",
            ", such as _key STARTS WITH \"docs/\"",
        ));
    };
    Ok(negated(Predicate::Key(test), is_negated))
}

fn key_of(value: Value, column: usize) -> Result<String> {
    match value {
        Value::Text(key) => Ok(key),
        other => Err(FilterError::at(column, format_args!("{other} is no key"), ": keys are text in quotes")),
    }
}
