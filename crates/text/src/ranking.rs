//! Rankings that a collection can be asked for, and the shares of a fused score.

use crate::encoder::has_words_alone;
use crate::error::{Error, Result};
use pleiad::{
    Calibration, HybridQuery, HybridWeights, MultiVector, Plan, Query, Schema, SearchParams, Snapshot,
    WordsQuery,
};
use serde::{Serialize, Serializer};
use std::sync::Arc;

/// Ranking of hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One score of vectors and words.
    Hybrid,
    /// MaxSim of token vectors.
    Vectors,
    /// BM25 of the words that query and document share.
    Words,
}

/// Content of the queries that are going to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryForm {
    /// Texts, which the collection's encoder turns into vectors.
    Text,
    /// Ready-made vectors alone.
    Vectors,
    /// Ready-made vectors, each with its text.
    Both,
}

/// A ranking that is asked for. The default is the best that a collection and its queries can give: hybrid, where there
/// are vectors and words.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RankingOptions {
    /// The ranking.
    pub mode: Option<Mode>,
    /// Share of the vectors' part in a hybrid score, from 0 to 1; words have the rest.
    pub alpha: Option<f32>,
}

/// Shares of the parts of a hybrid score; they add up to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shares {
    /// Share of the mean MaxSim of a query's tokens.
    #[serde(serialize_with = "shortest")]
    pub vectors: f32,
    /// Share of the cosine of the vectors of whole texts; 0 where a collection keeps none.
    #[serde(serialize_with = "shortest")]
    pub sentence: f32,
    /// Share of BM25, in parts of its upper bound for the query.
    #[serde(serialize_with = "shortest")]
    pub words: f32,
}

/// Writes a share as it is typed: 0.45, not the nearest number of 32 bits in 64.
fn shortest<S: Serializer>(share: &f32, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_f64(share.to_string().parse().unwrap_or(f64::from(*share)))
}

impl Shares {
    /// The default of what a collection keeps, or `alpha` for its vectors, those of tokens and of whole texts as they are to
    /// each other by default, and the rest for words.
    fn of(schema: &Schema, alpha: Option<f32>) -> Self {
        let HybridWeights { vectors, sentence, words } = HybridWeights::for_schema(schema);
        match alpha {
            None => Self { vectors, sentence, words },
            Some(alpha) => {
                let unit = alpha / (vectors + sentence);
                Self { vectors: vectors * unit, sentence: sentence * unit, words: 1.0 - alpha }
            }
        }
    }
}

/// A ranking that was settled for one collection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ranking {
    /// One score of vectors and words, with these shares.
    Hybrid(Shares),
    /// MaxSim alone.
    Vectors,
    /// BM25 alone.
    Words,
}

impl Ranking {
    /// The ranking of a collection for queries of this form.
    ///
    /// # Errors
    /// `InvalidArgument` when the collection or the queries lack what is asked for, or an alpha is out of place.
    pub fn settle(schema: &Schema, asked: RankingOptions, form: QueryForm) -> Result<Self> {
        let keeps_words = schema.words.is_some();
        let has_words_alone = has_words_alone(schema);
        let has_vectors = form != QueryForm::Text || schema.encoder.is_some() && !has_words_alone;
        let best = match (has_vectors, keeps_words && form != QueryForm::Vectors) {
            (true, true) => Mode::Hybrid,
            (false, true) => Mode::Words,
            (_, false) => Mode::Vectors,
        };
        let mode = asked.mode.unwrap_or(best);
        if has_words_alone && mode != Mode::Words {
            return Err(Error::invalid(
                "this collection was made to be searched by its words alone: its texts were never encoded",
            ));
        }
        // Vectors of whole texts are a part beside those of tokens, with words or without.
        let is_without_words = mode == Mode::Hybrid && schema.sentence.is_some() && !keeps_words;
        if mode != Mode::Vectors && !is_without_words {
            check_words(keeps_words, form, mode)?;
        }
        match (mode, asked.alpha) {
            (Mode::Hybrid, Some(alpha)) if !(0.0..=1.0).contains(&alpha) => {
                Err(Error::invalid(format!("alpha is {alpha}; it must be in 0..=1, such as 0.7")))
            }
            (Mode::Hybrid, Some(_)) if !keeps_words => {
                Err(Error::invalid("alpha leaves words the rest of a score, and this collection keeps none"))
            }
            (Mode::Hybrid, alpha) => Ok(Self::Hybrid(Shares::of(schema, alpha))),
            (mode, Some(_)) => {
                let name = mode.name();
                Err(Error::invalid(format!(
                    "alpha is the share of vectors in a hybrid score, and this search ranks by {name} alone"
                )))
            }
            (Mode::Vectors, None) => Ok(Self::Vectors),
            (Mode::Words, None) => Ok(Self::Words),
        }
    }

