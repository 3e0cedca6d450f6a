use super::{Plan, PlanOrigin, SetPlan};
use crate::calibration::QueryOrigin;
use std::fmt;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { num_documents, num_reranked, k, .. } = self;
        if let Some(num_matched) = self.num_matched {
            write!(f, "matched {num_matched} of {num_documents} documents → ")?;
        }
        if !self.sets.is_empty() {
            self.write_sets(f)?;
            return write!(f, "; each scored exactly in all sets → {k} hits");
        }
        self.write_sources(f)?;
        let fused = if self.is_fused { ", fused with the other parts" } else { "" };
        if self.is_exact() {
            return write!(f, "{fused} → {k} hits");
        }
        if !self.looks_for_candidates() {
            return write!(f, " → {num_reranked} reranked by exact MaxSim{fused} → {k} hits");
        }
        if !self.rescores() {
            return write!(f, ", reranked by exact MaxSim{fused} → {k} hits");
        }
        write!(f, ", rescored by MaxSim on codes → {num_reranked} reranked by exact MaxSim{fused} → {k} hits")
    }
}

impl Plan {
    /// Returns whether candidates are chosen among by their scores on codes.
    fn rescores(&self) -> bool {
        let num_candidates: usize = self.sources.iter().filter_map(|source| source.budget()).sum();
        num_candidates > self.num_reranked || self.looks_behind_others()
    }

    fn write_sources(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_behind = self.looks_behind_others();
        let num_looked_at = if is_behind { self.num_documents } else { self.num_searched() };
        for (at, source) in self.sources.iter().enumerate() {
            f.write_str(if at > 0 { " + " } else { "" })?;
            source.describe(num_looked_at, f)?;
        }
        f.write_str(if is_behind { ", the more the more of the best the filter leaves out" } else { "" })
    }

    /// The way of each set to documents that are scored exactly.
    fn write_sets(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, SetPlan { set, plan }) in self.sets.iter().enumerate() {
            write!(f, "{}{set}: ", if at > 0 { "; " } else { "" })?;
            plan.write_sources(f)?;
            let num_reranked = plan.num_reranked;
            if !plan.looks_for_candidates() && !plan.is_exact() {
                write!(f, " → {num_reranked}")?;
            } else if plan.rescores() && !plan.is_exact() {
                write!(f, ", rescored by MaxSim on codes → {num_reranked}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for PlanOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => write!(f, "as asked for"),
            Self::Defaults => write!(f, "default budgets: no recall is promised"),
            Self::Calibration {
                promised,
                expected,
                interval,
                origin,
                num_queries,
                query_tokens,
                num_documents,
                filtered,
            } => {
                write!(f, "recall {promised} promised, {expected:.4} expected")?;
                if let Some((least, most)) = interval {
                    write!(f, " ({least:.4} to {most:.4})")?;
                }
                let origin = match origin {
                    QueryOrigin::Given => "given queries",
                    QueryOrigin::Observed => "observed queries",
                    QueryOrigin::Documents => "queries made from documents",
                };
                write!(f, ": calibrated with {num_queries} {origin}")?;
                match query_tokens {
                    Some((least, most)) if least == most => write!(f, " of {most} tokens")?,
                    Some((least, most)) => write!(f, " of {least} to {most} tokens")?,
                    None => write!(f, ", of lengths that an older release did not note,")?,
                }
                write!(f, " at {num_documents} documents")?;
                f.write_str(if *filtered { ", filtered: also with the best documents left out" } else { "" })
            }
            Self::Unreachable { recall, is_calibrated: true } => write!(
                f,
                "no cheaper plan is proven to reach recall {recall} for queries of this length and so many hits: exact \
                 search"
            ),
            Self::Unreachable { recall, is_calibrated: false } => {
                write!(f, "not calibrated, so that only an exact search can promise recall {recall}")
            }
        }
    }
}
