use super::{Answers, BATCH_QUERIES, Printed};
use crate::args::SearchArgs;
use crate::exit::{Failure, Result};
use crate::output::{self, bytes, thousands};
use pleiad::{Answer, SearchParams, Snapshot, WordsQuery};
use pleiad_text::{WordsAnalyzer, input};
use std::io::Write;

/// A query in words, or why it cannot be asked.
pub(crate) struct WordsAsked {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) query: Result<WordsQuery>,
}

/// Answers all queries by BM25, or says what that takes.
pub(crate) fn run(args: &SearchArgs, snapshot: &Snapshot, params: &SearchParams) -> Result<()> {
    args.mode.check(&[
        ("--query-vectors", args.query_vectors.is_some()),
        ("--candidates", args.budget.candidates.is_some()),
        ("--rerank", args.budget.rerank.is_some()),
    ])?;
    let analyzer = analyzer(snapshot)?;
    // One query is typed by a person, who means quotes; texts in a file are what they are.
    let asked: Vec<WordsAsked> = match (&args.query, &args.queries) {
        (Some(text), _) => {
            vec![asked("1".to_owned(), text.clone(), |text| analyzer.question_with_phrases(text))]
        }
        (None, Some(path)) => {
            let texts = input::query_texts(path)?;
            texts.into_iter().map(|(id, text)| asked(id, text, |text| analyzer.question(text))).collect()
        }
        (None, None) => return Err(Failure::invalid("name a query: --mode words has one plan for all")),
    };
    if args.explain_plan {
        return asked.iter().try_for_each(|asked| explain_plan(snapshot, params, asked));
    }
    let printed = Printed { one: args.query.is_some(), json: args.json, run: args.run.as_deref() };
    let mut answers = Answers::new(printed, snapshot, None)?;
    let mut rest = asked.into_iter();
    loop {
        let batch: Vec<WordsAsked> = rest.by_ref().take(BATCH_QUERIES).collect();
        if batch.is_empty() {
            return answers.finish();
        }
        answers.give_words(batch, &analyzer, params)?;
    }
}

/// The analyzer of a collection that keeps words.
pub(crate) fn analyzer(snapshot: &Snapshot) -> Result<WordsAnalyzer> {
    WordsAnalyzer::of(snapshot.schema())?.ok_or_else(|| {
        Failure::invalid(
            "this collection keeps no words: create one with --words english-1 and add the documents to it",
        )
    })
}

fn asked(id: String, text: String, analyze: impl Fn(&str) -> pleiad_text::Result<WordsQuery>) -> WordsAsked {
    let query = analyze(&text).map_err(Failure::from);
    WordsAsked { id, text, query }
}

fn explain_plan(snapshot: &Snapshot, params: &SearchParams, asked: &WordsAsked) -> Result<()> {
    let within = |failure: Failure| failure.within(format!("query {}", asked.id));
    let query = match &asked.query {
        Ok(query) => query,
        Err(failure) => return Err(within(Failure::invalid(failure.message().to_owned()))),
    };
    let Answer { plan, spent, .. } = snapshot.search_words(query, params)?;
    Ok(writeln!(
        output::stdout(),
        "{plan}\n  {}\nquery {}: {} postings, {} looked at one by one, {} read",
        plan.basis,
        asked.id,
        thousands(spent.num_postings),
        thousands(spent.num_scanned),
        bytes(spent.read_bytes),
    )?)
}
