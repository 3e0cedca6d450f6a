//! Explanations of scores with the words of both sides.

use crate::ranking::Shares;
use pleiad::{
    ExplainedSet, Explanation, HitParts, HybridExplanation, Part, SetsExplanation, TermPart, WordsExplanation,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fmt;

/// Names of rows that several words of a document share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// The closest word alone.
    Closest,
    /// The closest word, and the others beside it.
    Phrase,
}

/// Why a document has its score, in the ranking that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Explained {
    /// MaxSim by token.
    Vectors(Explanation),
    /// BM25 by term.
    Words(WordsExplanation),
    /// A hybrid score by token and term.
    Fused(FusedExplanation),
    /// A score by vector sets, each by token.
    Sets(SetsExplanation),
}

/// Why a document has its hybrid score. Tokens add up to the part of vectors, terms to that of words, and parts to the
/// score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FusedExplanation {
    /// The key of the document.
    pub key: String,
    /// Its number in the collection.
    pub id: u64,
    /// The hybrid score.
    pub score: f32,
    /// `hybrid`.
    pub mode: &'static str,
    /// Shares of the parts in any score.
    pub weights: Shares,
    /// Parts of this score.
    pub parts: HitParts,
    /// The part of vectors by query token.
    pub tokens: Vec<TokenShare>,
    /// The cosine of the vectors of both texts as wholes; nothing where the collection keeps none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence_cosine: Option<f32>,
    /// The part of words by term.
    pub terms: Vec<TermShare>,
}

/// Contribution of one query token to a hybrid score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TokenShare {
    /// Rows, similarity and words of the pair.
    #[serde(flatten)]
    pub pair: Part,
    /// Its share of the score.
    pub score: f32,
}

/// Contribution of one term to a hybrid score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TermShare {
    /// The term, as the analyzer makes it.
    pub term: String,
    /// Its share of the score.
    pub score: f32,
}

impl FusedExplanation {
    /// Weighs the tokens and terms of an explanation.
    pub(crate) fn new(explanation: &HybridExplanation, shares: Shares) -> Self {
        let HybridExplanation { score, parts, vectors, token_value, sentence, words, term_value, .. } =
            explanation;
        let token = |pair: &Part| TokenShare { pair: pair.clone(), score: pair.similarity * token_value };
        let term = |part: &TermPart| TermShare { term: part.term.clone(), score: part.score * term_value };
        Self {
            key: vectors.key.to_string(),
            id: vectors.id.0,
            score: score.get(),
            mode: "hybrid",
            weights: shares,
            parts: *parts,
            tokens: vectors.parts.iter().map(token).collect(),
            sentence_cosine: (shares.sentence > 0.0).then_some(*sentence),
            terms: words.iter().flat_map(|words| &words.parts).map(term).collect(),
        }
    }

    /// The explanation of a question without token vectors: words are the whole score.
    pub(crate) fn of_words(words: &WordsExplanation, shares: Shares) -> Self {
        let terms = terms(words, shares.words);
        let of_words = terms.iter().map(|term| term.score).sum();
        Self {
            key: words.key.to_string(),
            id: words.id.0,
            score: of_words,
            mode: "hybrid",
            weights: shares,
            parts: HitParts { vectors: 0.0, sentence: 0.0, words: of_words },
            tokens: Vec::new(),
            sentence_cosine: None,
            terms,
        }
    }
}

fn terms(words: &WordsExplanation, share: f32) -> Vec<TermShare> {
    let unit = if words.bound > 0.0 { share / words.bound } else { 0.0 };
    let term = |part: &TermPart| TermShare { term: part.term.clone(), score: part.score * unit };
    words.parts.iter().map(term).collect()
}

impl Explained {
    /// The same for programs.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn as_json(&self) -> serde_json::Result<Value> {
        match self {
            Self::Vectors(explanation) => serde_json::to_value(explanation),
            Self::Fused(explanation) => serde_json::to_value(explanation),
            Self::Sets(explanation) => Ok(sets_as_json(explanation)),
            Self::Words(explanation) => {
                let part = |part: &TermPart| json!({ "term": part.term, "score": part.score });
                Ok(json!({
                    "key": explanation.key.as_str(),
                    "id": explanation.id.0,
                    "score": explanation.score.get(),
                    "bound": explanation.bound,
                    "parts": explanation.parts.iter().map(part).collect::<Vec<_>>(),
                }))
            }
        }
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vectors(explanation) => explanation.fmt(f),
            Self::Words(explanation) => explanation.fmt(f),
            Self::Fused(explanation) => explanation.fmt(f),
            Self::Sets(explanation) => explanation.fmt(f),
        }
    }
}

fn sets_as_json(explanation: &SetsExplanation) -> Value {
    let of_set = |explained: &ExplainedSet| {
        let ExplainedSet { set, weight, score, token_value, vectors } = explained;
        let set_value = json!({
            "weight": weight,
            "score": score,
            "token_value": token_value,
            "tokens": vectors.parts,
        });
        (set.clone(), set_value)
    };
    json!({
        "key": explanation.key.as_str(),
        "id": explanation.id.0,
        "score": explanation.score.get(),
        "sets": explanation.sets.iter().map(of_set).collect::<Map<String, Value>>(),
    })
}

