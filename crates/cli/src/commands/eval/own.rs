use crate::output::counted;
use pleiad_evaluate::{Qrels, Run};

/// Documents with the id of a query, and what became of them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Own {
    /// Judged queries that find a document of their own id.
    pub(crate) num_queries: usize,
    /// Queries of those whose document was left out: all or none.
    pub(crate) num_left_out: usize,
}

/// Leaves the query's own document out of each answer, as BEIR does, if queries are documents.
pub(crate) fn leave_out(run: &mut Run, qrels: &Qrels) -> Own {
    let num_queries = num_own(run, qrels);
    let num_left_out = if run.are_queries_documents() { run.leave_out_own_documents() } else { 0 };
    Own { num_queries, num_left_out }
}

/// Judged queries that find a document of their own id.
fn num_own(run: &Run, qrels: &Qrels) -> usize {
    let finds_itself = |query: &str| {
        run.answers(query).is_some_and(|answers| answers.iter().any(|answer| answer.document == query))
    };
    qrels.queries().filter(|(query, _)| finds_itself(query)).count()
}

impl Own {
    /// A line for people; nothing where there is nothing to tell.
    pub(crate) fn description(self) -> String {
        let queries = |number| counted(number as u64, "query").replace("querys", "queries");
        match self {
            Self { num_queries: 0, num_left_out: 0 } => String::new(),
            Self { num_left_out: 0, num_queries } => format!(
                "{} found a document of the same id, which is rarely the first: ids of two kinds, and it counts\n\n",
                queries(num_queries)
            ),
            Self { num_left_out, .. } => format!(
                "the document with the query's own id is left out of the hits, as BEIR does: {}\n\n",
                queries(num_left_out)
            ),
        }
    }
}
