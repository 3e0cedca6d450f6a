use super::add::describe;
use super::eval::{Judged, measure};
use crate::args::DemoArgs;
use crate::console::Console;
use crate::exit::{Failure, Result};
use crate::output::{self, STRONG, counted, json_line, one_line, thousands};
use crate::{environment, hits};
use pleiad::{Collection, SearchParams};
use pleiad_evaluate::Metric;
use pleiad_text::ingest::build;
use pleiad_text::input::{Content, Input, InputOptions, Record};
use pleiad_text::{
    EncoderOptions, HitView, Mode, NewCollection, QueryForm, RankingOptions, Searcher, WordMatch,
};
use serde_json::json;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

/// English pages of tldr-pages (CC BY 4.0) with 1,000 judged questions.
const CORPUS: &[u8] = include_bytes!("../../assets/tldr-en/corpus.jsonl.zst");
const QUERIES: &[u8] = include_bytes!("../../assets/tldr-en/queries.jsonl");
const QRELS: &str = include_str!("../../assets/tldr-en/qrels/test.tsv");

/// Questions whose best pages say it in other words, and the pages.
const QUESTIONS: [(&str, &str); 2] = [
    ("make pictures smaller", "en/common/magick-mogrify"),
    ("erase a file so that nobody can recover it", "en/common/shred"),
];

/// Hits shown per question.
const NUM_SHOWN: usize = 3;

/// Questions that are also answered exactly.
const NUM_COMPARED: usize = 100;

/// Time between two looks at what the doomed writer has written.
const PATIENCE: Duration = Duration::from_millis(1);

pub(crate) fn run(args: &DemoArgs) -> Result<()> {
    let console = Console::listen()?;
    let (models, options) = (environment::models(), EncoderOptions::default());
    let temporary =
        tempfile::tempdir().map_err(|error| Failure::io("cannot create a temporary folder", &error))?;
    let data = temporary.path().join("tldr-en");
    unpack(&data, args.pages)?;
    let folder = args.dir.clone().unwrap_or_else(|| temporary.path().join("collection"));
    let mut out = output::stdout();
    writeln!(out, "{STRONG}1. Add{STRONG:#} pages about command line tools (tldr-pages, CC BY 4.0)")?;
    let new = NewCollection::default();
    let summary = build(&folder, &data, &models, &options, &new, true, &console.again())?;
    writeln!(out, "{}", describe(&summary))?;
    let snapshot = Collection::open(&folder)?.snapshot()?;
    let [hybrid, words] = [None, Some(Mode::Words)].map(|mode| {
        let asked = RankingOptions { mode, alpha: None };
        Searcher::open(&snapshot, &models, &options, asked, QueryForm::Text, &console)
    });
    let (hybrid, words) = (hybrid?, words?);
    writeln!(out, "\n{STRONG}2. Ask{STRONG:#} for what is meant: the best pages say it in other words")?;
    for (question, _) in QUESTIONS {
        ask(&mut out, &hybrid, question)?;
        beside(&mut out, &words, question)?;
    }
    report(&mut out, &hybrid, &words, &data)?;
    kill(&mut out, temporary.path())?;
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        prompt(&mut out, &hybrid)?;
    }
    Ok(write!(out, "{}", advice(args.dir.as_deref()))?)
}

