use pleiad_wire::{Kind, Problem};
use std::str::FromStr;

/// The parameters behind the `?` of an address.
#[derive(Debug, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// # Errors
    /// `InvalidArgument` for bytes that are no UTF-8, and for a name that stands twice.
    pub(crate) fn parse(query: Option<&str>) -> Result<Self, Problem> {
        let mut all: Vec<(String, String)> = Vec::new();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(&name.replace('+', " "))?;
            if all.iter().any(|(known, _)| *known == name) {
                return Err(Problem::new(
                    Kind::InvalidArgument,
                    format!("the parameter {name:?} stands twice"),
                ));
            }
            all.push((name, decoded(&value.replace('+', " "))?));
        }
        Ok(Self(all))
    }

    /// The value of a name, which is not left over then.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }

    /// The same as a number, or as `true` or `false`.
    ///
    /// # Errors
    /// `InvalidArgument` where it is none.
    pub(crate) fn value<T: FromStr>(&mut self, name: &str) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            Problem::new(Kind::InvalidArgument, format!("{name} is {text:?}, which it cannot be"))
                .of_field(name)
        })
    }

    /// Checks that none is left over.
    ///
    /// # Errors
    /// `InvalidArgument`, which names one that nobody knows.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => {
                Err(Problem::new(Kind::InvalidArgument, format!("nobody knows the parameter {name:?}"))
                    .of_field(name))
            }
        }
    }
}

/// A text with its `%xx` as bytes.
///
/// # Errors
/// `InvalidArgument` for an escape that is none, and for bytes that are no UTF-8.
pub(crate) fn decoded(text: &str) -> Result<String, Problem> {
    let wrong = || {
        Problem::new(Kind::InvalidArgument, format!("the address holds {text:?}, which is no UTF-8 in %xx"))
    };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, behind) = rest.split_at_checked(2).ok_or_else(wrong)?;
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (Some(high), Some(low)) = (digit(digits[0]), digit(digits[1])) else { return Err(wrong()) };
        bytes.push((high * 16 + low) as u8);
        rest = behind;
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_bytes_of_utf8() {
        for (text, expected) in
            [("a%20b", "a b"), ("%C3%A4", "ä"), ("a%2Fb%2fc", "a/b/c"), ("a+b", "a+b"), ("", "")]
        {
            assert_eq!(decoded(text).unwrap(), expected);
        }
        for text in ["%", "%2", "%2x", "%ff", "a%C3"] {
            assert_eq!(decoded(text).unwrap_err().kind, Kind::InvalidArgument, "{text}");
        }
    }

    #[test]
    fn every_parameter_is_known_and_stands_once() {
        let mut params = Params::parse(Some("filter=year+%3E%3D+3&limit=7&dry")).unwrap();
        assert_eq!(params.text("filter").as_deref(), Some("year >= 3"));
        assert_eq!(params.value::<usize>("limit").unwrap(), Some(7));
        assert_eq!(params.text("limit"), None);
        assert!(params.finish().unwrap_err().detail.contains("\"dry\""));
        assert!(Params::parse(Some("a=1&a=2")).unwrap_err().detail.contains("twice"));
        assert!(
            Params::parse(Some("n=x")).unwrap().value::<usize>("n").unwrap_err().detail.contains("\"x\"")
        );
        assert!(Params::parse(None).unwrap().finish().is_ok());
    }
}
