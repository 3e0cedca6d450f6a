use crate::error::Result;
use crate::plan::{Plan, PlanOrigin};
use crate::row_mask::DocumentMask;
use crate::snapshot::DocAddress;
use crate::sources::SearchContext;
use crate::words::WordsSearch;
use crate::{SearchParams, Snapshot, WordsQuery, rerank, sources};
use pleiad_index::Stats;
use pleiad_vectors::{DocId, DocKey, Query, Ranked, Score};
use serde::Serialize;

/// The answer to one query.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Best first; ties by document id.
    pub hits: Vec<Hit>,
    /// Plan of the search, with the promised recall.
    pub plan: Plan,
    /// Work of the search.
    pub spent: SearchStats,
}

/// One document of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The user's id.
    pub key: DocKey,
    /// The stable internal id.
    pub id: DocId,
    /// MaxSim of the query and the stored token vectors, BM25 of a search for words, or both fused.
    pub score: Score,
    /// Parts of a fused score by vectors and words.
    pub parts: Option<HitParts>,
}

/// The parts of a fused score, weighted: they add up to it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HitParts {
    /// Part of MaxSim.
    pub vectors: f32,
    /// Part of BM25.
    pub words: f32,
}

/// Work done for one answer, in units that do not depend on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SearchStats {
    /// FDE codes scored, or rows whose terms were looked at one by one.
    pub num_scanned: u64,
    /// Postings of token centroids or of terms read.
    pub num_postings: u64,
    /// Documents scored by MaxSim on their codes.
    pub num_rescored: u64,
    /// Documents scored by exact MaxSim.
    pub num_reranked: u64,
    /// Bytes of codes read.
    pub read_bytes: u64,
}

/// Documents of a collection that is searched on the calling thread but for what is much work; a search of more moves
/// to the pool as a whole, and waits for one thread to wake up instead of one for each step.
const MAX_ALONE: u64 = 4096;

impl SearchStats {
    /// Adds the work of a scan over FDE codes.
    pub(crate) fn add_scan(&mut self, stats: Stats) {
        self.num_scanned += stats.num_scored;
        self.read_bytes += stats.read_bytes;
    }
}

pub(crate) fn search(snapshot: &Snapshot, query: &Query, params: &SearchParams) -> Result<Answer> {
    snapshot.check_query(query)?;
    let plan = snapshot.plan(query, params)?;
    if params.observe && snapshot.shared.observed.record(query) {
        snapshot.shared.alarm.ring();
    }
    let mask = &DocumentMask::live(&snapshot.view);
    let context = SearchContext { snapshot, field: snapshot.field(), query, words: None, mask };
    let answer = if snapshot.num_documents() > MAX_ALONE {
        rayon::scope(|_| run(context, plan))?
    } else {
        run(context, plan)?
    };
    if snapshot.shared.audit.is_due(params.audit_every) && !answer.plan.is_exact() {
        let exact = Plan::exact(snapshot.num_documents(), params.k, PlanOrigin::Requested);
        let exact = run(context, exact)?;
        snapshot.shared.audit.compare(&answer, &exact);
        if snapshot.shared.audit.summary().has_drifted {
            snapshot.shared.alarm.ring();
        }
    }
    Ok(answer)
}

/// BM25 over all documents, on the calling thread: segments share the bound that a hit must reach.
pub(crate) fn search_words(snapshot: &Snapshot, query: &WordsQuery, params: &SearchParams) -> Result<Answer> {
    let plan = params.plan_words(snapshot.num_documents())?;
    let (mask, mut spent) = (DocumentMask::live(&snapshot.view), SearchStats::default());
    let best = WordsSearch::new(snapshot, query)?.best(&mask, plan.k, &mut spent)?;
    Ok(Answer { hits: hits(snapshot, best)?, plan, spent })
}

/// Does what a plan says.
fn run(context: SearchContext<'_>, plan: Plan) -> Result<Answer> {
    let SearchContext { snapshot, query, .. } = context;
    let mut spent = SearchStats::default();
    let candidates = sources::candidates(context, &plan.sources, &mut spent)?;
    let promising = rerank::rescore(snapshot, query, candidates, plan.num_reranked, &mut spent)?;
    let best = rerank::exact(snapshot, query, &promising, plan.k, &mut spent)?;
    Ok(Answer { hits: hits(snapshot, best)?, plan, spent })
}

fn hits(snapshot: &Snapshot, best: Vec<Ranked<DocAddress>>) -> Result<Vec<Hit>> {
    let hit = |Ranked { id, score }: Ranked<DocAddress>| {
        Ok(Hit { key: snapshot.key(id)?, id: id.id, score, parts: None })
    };
    best.into_iter().map(hit).collect()
}
