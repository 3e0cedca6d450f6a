use crate::exit::{Failure, Result};
use std::env;
use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;

/// What opens models that are not for everybody. It is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl Token {
    /// The one of `HF_TOKEN`, or of the file where the hub's own client keeps it; `home` is that client's folder.
    ///
    /// # Errors
    /// When the file is there and cannot be read, or what is found can be no token.
    pub(crate) fn find(home: Option<PathBuf>) -> Result<Option<Self>> {
        if let Some(token) = env::var_os("HF_TOKEN").filter(|token| !token.is_empty()) {
            return Self::read(&token.to_string_lossy(), "HF_TOKEN");
        }
        let named = env::var_os("HF_TOKEN_PATH").map(PathBuf::from);
        let Some(path) = named.or_else(|| Some(home?.join("token"))) else { return Ok(None) };
        match fs::read_to_string(&path) {
            Ok(text) => Self::read(&text, &path.display().to_string()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(Failure::io(format!("cannot read the hub's token in {}", path.display()), &error))
            }
        }
    }

    fn read(text: &str, place: &str) -> Result<Option<Self>> {
        let token = text.trim();
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Failure::invalid(format!(
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
