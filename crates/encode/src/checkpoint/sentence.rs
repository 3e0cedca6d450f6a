//! One vector for a whole text, as sentence transformers make it.

use crate::weights::{ModelError, Settings};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;

/// Hidden states that make the vector of a whole text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sentence {
    /// The mean of all, those of markers and punctuation too.
    Mean,
    /// Hidden state of the first token.
    Cls,
    /// None do: there is no such vector.
    Off,
}

/// The settings that are not on, of all that sentence transformers have.
const OTHERS: [&str; 4] = [
    "pooling_mode_max_tokens",
    "pooling_mode_mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens",
    "pooling_mode_lasttoken",
];

impl Sentence {
    /// Reads `1_Pooling/config.json` of a folder; off where there is none.
    ///
    /// # Errors
    /// When it asks for another way, or for several.
    pub(super) fn of_folder(folder: &Path) -> Result<Self, ModelError> {
        match Settings::find(&folder.join("1_Pooling").join("config.json"))? {
            None => Ok(Self::Off),
            Some(settings) => Self::read(&settings),
        }
    }

    fn read(settings: &Settings) -> Result<Self, ModelError> {
        let is_on = |key: &str| Ok::<_, ModelError>(settings.flag(key)?.unwrap_or(false));
        for key in OTHERS {
            settings.only(key, &Value::from(false))?;
        }
        match (is_on("pooling_mode_mean_tokens")?, is_on("pooling_mode_cls_token")?) {
            (true, false) => Ok(Self::Mean),
            (false, true) => Ok(Self::Cls),
            (both, _) => {
                let expected = "one of mean and cls, and no other";
                Err(settings.wrong("pooling_mode_mean_tokens", &Value::from(both), expected))
            }
        }
    }

    /// Adds up the states of one sequence, `[num_tokens, dim]`, each window of a text by its length.
    pub(super) fn sum(self, states: &[f32], dim: usize) -> Option<Vec<f32>> {
        match self {
            Self::Off => None,
            Self::Mean => {
                let mut sum = vec![0.0; dim];
                for row in states.chunks_exact(dim) {
                    sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
                }
                Some(sum)
            }
            Self::Cls => {
                let num_tokens = (states.len() / dim) as f32;
                Some(states[..dim].iter().map(|value| value * num_tokens).collect())
            }
        }
    }
}