/// Writes about `num_pages` pages, spread over all of them, without their command lines, and the judged questions.
fn unpack(folder: &Path, num_pages: usize) -> Result<()> {
    let refused = |error: io::Error| Failure::io(format!("cannot write {}", folder.display()), &error);
    fs::create_dir_all(folder.join("qrels")).map_err(refused)?;
    let whole = folder.join("all.jsonl.zst");
    fs::write(&whole, CORPUS).map_err(refused)?;
    fs::write(folder.join("queries.jsonl"), QUERIES).map_err(refused)?;
    let records: Vec<Record> =
        Input::open(&[whole], InputOptions::default())?.into_records().collect::<pleiad_text::Result<_>>()?;
    let stride = records.len().div_ceil(num_pages.max(1));
    let is_answer = |key: &str| QUESTIONS.iter().any(|(_, answer)| *answer == key);
    let mut kept = HashSet::new();
    let mut file = BufWriter::new(File::create(folder.join("corpus.jsonl")).map_err(refused)?);
    for (at, Record { key, content, .. }) in records.into_iter().enumerate() {
        let Content::Text { title, text } = content else { continue };
        if at.is_multiple_of(stride) || is_answer(&key) {
            let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('`')).collect();
            json_line(&mut file, &json!({ "_id": key, "title": title, "text": lines.join("\n") }))?;
            kept.insert(key);
        }
    }
    file.flush().map_err(refused)?;
    // The header, and judgments of pages that are there.
    let is_kept = |line: &&str| line.split('\t').nth(1).is_some_and(|key| kept.contains(key));
    let (header, judged) = QRELS.split_once('\n').unwrap_or((QRELS, ""));
    let lines: Vec<&str> =
        [header].into_iter().chain(judged.lines().filter(is_kept).take(NUM_COMPARED)).collect();
    fs::write(folder.join("qrels/test.tsv"), lines.join("\n") + "\n").map_err(refused)
}

/// Prints the best pages, the words that met, and how long it took.
fn ask(out: &mut impl Write, searcher: &Searcher<'_>, text: &str) -> Result<()> {
    let start = Instant::now();
    let question = searcher.typed_question(text)?;
    let answer = searcher.search(&question, &SearchParams { k: NUM_SHOWN, ..SearchParams::default() })?;
    let ms = start.elapsed().as_secs_f64() * 1e3;
    writeln!(out, "\n{STRONG}{}{STRONG:#}  ({ms:.0} ms)", one_line(text))?;
    for (at, hit) in answer.hits.iter().enumerate() {
        let view = searcher.view(&question, at + 1, hit)?;
        hits::print(&view, out)?;
        if let Some(arrows) = arrows(&view) {
            writeln!(out, "               {arrows}")?;
        }
    }
    Ok(())
}

/// Words of the question and those of the page that answered them; nothing where none came close.
fn arrows(hit: &HitView) -> Option<String> {
    let says_something = |word: &&WordMatch| word.query.chars().count() > 2;
    let pairs: Vec<String> = hit
        .matches
        .iter()
        .filter(says_something)
        .map(|word| format!("{} → {}", word.query, word.document))
        .collect();
    (!pairs.is_empty()).then(|| pairs.join("   "))
}

/// Prints what plain words find for the same question.
fn beside(out: &mut impl Write, words: &Searcher<'_>, text: &str) -> Result<()> {
    let question = words.typed_question(text)?;
    let answer = words.search(&question, &SearchParams { k: NUM_SHOWN, ..SearchParams::default() })?;
    let keys: Vec<&str> = answer.hits.iter().map(|hit| hit.key.as_str()).collect();
    Ok(writeln!(out, "               by words alone (BM25): {}", keys.join(", "))?)
}

