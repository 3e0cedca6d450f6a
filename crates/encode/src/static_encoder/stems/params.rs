use crate::error::EncodeError;
use serde::{Deserialize, Serialize};

/// The value of `format` in `static.json`.
pub(crate) const FORMAT: &str = "pleiad-static";

/// The newest version of the format. Version 1 knows no `max_length` and no `topic`, and weighs questions alike in
/// every collection.
const VERSION: u32 = 2;

/// The rules beside a table, `static.json`: what makes vectors of its rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    pub(crate) format: String,
    pub(crate) version: u32,
    /// Stemmer: `english`, Snowball's.
    pub(crate) stemmer: String,
    /// Share of a unit vector's square that its stem's signature makes up, 0 to 1.
    pub(crate) signature_share: f32,
    /// Saturation of the occurrences of a stem (BM25's k1).
    pub(crate) saturation: f32,
    /// Penalty of long documents, 0 to 1 (BM25's b).
    pub(crate) length_penalty: f32,
    /// Words of a document that pays nothing.
    pub(crate) mean_length: f32,
    /// Words from which on a document pays no more for its length. Without that a word that stands once in a long text
    /// would be nearly nothing beside one that stands often: what the frequent one shares with it by chance would count
    /// for more than the word itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) max_length: Option<f32>,
    /// Length of a document's topic beside a stem that occurs once; without it nothing is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) topic: Option<f32>,
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
            signature_share: 0.25,
            saturation: 0.8,
            length_penalty: 0.75,
            mean_length: 150.0,
            max_length: Some(350.0),
            topic: Some(0.4),
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
            ("version", (1..=VERSION).contains(&self.version), "1 or 2: a newer program reads newer ones"),
            ("stemmer", self.stemmer == "english", "\"english\""),
            ("signature_share", is_share(self.signature_share), "0 to 1"),
            ("saturation", is_size(self.saturation), "a finite number of at least 0"),
            ("length_penalty", is_share(self.length_penalty), "0 to 1"),
            ("mean_length", is_size(self.mean_length) && self.mean_length > 0.0, "a finite number above 0"),
            ("max_length", self.max_length.is_none_or(is_size), "a finite number of at least 0"),
            ("topic", self.topic.is_none_or(is_size), "a finite number of at least 0"),
            ("unknown_weight", is_size(self.unknown_weight), "a finite number of at least 0"),
        ];
        match checks.into_iter().find(|&(_, is_right, _)| !is_right) {
            Some((key, _, expected)) => Err(EncodeError::StaticSetting { key, expected }),
            None => Ok(()),
        }
    }

    /// Returns whether the stems of a query are weighed by the collection.
    pub(super) fn weighs_by_collection(&self) -> bool {
        self.version > 1
    }

    /// The length of a stem's vector in a document of `length` words that holds it `count` times: BM25's share of a
    /// word (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009, equation 3.15), 1 for one
    /// occurrence in a document of mean length. At least a third of the longest one: see [`Params::max_length`].
    pub(super) fn document_length(&self, count: u32, length: usize) -> f32 {
        let count = count as f32;
        count * (self.saturation + 1.0) / (count + self.saturation * self.relative_length(length))
    }

    /// The length of what a document of `length` words is about, if it is added: in proportion to a stem that occurs
    /// once, so that both pay alike.
    pub(super) fn topic_length(&self, length: usize) -> Option<f32> {
        self.topic.map(|topic| topic * self.document_length(1, length))
    }

    /// Returns the share of `count` occurrences in the topic of a document, 0 to 1.
    pub(super) fn saturated(&self, count: u32) -> f32 {
        count as f32 / (count as f32 + self.saturation)
    }

    fn relative_length(&self, length: usize) -> f32 {
        let length = self.max_length.map_or(length as f32, |longest| longest.min(length as f32));
        1.0 - self.length_penalty + self.length_penalty * length / self.mean_length
    }
}