    /// The plan of a search for a query of so many tokens that has every part: nothing else about a query decides.
    ///
    /// # Errors
    /// `InvalidArgument` for parameters out of range, and for words, whose searches are exact and follow no plan of budgets.
    pub fn plan_for(self, snapshot: &Snapshot, num_tokens: usize, params: &SearchParams) -> Result<Plan> {
        let schema = snapshot.schema();
        let Shares { vectors, sentence, words } = match self {
            Self::Hybrid(shares) => shares,
            Self::Vectors => return Ok(snapshot.plan_for(num_tokens, params)?),
            Self::Words => {
                return Err(Error::invalid("searches by words are exact: they have one plan for all"));
            }
        };
        let query = HybridQuery {
            vectors: Query::new(MultiVector::new(vec![1.0; num_tokens * schema.dim], schema.dim)?),
            sentence: schema.sentence.map(|sentence| vec![1.0; sentence.dim]),
            words: WordsQuery::new(["any"])?,
            weights: HybridWeights { vectors, sentence, words },
        };
        Ok(snapshot.plan_hybrid(&query, params)?)
    }

    /// The calibration that plans of this ranking come from; nothing where there is none.
    ///
    /// # Errors
    /// `Corrupt` when it cannot be read.
    pub fn calibration(self, snapshot: &Snapshot) -> Result<Option<Arc<Calibration>>> {
        Ok(match self {
            Self::Hybrid(_) => snapshot.hybrid_calibration()?,
            Self::Vectors => snapshot.calibration()?,
            Self::Words => None,
        })
    }

    /// The mode alone.
    pub fn mode(self) -> Mode {
        match self {
            Self::Hybrid(_) => Mode::Hybrid,
            Self::Vectors => Mode::Vectors,
            Self::Words => Mode::Words,
        }
    }

    /// The shares of a hybrid ranking.
    pub fn shares(self) -> Option<Shares> {
        match self {
            Self::Hybrid(shares) => Some(shares),
            Self::Vectors | Self::Words => None,
        }
    }
}

impl Mode {
    /// The name, as people type and programs read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hybrid => "hybrid",
            Self::Vectors => "vectors",
            Self::Words => "words",
        }
    }
}

