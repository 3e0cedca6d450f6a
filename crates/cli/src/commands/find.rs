use super::search::{Answers, ParsedQuery, Printed};
use crate::args::FindArgs;
use crate::console::Console;
use crate::environment;
use crate::exit::{Failure, Result};
use pleiad::{Page, PageParams, SearchParams, Snapshot};
use pleiad_text::find::Texts;
use pleiad_text::input::{FileKeys, Input, InputOptions};
use pleiad_text::{Ranking, Searcher};

/// Makes the words of everything in a folder that is removed at the end, and has the encoder read the best by them.
pub(crate) fn run(args: &FindArgs) -> Result<()> {
    let params = SearchParams { k: args.k, filter: args.filter.predicate()?, ..SearchParams::default() };
    let console = Console::listen()?;
    let (models, options) = (environment::models(), args.model.options());
    let input =
        Input::open(&args.inputs, InputOptions { keys: FileKeys::AsNamed, ..InputOptions::default() })?;
    models.prepare(&options, &console)?;
    let console = console.start(input.num_bytes());
    let temporary =
        tempfile::tempdir().map_err(|error| Failure::io("cannot create a temporary folder", &error))?;
    let texts = Texts::read(&temporary.path().join("words"), input, &models, &options, &console)?;
    let by_words = texts.snapshot()?;
    // Before anything is encoded: parameters that no search takes.
    by_words.plan_for(1, &params)?;
    let folder = temporary.path().join("candidates");
    let Some(candidates) = texts.candidates(&args.query, &params, &folder, &console)? else {
        console.line().clear();
        return by_words_alone(args, &by_words, &params);
    };
    console.line().clear();
    let snapshot = candidates.snapshot()?;
    let searcher = candidates.searcher(&snapshot)?;
    let ParsedQuery { id, text, question } = ParsedQuery::typed(&searcher, &args.query);
    let question = question?;
    let page = Page { answer: candidates.rank(&searcher, &question, args.k)?, groups: None };
    let mut answers = Answers::new(printed(args), &searcher)?;
    answers.put(&id, text.as_deref(), &question, &page, 1)?;
    answers.finish()
}

/// Texts in a language that no encoder here reads.
fn by_words_alone(args: &FindArgs, snapshot: &Snapshot, params: &SearchParams) -> Result<()> {
    let searcher = Searcher::with_encoder(snapshot, None, Ranking::Words)?;
    let mut answers = Answers::new(printed(args), &searcher)?;
    answers.answer_batch(vec![ParsedQuery::typed(&searcher, &args.query)], &PageParams::default(), params)?;
    answers.finish()
}

fn printed(args: &FindArgs) -> Printed<'_> {
    Printed { one: true, json: args.json, run: None }
}
