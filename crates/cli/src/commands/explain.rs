use super::search::analyzer;
use crate::args::{ExplainArgs, Mode};
use crate::environment;
use crate::exit::{Exit, Failure, Result};
use crate::output::{self, json_line};
use pleiad::{Collection, Part, Snapshot};
use pleiad_text::input::stored_key;
use pleiad_text::{Question, RowWords, Unattended, without_encoder};
use serde_json::{Value, json};
use std::io::Write;

pub(crate) fn run(args: &ExplainArgs) -> Result<()> {
    let snapshot = Collection::open(&args.collection)?.snapshot()?;
    if args.mode == Mode::Words {
        return by_words(args, &snapshot);
    }
    let encoder = environment::models()
        .for_queries(&snapshot, &args.model.options(), &Unattended)?
        .ok_or_else(|| without_encoder(snapshot.schema(), "there are no words to explain"))?;
    let question = Question::encode(&*encoder.queries, &args.query)?;
    let key = stored_key(&snapshot, &args.key)?;
    let document = snapshot.get(&key)?.ok_or_else(|| {
        let message = format!("there is no document {:?} in {}", args.key, args.collection.display());
        Failure::new(Exit::NotFound, message)
    })?;
    let words = RowWords::read(snapshot.schema(), &*encoder.documents, &document)?;
    let explanation = snapshot.explain(&question.query, &key)?;
    let mut out = output::stdout();
    if args.json {
        let closest = |part: &Part| {
            words.closest(question.token(part), part.doc_token).map(|(word, _)| word.to_owned())
        };
        return json_line(&mut out, &explanation.with_texts(|part| question.word(part), closest));
    }
    let phrase = |part: &Part| words.phrase(question.token(part), part.doc_token);
    Ok(write!(out, "{}", explanation.with_texts(|part| question.word(part), phrase))?)
}

/// The share of each word that query and document have in common.
fn by_words(args: &ExplainArgs, snapshot: &Snapshot) -> Result<()> {
    let query = analyzer(snapshot)?.question_with_phrases(&args.query)?;
    let explanation = snapshot.explain_words(&query, &stored_key(snapshot, &args.key)?)?;
    let mut out = output::stdout();
    if !args.json {
        return Ok(write!(out, "{explanation}")?);
    }
    let parts: Vec<Value> =
        explanation.parts.iter().map(|part| json!({ "term": part.term, "score": part.score })).collect();
    let value = json!({
        "key": explanation.key.as_str(),
        "id": explanation.id.0,
        "score": explanation.score.get(),
        "bound": explanation.bound,
        "parts": parts,
    });
    json_line(&mut out, &value)
}
