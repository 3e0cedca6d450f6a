//! The normal form: one form of predicates that differ in their spelling alone.

use crate::predicate::{KeyTest, Predicate, Test};

impl Predicate {
    /// Returns the normal form, which holds for the same documents: constants folded, members flattened, sorted and without
    /// repetition, `NOT` only before tests. Its printed form is a key for caches.
    ///
    /// Cost: the size of the predicate times its depth.
    #[must_use]
    pub fn normal_form(&self) -> Self {
        normal(self, false)
    }
}

fn normal(predicate: &Predicate, negated: bool) -> Predicate {
    match predicate {
        Predicate::Constant(value) => Predicate::Constant(*value != negated),
        Predicate::Not(inner) => normal(inner, !negated),
        Predicate::And(members) => joined(members, !negated, negated),
        Predicate::Or(members) => joined(members, negated, negated),
        Predicate::AtLeast { count, of } => at_least(*count as usize, of, negated),
        Predicate::Element { path, inner } => match normal(inner, false) {
            Predicate::Constant(false) => Predicate::Constant(negated),
            inner => not(Predicate::Element { path: path.clone(), inner: Box::new(inner) }, negated),
        },
        Predicate::Attribute { test: Test::OneOf(values), .. } if values.as_slice().is_empty() => {
            Predicate::Constant(negated)
        }
        Predicate::Key(KeyTest::OneOf(keys)) if keys.is_empty() => Predicate::Constant(negated),
        // What may occur any number of times always holds.
        Predicate::Attribute { test: Test::Count { least: 0, most: u32::MAX }, .. } => {
            Predicate::Constant(!negated)
        }
        Predicate::Attribute { .. } | Predicate::Key(_) => not(predicate.clone(), negated),
    }
}

fn not(predicate: Predicate, negated: bool) -> Predicate {
    if negated { Predicate::Not(Box::new(predicate)) } else { predicate }
}

/// All of the members, or at least one, each of them negated or not.
fn joined(members: &[Predicate], is_and: bool, negated: bool) -> Predicate {
    let mut flat = Vec::with_capacity(members.len());
    for member in members {
        match normal(member, negated) {
            Predicate::Constant(value) if value == is_and => {}
            Predicate::Constant(value) => return Predicate::Constant(value),
            Predicate::And(inner) if is_and => flat.extend(inner),
            Predicate::Or(inner) if !is_and => flat.extend(inner),
            other => flat.push(other),
        }
    }
    let mut flat = sorted(flat);
    flat.dedup();
    match flat.pop() {
        None => Predicate::Constant(is_and),
        Some(only) if flat.is_empty() => only,
        Some(last) => {
            flat.push(last);
            if is_and { Predicate::And(flat) } else { Predicate::Or(flat) }
        }
    }
}

/// At least some of the members; fewer than those are at least all but so many of the members negated.
fn at_least(count: usize, members: &[Predicate], negated: bool) -> Predicate {
    let mut wanted = if negated { (members.len() + 1).saturating_sub(count) } else { count };
    let mut rest = Vec::with_capacity(members.len());
    for member in members {
        match normal(member, negated) {
            Predicate::Constant(true) => wanted = wanted.saturating_sub(1),
            Predicate::Constant(false) => {}
            other => rest.push(other),
        }
    }
    match wanted {
        0 => Predicate::Constant(true),
        wanted if wanted > rest.len() => Predicate::Constant(false),
        1 => joined(&rest, false, false),
        wanted if wanted == rest.len() => joined(&rest, true, false),
        // What is left is fewer than the members, whose number has fewer than 32 bits wherever it is checked.
        wanted => Predicate::AtLeast { count: u32::try_from(wanted).unwrap_or(u32::MAX), of: sorted(rest) },
    }
}

fn sorted(mut members: Vec<Predicate>) -> Vec<Predicate> {
    members.sort_by_cached_key(ToString::to_string);
    members
}
