use crate::exit::{Exit, Failure, Result};
use crate::output::{counted, warn};
use pleiad::{Query, Snapshot};
use pleiad_encode::QueryEncoder;
use pleiad_evaluate::{BeirFolder, Qrels};
use pleiad_text::{Question, input};
use std::collections::BTreeSet;
use std::path::Path;

/// Queries and which documents answer them.
pub(crate) struct Judged {
    /// Ids of the queries below.
    pub(crate) ids: Vec<String>,
    pub(crate) queries: Vec<Query>,
    /// Nothing for token vectors that nobody judged: then only fidelity can be measured.
    pub(crate) qrels: Option<Qrels>,
}

impl Judged {
    /// Reads a folder: one of BEIR for a collection of texts, one of token vectors for a collection of those.
    ///
    /// # Errors
    /// When a part of the folder is missing or unreadable, or the collection holds none of the judged documents.
    pub(crate) fn open(
        folder: &Path,
        split: &str,
        snapshot: &Snapshot,
        encoder: Option<&dyn QueryEncoder>,
    ) -> Result<Self> {
        if !folder.exists() {
            return Err(Failure::missing(folder));
        }
        let judged = match encoder {
            Some(encoder) => Self::open_texts(folder, split, encoder)?,
            None => Self::open_vectors(folder)?,
        };
        if let Some(qrels) = &judged.qrels {
            check_queries(qrels, &judged.ids)?;
            check_documents(qrels, snapshot)?;
        }
        Ok(judged)
    }

    /// The first `num_queries` of them.
    pub(crate) fn first(&self, num_queries: usize) -> Self {
        let num_queries = num_queries.min(self.queries.len());
        let queries = self.queries[..num_queries].to_vec();
        Self { ids: self.ids[..num_queries].to_vec(), queries, qrels: self.qrels.clone() }
    }

    fn open_texts(folder: &Path, split: &str, encoder: &dyn QueryEncoder) -> Result<Self> {
        let beir = BeirFolder::open(folder)?;
        let qrels = beir.qrels(split)?;
        let (mut ids, mut queries) = (Vec::new(), Vec::new());
        for query in beir.judged_queries(&qrels)? {
            match Question::encode(encoder, &query.text) {
                Ok(question) => {
                    ids.push(query.key);
                    queries.push(question.query);
                }
                Err(error) => warn(&format!("query {}: {error}: it counts as 0", query.key)),
            }
        }
        Ok(Self { ids, queries, qrels: Some(qrels) })
    }

    fn open_vectors(folder: &Path) -> Result<Self> {
        let path = folder.join("qrels.tsv");
        let qrels = path.is_file().then(|| Qrels::open(&path)).transpose()?;
        let mut queries = input::query_vectors(folder)?;
        if let Some(qrels) = &qrels {
            queries.retain(|(id, _)| qrels.judgments(id).is_some());
        } else {
            warn(&format!("{} is missing: only fidelity can be measured", path.display()));
        }
        let (ids, queries) = queries.into_iter().unzip();
        Ok(Self { ids, queries, qrels })
    }
}

/// Figures without a query that was asked would all be 0.
fn check_queries(qrels: &Qrels, ids: &[String]) -> Result<()> {
    let num_judged = qrels.num_queries();
    if ids.is_empty() {
        let message =
            format!("none of the {num_judged} judged queries can be asked: nothing could be measured");
        return Err(Failure::invalid(message));
    }
    let num_missing = num_judged.saturating_sub(ids.len());
    if num_missing > 0 {
        warn(&format!("{num_missing} of {num_judged} judged queries are not asked: they count as 0"));
    }
    Ok(())
}

/// Figures over a collection without the judged documents would mean nothing.
fn check_documents(qrels: &Qrels, snapshot: &Snapshot) -> Result<()> {
    let judged: BTreeSet<&str> =
        qrels.queries().flat_map(|(_, judgments)| judgments.keys().map(String::as_str)).collect();
    let mut num_missing = 0;
    for &key in &judged {
        num_missing += u64::from(snapshot.get(key)?.is_none());
    }
    let num_judged = judged.len() as u64;
    let are = if num_missing == 1 { "is" } else { "are" };
    let message =
        format!("{num_missing} of {} {are} not in this collection", counted(num_judged, "judged document"));
    match num_missing {
        0 => {}
        _ if num_missing == num_judged => {
            return Err(Failure::new(
                Exit::NotFound,
                format!("{message}: add the documents first (pleiad add DIR JUDGED)"),
            ));
        }
        _ => warn(&format!("{message}: missing documents count as not found")),
    }
    Ok(())
}
