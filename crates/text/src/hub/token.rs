use crate::error::{Error, Result};
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

/// Token for models that are not public. It is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The token in a file, as the hub's own client keeps it; nothing where there is no such file.
    ///
    /// # Errors
    /// When the file is there and cannot be read, or what is found can be no token.
    pub fn open(path: &Path) -> Result<Option<Self>> {
        match fs::read_to_string(path) {
            Ok(text) => Self::read(&text, &path.display().to_string()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(Error::io(format!("cannot read the hub's token in {}", path.display()), &error))
            }
        }
    }

    /// The token that a text holds, nothing where it is blank; `place` says where the text stood.
    ///
    /// # Errors
    /// When it can be no token.
    pub fn read(text: &str, place: &str) -> Result<Option<Self>> {
        let token = text.trim();
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::invalid(format!(
                "{place} holds no token: blanks or other characters are in it that no token has"
            )));
        }
        Ok((!token.is_empty()).then(|| Self(token.to_owned())))
    }

    /// The header that shows it to the hub.
    pub(super) fn authorization(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_word_and_never_shown() {
        let token = Token::read(" hf_secret\n", "x").unwrap().unwrap();
        assert_eq!(token.authorization(), "Bearer hf_secret");
        assert_eq!(format!("{token:?}"), "Token(..)");
        assert_eq!(Token::read(" \n", "x").unwrap(), None);
        for wrong in ["hf_se\ncret", "hf secret", "hf_ü"] {
            let message = Token::read(wrong, "HF_TOKEN").unwrap_err().to_string();
            assert!(message.contains("HF_TOKEN") && !message.contains(wrong), "{message}");
        }
    }
}