/// The beginnings of lines below a part: that of each line and that of the last one.
type Branches = [&'static str; 2];

/// The beginning of a part's line, and those below it: of a part that others follow, and of the last one.
const BRANCHES: [(&str, Branches); 2] = [("├─", ["│  ├─", "│  └─"]), ("└─", ["   ├─", "   └─"])];

impl fmt::Display for FusedExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, weights) = (self.parts, self.weights);
        let names = [("vectors", weights.vectors), ("sentence", weights.sentence), ("words", weights.words)];
        let names: Vec<&str> =
            names.iter().filter(|(_, weight)| *weight > 0.0).map(|(name, _)| *name).collect();
        writeln!(f, "{:.4}  {}  = {}", self.score, self.key, names.join(" + "))?;
        let has_words = weights.words > 0.0;
        let num_tokens = self.tokens.len();
        let is_last = !has_words && self.sentence_cosine.is_none();
        let (branch, below) = BRANCHES[usize::from(is_last)];
        let of = format!("MaxSim of {num_tokens} query tokens");
        writeln!(f, "{branch} {:>7.4}  vectors, weight {:.2}: {of}", parts.vectors, weights.vectors)?;
        self.write_tokens(f, below)?;
        if let Some(cosine) = self.sentence_cosine {
            let (branch, _) = BRANCHES[usize::from(!has_words)];
            let of = format!("both texts as wholes, cosine {cosine:.2}");
            writeln!(f, "{branch} {:>7.4}  sentence, weight {:.2}: {of}", parts.sentence, weights.sentence)?;
        }
        if has_words {
            let (branch, below) = BRANCHES[1];
            let of = format!("BM25 of {} shared terms", self.terms.len());
            writeln!(f, "{branch} {:>7.4}  words, weight {:.2}: {of}", parts.words, weights.words)?;
            self.write_terms(f, below)?;
        }
        Ok(())
    }
}

impl FusedExplanation {
    fn write_tokens(&self, f: &mut fmt::Formatter<'_>, branches: Branches) -> fmt::Result {
        let name = |text: &Option<String>, row: u32| text.clone().unwrap_or_else(|| format!("#{row}"));
        let names: Vec<(String, String)> = self
            .tokens
            .iter()
            .map(|TokenShare { pair, .. }| {
                (name(&pair.query_text, pair.query_token), name(&pair.doc_text, pair.doc_token))
            })
            .collect();
        let width = names.iter().map(|(query, _)| query.chars().count()).max().unwrap_or(0);
        for (at, (token, (query, document))) in self.tokens.iter().zip(&names).enumerate() {
            let branch = branches[usize::from(at + 1 == self.tokens.len())];
            writeln!(f, "{branch} {:>7.4}  {query:<width$}  →  {document}", token.score)?;
        }
        Ok(())
    }

    fn write_terms(&self, f: &mut fmt::Formatter<'_>, branches: Branches) -> fmt::Result {
        for (at, TermShare { term, score }) in self.terms.iter().enumerate() {
            let branch = branches[usize::from(at + 1 == self.terms.len())];
            writeln!(f, "{branch} {score:>7.4}  {term}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_prints_as_a_tree_and_adds_up() {
        let pair = |query_token, similarity, query: &str, document: &str| Part {
            query_token,
            doc_token: 4,
            similarity,
            query_text: Some(query.to_owned()),
            doc_text: Some(document.to_owned()),
        };
        let explanation = FusedExplanation {
            key: "alps".to_owned(),
            id: 7,
            score: 0.5,
            mode: "hybrid",
            weights: Shares { vectors: 0.5, sentence: 0.25, words: 0.25 },
            parts: HitParts { vectors: 0.375, sentence: 0.0625, words: 0.0625 },
            tokens: vec![
                TokenShare { pair: pair(0, 0.5, "trip", "hiked"), score: 0.125 },
                TokenShare { pair: pair(1, 1.0, "mountains", "Alps"), score: 0.25 },
            ],
            sentence_cosine: Some(0.25),
            terms: vec![TermShare { term: "mountain".to_owned(), score: 0.0625 }],
        };
        let lines = [
            "0.5000  alps  = vectors + sentence + words",
            "├─  0.3750  vectors, weight 0.50: MaxSim of 2 query tokens",
            "│  ├─  0.1250  trip       →  hiked",
            "│  └─  0.2500  mountains  →  Alps",
            "├─  0.0625  sentence, weight 0.25: both texts as wholes, cosine 0.25",
            "└─  0.0625  words, weight 0.25: BM25 of 1 shared terms",
            "   └─  0.0625  mountain\n",
        ];
        assert_eq!(explanation.to_string(), lines.join("\n"));
        let json = Explained::Fused(explanation).as_json().unwrap();
        assert_eq!(json["tokens"][1]["query_text"], "mountains");
        assert_eq!(
            (json["tokens"][1]["score"].as_f64(), json["mode"].as_str()),
            (Some(0.25), Some("hybrid"))
        );
    }
}