/// Prints what judged questions find, what was promised, and what the search saved.
fn report(out: &mut impl Write, hybrid: &Searcher<'_>, words: &Searcher<'_>, data: &Path) -> Result<()> {
    let judged = Judged::open(data, "test", hybrid, QueryForm::Text)?;
    let params = SearchParams { k: 10, ..SearchParams::default() };
    let measured = measure(hybrid, &judged, &params, &[])?;
    let by_words = Judged::open(data, "test", words, QueryForm::Text)?;
    let by_words = measure(words, &by_words, &params, &[])?;
    let num_queries = counted(measured.num_queries as u64, "question");
    writeln!(out, "\n{STRONG}3. Measure{STRONG:#} {num_queries} with a known page")?;
    let Some(search) = measured.deepest() else { return Ok(()) };
    let quality = |side: &super::eval::Side| {
        let mean = side.evaluation.as_ref().and_then(|evaluation| evaluation.mean(Metric::Ndcg(10)));
        mean.unwrap_or_default()
    };
    let of_words = by_words.deepest().map(|search| quality(&search.side)).unwrap_or_default();
    writeln!(out, "nDCG@10     {:.3}   words alone {of_words:.3}; 1 is perfect", quality(&search.side))?;
    let promised = match search.promised {
        Some(promised) => format!("{promised:.2} was promised"),
        None => "nothing is promised before a calibration".to_owned(),
    };
    writeln!(out, "recall@10   {:.3}   of the exact ten; {promised}", search.fidelity)?;
    let all = hybrid.snapshot().num_documents();
    Ok(writeln!(
        out,
        "work        {:.0} of {} pages scored exactly",
        search.side.num_reranked,
        thousands(all)
    )?)
}

/// Kills a writer in the middle of its work, and shows what is left.
fn kill(out: &mut impl Write, temporary: &Path) -> Result<()> {
    writeln!(out, "\n{STRONG}4. Kill{STRONG:#} a writer in the middle of a write")?;
    let folder = temporary.join("killed");
    let program = env::current_exe().map_err(|error| Failure::io("cannot find this program", &error))?;
    let pages = temporary.join("tldr-en/all.jsonl.zst");
    let mut command = Command::new(program);
    command.arg("add").arg(&folder).arg(&pages).args(["--encoder", "words"]);
    let started = |error: io::Error| Failure::io("cannot start a writer", &error);
    let silent = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = silent.spawn().map_err(started)?;
    while child.try_wait().map_err(started)?.is_none() && num_documents(&folder) == 0 {
        thread::sleep(PATIENCE);
    }
    child.kill().map_err(started)?;
    child.wait().map_err(started)?;
    let collection = Collection::open(&folder)?;
    let num_left = collection.snapshot()?.num_documents();
    let verification = collection.verify(&mut |_, _| {})?;
    let state = if verification.findings.is_empty() { "every byte is sound" } else { "damaged" };
    writeln!(out, "killed after {} of the pages: whole batches are there, {state}", thousands(num_left))?;
    let ended = silent.status().map_err(started)?;
    let num_now = collection.snapshot()?.num_documents();
    let how = if ended.success() { "added again" } else { "adding again failed" };
    Ok(writeln!(out, "{how}: {} pages", thousands(num_now))?)
}

/// Documents of a collection that another process makes; none before it is there.
fn num_documents(folder: &Path) -> u64 {
    let snapshot = Collection::open(folder).and_then(|collection| collection.snapshot());
    snapshot.map_or(0, |snapshot| snapshot.num_documents())
}

/// Answers what is typed, until an empty line.
fn prompt(out: &mut impl Write, searcher: &Searcher<'_>) -> Result<()> {
    writeln!(out, "\n{STRONG}5. Your turn{STRONG:#}: ask for a tool, an empty line ends")?;
    loop {
        write!(out, "> ")?;
        out.flush()?;
        let mut line = String::new();
        let num_bytes = io::stdin().lock().read_line(&mut line);
        if num_bytes.map_err(|error| Failure::io("cannot read what is typed", &error))? == 0
            || line.trim().is_empty()
        {
            return Ok(());
        }
        if let Err(failure) = ask(out, searcher, line.trim()) {
            writeln!(out, "{}", failure.message())?;
        }
    }
}

/// Commands to type next.
fn advice(kept: Option<&Path>) -> String {
    let kept = kept.map(PathBuf::from).map_or_else(String::new, |folder| {
        let folder = folder.display();
        format!("  pleiad search {folder} \"run a job every night\"\n  pleiad info {folder}\n")
    });
    format!(
        "\nYour own files:\n{kept}  pleiad add notes ~/notes             # .txt and .md files, .jsonl, BEIR folders, token vectors\n  \
         pleiad search notes \"what was it\"\n"
    )
}