fn check_words(keeps_words: bool, form: QueryForm, mode: Mode) -> Result<()> {
    if !keeps_words {
        return Err(Error::invalid(
            "this collection keeps no words: create one with --words english-1 and add the documents to it",
        ));
    }
    match form {
        QueryForm::Vectors => Err(Error::invalid(format!(
            "a search by {} needs the text of the query: give it beside its vectors",
            if mode == Mode::Hybrid { "vectors and words" } else { "words" }
        ))),
        QueryForm::Text | QueryForm::Both => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleiad::{SentenceSchema, WordsSchema};

    fn schema(encoder: Option<&str>, keeps_words: bool) -> Schema {
        let words = keeps_words.then(|| WordsSchema::new("english-1"));
        Schema { encoder: encoder.map(str::to_owned), words, ..Schema::new(4) }
    }

    fn settled(schema: &Schema, mode: Option<Mode>, form: QueryForm) -> Option<Mode> {
        Ranking::settle(schema, RankingOptions { mode, alpha: None }, form).ok().map(Ranking::mode)
    }

    #[test]
    fn the_best_ranking_that_there_is_is_the_default() {
        use Mode::{Hybrid, Vectors, Words};
        use QueryForm::{Both, Text, Vectors as Rows};
        let of_text = Some("mini-v1");
        for (encoder, keeps_words, form, expected) in [
            (of_text, true, Text, Hybrid),
            (of_text, false, Text, Vectors),
            (None, true, Text, Words),
            (None, true, Rows, Vectors),
            (None, true, Both, Hybrid),
            (None, false, Both, Vectors),
            (Some("words-v1"), true, Text, Words),
        ] {
            assert_eq!(settled(&schema(encoder, keeps_words), None, form), Some(expected));
        }
        for (keeps_words, mode, form, expected) in [
            (true, Vectors, Text, Some(Vectors)),
            (true, Words, Both, Some(Words)),
            (false, Words, Text, None),
            (false, Hybrid, Text, None),
            (true, Hybrid, Rows, None),
        ] {
            assert_eq!(settled(&schema(of_text, keeps_words), Some(mode), form), expected);
        }
    }

    #[test]
    fn texts_that_were_never_encoded_are_ranked_by_words_alone() {
        let schema = schema(Some("words-v1"), true);
        for mode in [Mode::Hybrid, Mode::Vectors] {
            assert_eq!(settled(&schema, Some(mode), QueryForm::Text), None);
        }
        assert_eq!(settled(&schema, Some(Mode::Words), QueryForm::Text), Some(Mode::Words));
    }

    #[test]
    fn alpha_is_the_share_of_vectors_in_a_hybrid_score_and_nowhere_else() {
        let hybrid = schema(Some("mini-v1"), true);
        let settle = |mode, alpha| {
            Ranking::settle(&hybrid, RankingOptions { mode, alpha: Some(alpha) }, QueryForm::Text)
        };
        for alpha in [0.0, 0.25, 1.0] {
            let shares = settle(None, alpha).unwrap().shares().unwrap();
            assert_eq!(shares, Shares { vectors: alpha, sentence: 0.0, words: 1.0 - alpha });
        }
        let whole = Schema { sentence: Some(SentenceSchema { dim: 8 }), ..hybrid.clone() };
        let shares = |alpha| {
            let asked = RankingOptions { mode: None, alpha };
            Ranking::settle(&whole, asked, QueryForm::Text).unwrap().shares().unwrap()
        };
        assert_eq!(shares(None), Shares { vectors: 0.45, sentence: 0.25, words: 0.3 });
        let Shares { vectors, sentence, words } = shares(Some(0.35));
        assert!((vectors - 0.225).abs() < 1e-6 && (sentence - 0.125).abs() < 1e-6 && words == 0.65);
        let unworded = Schema { words: None, ..whole.clone() };
        let hybrid_of = |alpha| {
            let asked = RankingOptions { mode: Some(Mode::Hybrid), alpha };
            Ranking::settle(&unworded, asked, QueryForm::Text)
        };
        assert_eq!(hybrid_of(None).unwrap().shares().unwrap().words, 0.0);
        assert!(hybrid_of(Some(0.5)).unwrap_err().to_string().contains("keeps none"));
        assert_eq!(settled(&unworded, None, QueryForm::Text), Some(Mode::Vectors));
        for alpha in [-0.1, 1.1, f32::NAN, f32::INFINITY] {
            assert!(settle(None, alpha).unwrap_err().to_string().contains("0..=1"), "{alpha}");
        }
        for mode in [Mode::Vectors, Mode::Words] {
            let message = settle(Some(mode), 0.5).unwrap_err().to_string();
            assert!(message.contains(mode.name()), "{message}");
        }
    }
}
