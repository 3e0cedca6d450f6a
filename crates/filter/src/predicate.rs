//! The syntax tree of a filter.

use crate::area::Area;
use crate::path::Path;
use crate::value::{Value, Values};
use std::collections::BTreeSet;
use std::ops::Bound;

/// A condition on a document. Every predicate is true or false of every document.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// The same for all documents.
    Constant(bool),
    /// All of them; true where there are none.
    And(Vec<Self>),
    /// At least one of them; false where there are none.
    Or(Vec<Self>),
    /// The opposite.
    Not(Box<Self>),
    /// At least so many of them.
    AtLeast {
        /// Fewest that have to hold.
        count: u32,
        /// Predicates to count.
        of: Vec<Self>,
    },
    /// One object at the path, or one among the elements of an array there, satisfies the predicate alone.
    Element {
        /// Path of the objects.
        path: Path,
        /// Predicate whose paths begin at the object. Keys and texts are still those of the document.
        inner: Box<Self>,
    },
    /// A test of what a path yields.
    Attribute {
        /// Path of the attribute.
        path: Path,
        /// Test that one of the leaves has to pass.
        test: Test,
    },
    /// A test of the key.
    Key(KeyTest),
}

/// A test of the leaves that a path yields. It holds if one leaf passes, unless said otherwise.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// A leaf that equals one of the values.
    OneOf(Values),
    /// A leaf that is neither null nor an object and equals none of the values.
    OtherThan(Values),
    /// A number between numbers, or text that reads as a time between times.
    Range {
        /// Lower end.
        lower: Bound<Value>,
        /// Upper end, of the same kind.
        upper: Bound<Value>,
    },
    /// Text that begins with this one.
    Prefix(String),
    /// Text that has words.
    Words {
        /// Number of the words that have to occur, and their order.
        mode: WordsMode,
        /// Text whose words are looked for.
        text: String,
    },
    /// The number of leaves that are not null.
    Count {
        /// Fewest leaves.
        least: u32,
        /// Most leaves; `u32::MAX` stands for any number.
        most: u32,
    },
    /// Anything stored there, null and empty arrays included.
    Exists,
    /// A leaf that is null.
    IsNull,
    /// Nothing stored there but nulls and empty arrays.
    IsEmpty,
    /// An object with `lat` and `lon` inside an area.
    Within(Area),
}

/// Ways in which words have to occur in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordsMode {
    /// Every word, in any order.
    All,
    /// At least one word.
    Any,
    /// All words, one after the other.
    Phrase,
}

/// A test of the key of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyTest {
    /// One of these keys.
    OneOf(BTreeSet<String>),
    /// A key that begins with this.
    Prefix(String),
}

/// The stored fields that a predicate reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fields {
    /// True where the key is read.
    pub key: bool,
    /// True where the text is read.
    pub text: bool,
    /// True where attributes are read.
    pub attributes: bool,
}

impl Predicate {
    /// The predicate that holds for the document of one key.
    pub fn key(key: impl Into<String>) -> Self {
        Self::Key(KeyTest::OneOf(BTreeSet::from([key.into()])))
    }

    /// The only member, or all of them joined.
    pub(crate) fn one_or(mut members: Vec<Self>, join: impl FnOnce(Vec<Self>) -> Self) -> Self {
        match members.pop() {
            Some(only) if members.is_empty() => only,
            last => {
                members.extend(last);
                join(members)
            }
        }
    }

    /// Returns the fields that have to be at hand to decide about a document.
    pub fn fields(&self) -> Fields {
        match self {
            Self::Constant(_) => Fields::default(),
            Self::And(members) | Self::Or(members) | Self::AtLeast { of: members, .. } => {
                members.iter().map(Self::fields).fold(Fields::default(), Fields::and)
            }
            Self::Not(inner) => inner.fields(),
            Self::Element { inner, .. } => Fields { attributes: true, ..inner.fields() },
            Self::Attribute { path, .. } if path.is_text() => Fields { text: true, ..Fields::default() },
            Self::Attribute { .. } => Fields { attributes: true, ..Fields::default() },
            Self::Key(_) => Fields { key: true, ..Fields::default() },
        }
    }
}

impl Predicate {
    /// Paths of the attributes that it asks about, each once; those within elements begin at the document.
    pub fn paths(&self) -> Vec<Path> {
        let mut paths = Vec::new();
        self.collect_paths(&[], &mut paths);
        paths.sort_unstable();
        paths.dedup();
        paths
    }

    fn collect_paths(&self, above: &[&str], paths: &mut Vec<Path>) {
        // A path within an element may be longer than one alone: it is left out then.
        let joined = |path: &Path| {
            let names = above.iter().copied().chain(path.names()).map(str::to_owned);
            if path.is_text() { Some(path.clone()) } else { Path::new(names).ok() }
        };
        match self {
            Self::And(members) | Self::Or(members) | Self::AtLeast { of: members, .. } => {
                members.iter().for_each(|member| member.collect_paths(above, paths));
            }
            Self::Not(inner) => inner.collect_paths(above, paths),
            Self::Element { path, inner } => {
                paths.extend(joined(path));
                let names: Vec<&str> = above.iter().copied().chain(path.names()).collect();
                inner.collect_paths(&names, paths);
            }
            Self::Attribute { path, .. } => paths.extend(joined(path)),
            Self::Constant(_) | Self::Key(_) => {}
        }
    }
}

impl Fields {
    fn and(self, other: Self) -> Self {
        Self {
            key: self.key | other.key,
            text: self.text | other.text,
            attributes: self.attributes | other.attributes,
        }
    }
}
