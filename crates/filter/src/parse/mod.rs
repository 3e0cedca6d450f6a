//! The string form, by recursive descent.
//!
//! ```text
//! filter    = or                        keywords in any case; NOT binds before AND, AND before OR
//! or        = and { "OR" and }          and = not { "AND" not }          not = "NOT" not | atom
//! atom      = "(" or ")" | "ANY" path "(" or ")" | "AT" "LEAST" integer "OF" "(" or { "," or } ")"
//!           | "TRUE" | "FALSE" | condition
//! condition = path ( cmp literal | [ "NOT" ] "IN" list | "HAS" ( "ALL" | "OTHER" "THAN" ) list
//!           | [ "NOT" ] "BETWEEN" [ ">" | ">=" ] literal "AND" [ "<" | "<=" ] literal
//!           | "IS" [ "NOT" ] ( "NULL" | "EMPTY" ) | [ "NOT" ] "EXISTS" | [ "NOT" ] "STARTS" "WITH" string
//!           | [ "NOT" ] "MATCHES" [ "ALL" | "ANY" | "PHRASE" ] string
//!           | "COUNT" ( cmp integer | "BETWEEN" integer "AND" integer ) | "WITHIN" area )
//! area      = number unit "OF" point | "BOX" point point | "POLYGON" ring { "EXCEPT" ring }
//! ```

mod area;
mod condition;
mod cursor;
mod literal;

use crate::check::{MAX_NESTING, too_deep};
use crate::error::FilterError;
use crate::path::is_reserved;
use crate::predicate::Predicate;
use cursor::Cursor;

type Result<T> = std::result::Result<T, FilterError>;

impl Predicate {
    /// Reads the string form.
    ///
    /// # Errors
    /// [`FilterError`] with the column of what is wrong; `Unsupported` for what this library cannot answer.
    pub fn parse(filter: &str) -> Result<Self> {
        let read = || {
            let mut parser = Parser { cursor: Cursor::new(filter), depth: 0 };
            let predicate = parser.or()?;
            if !parser.cursor.is_at_end() {
                return Err(parser.cursor.expected("\"AND\", \"OR\" or the end"));
            }
            predicate.check()?;
            Ok(predicate)
        };
        read().map_err(|error: FilterError| error.with_filter(filter))
    }
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    /// Parentheses around the cursor, and `NOT`s before `NOT`s.
    depth: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Predicate> {
        let first = self.and()?;
        let mut members = vec![first];
        while self.cursor.keyword("OR") {
            members.push(self.and()?);
        }
        Ok(Predicate::one_or(members, Predicate::Or))
    }

    fn and(&mut self) -> Result<Predicate> {
        let first = self.not()?;
        let mut members = vec![first];
        while self.cursor.keyword("AND") {
            members.push(self.not()?);
        }
        Ok(Predicate::one_or(members, Predicate::And))
    }

    fn not(&mut self) -> Result<Predicate> {
        let mut num_nots = 0;
        while self.cursor.keyword("NOT") {
            num_nots += 1;
            if num_nots > 1 {
                self.enter()?;
            }
        }
        let mut predicate = self.atom()?;
        for _ in 0..num_nots {
            predicate = Predicate::Not(Box::new(predicate));
        }
        self.depth -= usize::max(num_nots, 1) - 1;
        Ok(predicate)
    }

    fn atom(&mut self) -> Result<Predicate> {
        let column = self.cursor.column();
        if self.cursor.sign("(") {
            return self.enclosed(column);
        }
        if self.cursor.keyword("TRUE") {
            return Ok(Predicate::Constant(true));
        }
        if self.cursor.keyword("FALSE") {
            return Ok(Predicate::Constant(false));
        }
        if self.cursor.keyword("ANY") {
            return self.element();
        }
        if self.cursor.keywords("AT", "LEAST") {
            return self.at_least();
        }
        if self.cursor.keywords("HAS", "ASPECT") {
            let way_out = ": documents of this collection have one vector set";
            return Err(FilterError::at(column, "HAS ASPECT is unsupported", way_out).unsupported());
        }
        let word = self.cursor.word();
        if is_reserved(word) {
            let way_out = format!(": write an attribute of this name as `{word}`");
            return Err(FilterError::at(column, format_args!("expected a condition, found {word}"), way_out));
        }
        condition::condition(&mut self.cursor)
    }

    /// The rest behind a parenthesis that was opened.
    fn enclosed(&mut self, opened: usize) -> Result<Predicate> {
        self.enter()?;
        let inner = if self.cursor.is_at_end() { Err(unclosed(opened)) } else { self.or() }?;
        self.close(opened)?;
        Ok(inner)
    }

    fn element(&mut self) -> Result<Predicate> {
        let path = condition::path(&mut self.cursor)?;
        let opened = self.cursor.column();
        self.cursor.require("(")?;
        let inner = self.enclosed(opened)?;
        Ok(Predicate::Element { path, inner: Box::new(inner) })
    }

    fn at_least(&mut self) -> Result<Predicate> {
        let count = condition::integer(&mut self.cursor)?;
        self.cursor.require_word("OF")?;
        let opened = self.cursor.column();
        self.cursor.require("(")?;
        self.enter()?;
        let first = self.or()?;
        let mut of = vec![first];
        while self.cursor.sign(",") {
            of.push(self.or()?);
        }
        self.close(opened)?;
        Ok(Predicate::AtLeast { count, of })
    }

    fn enter(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_NESTING { Err(too_deep(self.depth)) } else { Ok(()) }
    }

    fn close(&mut self, opened: usize) -> Result<()> {
        self.depth -= 1;
        if self.cursor.sign(")") {
            return Ok(());
        }
        if self.cursor.is_at_end() {
            return Err(unclosed(opened));
        }
        Err(self.cursor.expected("\"AND\", \"OR\" or \")\""))
    }
}

fn unclosed(column: usize) -> FilterError {
    FilterError::at(column, "unclosed \"(\"", "")
}
