use crate::EncodeError;
use serde::{Deserialize, Serialize};

/// The value of `format` in `static.json`.
pub(crate) const FORMAT: &str = "pleiad-static";

/// The version of the format.
const VERSION: u32 = 1;

/// The rules beside a table, `static.json`: what makes vectors of its rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    pub(crate) format: String,
    pub(crate) version: u32,
    /// What cuts words to stems: `english`, Snowball's.
    pub(crate) stemmer: String,
    /// Share of a unit vector's square that its stem's signature makes up, 0 to 1.
    pub(crate) signature_share: f32,
    /// How soon more occurrences of a stem stop to count (BM25's k1).
    pub(crate) saturation: f32,
    /// How much longer documents pay for their length, 0 to 1 (BM25's b).
    pub(crate) length_penalty: f32,
    /// Words of a document that pays nothing.
    pub(crate) mean_length: f32,
    /// The weight of a stem without a row in a query.
    pub(crate) unknown_weight: f32,
}

impl Params {
    /// The rules that go with a table in which stems that are not known weigh `unknown_weight`.
    pub(crate) fn new(unknown_weight: f32) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            stemmer: "english".to_owned(),
            signature_share: 0.2,
            saturation: 1.2,
            length_penalty: 0.75,
            mean_length: 150.0,
            unknown_weight,
        }
    }

    pub(crate) fn from_json(json: &[u8]) -> Result<Self, EncodeError> {
        let params: Self = serde_json::from_slice(json).map_err(EncodeError::StaticJson)?;
        params.check()?;
        Ok(params)
    }

    fn check(&self) -> Result<(), EncodeError> {
        let is_share = |value: f32| (0.0..=1.0).contains(&value);
        let is_size = |value: f32| value.is_finite() && value >= 0.0;
        let checks = [
            ("format", self.format == FORMAT, "\"pleiad-static\""),
            ("version", self.version == VERSION, "1: a newer program reads newer ones"),
            ("stemmer", self.stemmer == "english", "\"english\""),
            ("signature_share", is_share(self.signature_share), "0 to 1"),
            ("saturation", is_size(self.saturation), "a finite number of at least 0"),
            ("length_penalty", is_share(self.length_penalty), "0 to 1"),
            ("mean_length", is_size(self.mean_length) && self.mean_length > 0.0, "a finite number above 0"),
            ("unknown_weight", is_size(self.unknown_weight), "a finite number of at least 0"),
        ];
        match checks.into_iter().find(|&(_, is_right, _)| !is_right) {
            Some((key, _, expected)) => Err(EncodeError::StaticSetting { key, expected }),
            None => Ok(()),
        }
    }

    /// The length of a stem's vector in a document of `length` words that holds it `count` times: BM25's share of a
    /// word (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009, equation 3.15), 1 for one occurrence
    /// in a document of mean length.
    pub(super) fn document_length(&self, count: u32, length: usize) -> f32 {
        let count = count as f32;
        let relative = 1.0 - self.length_penalty + self.length_penalty * length as f32 / self.mean_length;
        count * (self.saturation + 1.0) / (count + self.saturation * relative)
    }
}
