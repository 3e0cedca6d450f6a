use super::{average_precision, ndcg, precision, recall, reciprocal_rank, success};
use crate::Judgments;
use std::fmt;
use std::str::FromStr;

/// A figure of merit, such as `nDCG@10`: that is how it prints and parses (case does not matter).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// [`ndcg`].
    Ndcg(usize),
    /// [`recall`].
    Recall(usize),
    /// [`reciprocal_rank`].
    Mrr(usize),
    /// [`average_precision`].
    Map,
    /// [`precision`].
    Precision(usize),
    /// [`success`].
    Success(usize),
}

impl Metric {
    /// Its value for one ranking, best first.
    pub fn of<S: AsRef<str>>(self, ranking: &[S], judgments: &Judgments) -> f64 {
        match self {
            Self::Ndcg(k) => ndcg(ranking, judgments, k),
            Self::Recall(k) => recall(ranking, judgments, k),
            Self::Mrr(k) => reciprocal_rank(ranking, judgments, k),
            Self::Map => average_precision(ranking, judgments),
            Self::Precision(k) => precision(ranking, judgments, k),
            Self::Success(k) => success(ranking, judgments, k),
        }
    }

    /// Returns the number of answers per query that count; none means all.
    pub fn depth(self) -> Option<usize> {
        match self {
            Self::Ndcg(k) | Self::Recall(k) | Self::Mrr(k) | Self::Precision(k) | Self::Success(k) => Some(k),
            Self::Map => None,
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ndcg(k) => write!(f, "nDCG@{k}"),
            Self::Recall(k) => write!(f, "Recall@{k}"),
            Self::Mrr(k) => write!(f, "MRR@{k}"),
            Self::Map => f.write_str("MAP"),
            Self::Precision(k) => write!(f, "P@{k}"),
            Self::Success(k) => write!(f, "Success@{k}"),
        }
    }
}

impl FromStr for Metric {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || {
            format!("unknown metric {text:?}: use nDCG@K, Recall@K, MRR@K, P@K, Success@K (K from 1) or MAP")
        };
        let lower = text.to_ascii_lowercase();
        if lower == "map" {
            return Ok(Self::Map);
        }
        let (name, k) = lower.split_once('@').ok_or_else(unknown)?;
        let k = k.parse().ok().filter(|&k| k > 0).ok_or_else(unknown)?;
        match name {
            "ndcg" => Ok(Self::Ndcg(k)),
            "recall" => Ok(Self::Recall(k)),
            "mrr" => Ok(Self::Mrr(k)),
            "p" | "precision" => Ok(Self::Precision(k)),
            "success" | "hit" => Ok(Self::Success(k)),
            _ => Err(unknown()),
        }
    }
}
