use crate::exit::{Exit, Failure, Result};
use crate::output::{counted, warn};
use pleiad::{DocKey, Predicate, Snapshot};
use pleiad_evaluate::{BeirFolder, Qrels};
use pleiad_text::{Mode, QueryForm, Question, RankingOptions, Searcher, input};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

/// Queries and which documents answer them.
pub(crate) struct Judged {
    /// Ids of the queries below.
    pub(crate) ids: Vec<String>,
    pub(crate) questions: Vec<Question>,
    /// Nothing for token vectors that nobody judged: then only fidelity can be measured.
    pub(crate) qrels: Option<Qrels>,
}

impl Judged {
    /// Reads a folder: one of BEIR for a collection of texts, one of token vectors for a collection of those.
    ///
    /// # Errors
    /// When a part of the folder is missing or unreadable, or the collection holds none of the judged documents.
    pub(crate) fn open(folder: &Path, split: &str, searcher: &Searcher<'_>, form: QueryForm) -> Result<Self> {
        let judged = match form {
            QueryForm::Text => Self::open_texts(folder, split, searcher)?,
            QueryForm::Vectors | QueryForm::Both => Self::open_vectors(folder, searcher, form)?,
        };
        if let Some(qrels) = &judged.qrels {
            check_queries(qrels, &judged.ids)?;
            check_documents(qrels, searcher.snapshot())?;
        }
        Ok(judged)
    }

    /// The content of a folder's queries for a collection: texts where it has an encoder, or is asked by words
    /// alone; otherwise vectors, with their texts where the folder has some and the collection keeps words.
    ///
    /// # Errors
    /// When there is no such folder.
    pub(crate) fn form(folder: &Path, snapshot: &Snapshot, asked: RankingOptions) -> Result<QueryForm> {
        if !folder.exists() {
            return Err(Failure::missing(folder));
        }
        let schema = snapshot.schema();
        let has_texts = BeirFolder::open(folder).is_ok();
        Ok(match (asked.mode, &schema.encoder) {
            (_, Some(_)) => QueryForm::Text,
            (Some(Mode::Words), None) => QueryForm::Text,
            (_, None) if has_texts && schema.words.is_some() => QueryForm::Both,
            (_, None) => QueryForm::Vectors,
        })
    }

    /// Leaves out what a filter leaves out: judgments of other documents, and queries without relevant ones.
    ///
    /// # Errors
    /// When no query is left, or a document that had to be read cannot be.
    pub(crate) fn keep_matching(&mut self, snapshot: &Snapshot, filter: &Predicate) -> Result<()> {
        let Some(qrels) = &mut self.qrels else { return Ok(()) };
        let keys = snapshot.keys(filter, None, usize::MAX)?;
        let keys: HashSet<&str> = keys.iter().map(DocKey::as_str).collect();
        let num_left_out = qrels.retain_documents(|document| keys.contains(document));
        let is_left = |id: &String| qrels.judgments(id).is_some();
        let (ids, questions) = (std::mem::take(&mut self.ids), std::mem::take(&mut self.questions));
        (self.ids, self.questions) = ids.into_iter().zip(questions).filter(|(id, _)| is_left(id)).unzip();
        if self.ids.is_empty() {
            return Err(Failure::invalid("no query has a relevant document for which the filter holds"));
        }
        if num_left_out > 0 {
            let queries = counted(num_left_out as u64, "query");
            warn(&format!("{queries} without a relevant document for which the filter holds: not asked"));
        }
        Ok(())
    }

    fn open_texts(folder: &Path, split: &str, searcher: &Searcher<'_>) -> Result<Self> {
        let beir = BeirFolder::open(folder)?;
        let qrels = beir.qrels(split)?;
        let (mut ids, mut questions) = (Vec::new(), Vec::new());
        for query in beir.judged_queries(&qrels)? {
            match searcher.question(&query.text) {
                Ok(question) => {
                    ids.push(query.key);
                    questions.push(question);
                }
                Err(error) => warn(&format!("query {}: {error}: it counts as 0", query.key)),
            }
        }
        Ok(Self { ids, questions, qrels: Some(qrels) })
    }

    fn open_vectors(folder: &Path, searcher: &Searcher<'_>, form: QueryForm) -> Result<Self> {
        let path = folder.join("qrels.tsv");
        let qrels = path.is_file().then(|| Qrels::open(&path)).transpose()?;
        let mut queries = input::query_vectors(folder)?;
        if let Some(qrels) = &qrels {
            queries.retain(|(id, _)| qrels.judgments(id).is_some());
        } else {
            warn(&format!("{} is missing: only fidelity can be measured", path.display()));
        }
        let texts = match form {
            QueryForm::Both => texts_of(folder)?,
            QueryForm::Text | QueryForm::Vectors => HashMap::new(),
        };
        let (mut ids, mut questions) = (Vec::new(), Vec::new());
        for (id, query) in queries {
            if form == QueryForm::Both && !texts.contains_key(&id) {
                warn(&format!("query {id} has no text: its vectors alone rank"));
            }
            questions.push(searcher.vector_question(query, texts.get(&id).map(String::as_str))?);
            ids.push(id);
        }
        Ok(Self { ids, questions, qrels })
    }
}

/// The texts of a folder's queries, by their ids.
fn texts_of(folder: &Path) -> Result<HashMap<String, String>> {
    let mut texts = HashMap::new();
    for query in BeirFolder::open(folder)?.queries()? {
        let query = query?.value;
        texts.insert(query.key, query.text);
    }
    Ok(texts)
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
    let message = describe_missing(num_missing, num_judged);
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

/// The judged documents that a collection lacks, as a sentence.
fn describe_missing(num_missing: u64, num_judged: u64) -> String {
    let are = if num_missing == 1 { "is" } else { "are" };
    format!("{num_missing} of {} {are} not in this collection", counted(num_judged, "judged document"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_agree_with_their_verb() {
        assert_eq!(describe_missing(1, 1), "1 of 1 judged document is not in this collection");
        assert_eq!(describe_missing(1, 2), "1 of 2 judged documents is not in this collection");
        assert_eq!(describe_missing(3, 4000), "3 of 4,000 judged documents are not in this collection");
    }
}
