use crate::Snapshot;
use crate::error::{Error, Result};
use crate::rerank;
use pleiad_compress::quantize::Precision;
use pleiad_vectors::{DocId, DocKey, Query, Score};
use serde::Serialize;
use std::fmt;

/// Why a document has its score: one part per query token, in query order. The parts add up to the score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The document's key.
    #[serde(serialize_with = "as_text")]
    pub key: DocKey,
    /// Its internal id.
    #[serde(serialize_with = "as_number")]
    pub id: DocId,
    /// Exact MaxSim over the stored token vectors.
    #[serde(serialize_with = "as_float")]
    pub score: Score,
    /// Contribution of each query token.
    pub parts: Vec<Part>,
}

/// One query token's share of a score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// Row in the query.
    pub query_token: u32,
    /// Row in the stored document that answered: the first one with the largest inner product. Where the schema has a
    /// [`Reduction`](crate::Reduction), [`Schema::reduced_rows`](crate::Schema::reduced_rows) tells whose row it is.
    pub doc_token: u32,
    /// Inner product of the two.
    pub similarity: f32,
    /// The query token as text, when whoever encoded it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_text: Option<String>,
    /// The document token as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc_text: Option<String>,
}

fn as_text<S: serde::Serializer>(key: &DocKey, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(key.as_str())
}

fn as_number<S: serde::Serializer>(id: &DocId, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_u64(id.0)
}

fn as_float<S: serde::Serializer>(score: &Score, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_f32(score.get())
}

impl Explanation {
    /// Adds the texts of tokens, given the part whose rows they belong to; rows without a text stay numbers.
    #[must_use]
    pub fn with_texts(
        mut self,
        query_text: impl Fn(&Part) -> Option<String>,
        doc_text: impl Fn(&Part) -> Option<String>,
    ) -> Self {
        for part in &mut self.parts {
            part.query_text = query_text(part);
            part.doc_text = doc_text(part);
        }
        self
    }
}

impl Explanation {
    /// A line for each part, as a tree, where a unit of similarity has this value.
    pub(crate) fn lines(&self, token_value: f32) -> Vec<String> {
        let name = |text: &Option<String>, row| text.clone().unwrap_or_else(|| format!("#{row}"));
        let names: Vec<_> = self
            .parts
            .iter()
            .map(|p| (name(&p.query_text, p.query_token), name(&p.doc_text, p.doc_token)))
            .collect();
        let width = names.iter().map(|(query, _)| query.chars().count()).max().unwrap_or(0);
        let line = |(at, (part, (query, document))): (usize, (&Part, &(String, String)))| {
            let branch = if at + 1 == self.parts.len() { "└─" } else { "├─" };
            let value = token_value * part.similarity;
            format!("{branch} {value:>8.4}  {query:<width$}  →  {document}")
        };
        self.parts.iter().zip(&names).enumerate().map(line).collect()
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (num_tokens, plural) = (self.parts.len(), if self.parts.len() == 1 { "" } else { "s" });
        writeln!(f, "{:.4}  {}  = sum over {num_tokens} query token{plural}", self.score.get(), self.key)?;
        self.lines(1.0).iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl Snapshot {
    /// Explains the score of a document by the nearest token to each token of a query. The parts add up to the score; a document
    /// without token vectors has none.
    ///
    /// # Errors
    /// `NotFound` when there is no such document; otherwise as [`Snapshot::search`].
    pub fn explain(&self, query: &Query, key: &str) -> Result<Explanation> {
        explain(self, query, key)
    }
}

fn explain(snapshot: &Snapshot, query: &Query, key: &str) -> Result<Explanation> {
    snapshot.check_query(query)?;
    let location = snapshot.locate(key)?.ok_or_else(|| Error::no_document(key))?;
    let damaged = |error: &dyn fmt::Display| Error::corrupt(format!("{}: {error}", snapshot.place(location)));
    let mut scorer = rerank::scorer(snapshot, query, Precision::Full)?;
    let mut matches = Vec::new();
    let codes = snapshot.token_codes(location)?;
    let score = if codes.is_empty() { Ok(0.0) } else { scorer.matches(codes, &mut matches) };
    let score = score.map_err(|error| damaged(&error))?;
    let parts = matches
        .into_iter()
        .map(|m| Part {
            query_token: m.query_token,
            doc_token: m.doc_token,
            similarity: m.similarity,
            query_text: None,
            doc_text: None,
        })
        .collect();
    let score = Score::new(score).map_err(|error| damaged(&error))?;
    Ok(Explanation { key: snapshot.key(location)?, id: location.id, score, parts })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Explanation {
        let part = |query_token, doc_token, similarity| Part {
            query_token,
            doc_token,
            similarity,
            query_text: None,
            doc_text: None,
        };
        Explanation {
            key: DocKey::new("en/tar").unwrap(),
            id: DocId(7),
            score: Score::new(1.5).unwrap(),
            parts: vec![part(0, 4, 1.0), part(1, 2, 0.5)],
        }
    }

    #[test]
    fn it_prints_as_a_tree() {
        let texts = example()
            .with_texts(|part| (part.query_token == 0).then(|| "extract".into()), |_| Some("unpack".into()));
        let lines = [
            "1.5000  en/tar  = sum over 2 query tokens",
            "├─   1.0000  extract  →  unpack",
            "└─   0.5000  #1       →  unpack\n",
        ];
        assert_eq!(texts.to_string(), lines.join("\n"));
    }

    #[test]
    fn it_serializes_as_plain_values() {
        let json = serde_json::to_value(example()).unwrap();
        assert_eq!(json["key"], "en/tar");
        assert_eq!(json["id"], 7);
        assert_eq!(json["score"], 1.5);
        assert_eq!(json["parts"][1]["doc_token"], 2);
        assert!(json["parts"][0].get("query_text").is_none());
    }
}
