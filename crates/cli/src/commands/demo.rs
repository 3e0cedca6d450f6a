use super::add::describe;
use super::eval::{Judged, Search, measure, search_all};
use crate::args::DemoArgs;
use crate::console::Console;
use crate::exit::{Failure, Result};
use crate::output::{self, STRONG, counted};
use crate::{environment, hits};
use pleiad::{Collection, SearchParams};
use pleiad_evaluate::Metric;
use pleiad_text::ingest::build;
use pleiad_text::{EncoderOptions, NewCollection, QueryForm, RankingOptions, Searcher};
use std::fs;
use std::io::Write;
use std::path::Path;

/// English pages of tldr-pages (CC BY 4.0) with 1,000 judged questions.
const FILES: [(&str, &[u8]); 3] = [
    ("corpus.jsonl.zst", include_bytes!("../../assets/tldr-en/corpus.jsonl.zst")),
    ("queries.jsonl", include_bytes!("../../assets/tldr-en/queries.jsonl")),
    ("qrels/test.tsv", include_bytes!("../../assets/tldr-en/qrels/test.tsv")),
];

/// Their best pages put it in other words: unpacked and Zip, listening and ports, image.
const QUESTIONS: [&str; 3] =
    ["unpack a compressed archive", "see which program listens on a port", "resize a photo"];

/// Hits shown per question.
const NUM_SHOWN: usize = 3;

/// Questions that are also answered exactly: that takes longest by far.
const NUM_COMPARED: usize = 100;

pub(crate) fn run(args: &DemoArgs) -> Result<()> {
    let console = Console::listen()?;
    let options = EncoderOptions { model: Some("static-v3".to_owned()), ..EncoderOptions::default() };
    let models = environment::models();
    let temporary =
        tempfile::tempdir().map_err(|error| Failure::io("cannot create a temporary folder", &error))?;
    let data = temporary.path().join("tldr-en");
    unpack(&data)?;
    let folder = args.dir.clone().unwrap_or_else(|| temporary.path().join("collection"));
    let mut out = output::stdout();
    writeln!(out, "{STRONG}1. Add{STRONG:#} pages about command line tools (tldr-pages, CC BY 4.0)")?;
    let summary =
        build(&folder, &data, &models, &options, &NewCollection::default(), true, &console.again())?;
    writeln!(out, "{}", describe(&summary))?;
    let snapshot = Collection::open(&folder)?.snapshot()?;
    let asked = RankingOptions::default();
    let searcher = Searcher::open(&snapshot, &models, &options, asked, QueryForm::Text, &console)?;
    for question in QUESTIONS {
        ask(&mut out, &searcher, question)?;
    }
    report(&mut out, &searcher, &data)?;
    Ok(write!(out, "{}", advice(args.dir.as_deref()))?)
}

fn unpack(folder: &Path) -> Result<()> {
    let refused = |error: std::io::Error| Failure::io(format!("cannot write {}", folder.display()), &error);
    fs::create_dir_all(folder.join("qrels")).map_err(refused)?;
    FILES.iter().try_for_each(|(name, bytes)| fs::write(folder.join(name), bytes)).map_err(refused)
}

fn ask(out: &mut impl Write, searcher: &Searcher<'_>, text: &str) -> Result<()> {
    let question = searcher.typed_question(text)?;
    let answer = searcher.search(&question, &SearchParams { k: NUM_SHOWN, ..SearchParams::default() })?;
    writeln!(out, "\n{STRONG}2. Search{STRONG:#} \"{text}\"")?;
    for (at, hit) in answer.hits.iter().enumerate() {
        hits::print(&searcher.view(&question, at + 1, hit)?, out)?;
    }
    Ok(())
}

fn report(out: &mut impl Write, searcher: &Searcher<'_>, data: &Path) -> Result<()> {
    let judged = Judged::open(data, "test", searcher, QueryForm::Text)?;
    let params = SearchParams { k: 100, ..SearchParams::default() };
    let (_, found) = search_all(searcher, &judged, &params)?;
    let sample = measure(searcher, &judged.first(NUM_COMPARED), &params, &[])?;
    let num_queries = counted(judged.questions.len() as u64, "question");
    writeln!(out, "\n{STRONG}3. Measure{STRONG:#} {num_queries} with known answers")?;
    let mut line = |name: String, value: f64, what: &str| writeln!(out, "{name:<14} {value:.3}   {what}");
    for (metric, what) in [
        (Metric::Ndcg(10), "quality of the first 10 hits, 1 is perfect"),
        (Metric::Recall(100), "of all answers are among the first 100 hits"),
    ] {
        let mean = found.evaluation.as_ref().and_then(|evaluation| evaluation.mean(metric));
        line(metric.to_string(), mean.unwrap_or_default(), what)?;
    }
    for Search { depth, fidelity, .. } in &sample.searches {
        let what = format!("of the exact top {depth} is found ({NUM_COMPARED} questions compared)");
        line(format!("fidelity@{depth}"), *fidelity, &what)?;
    }
    Ok(writeln!(out, "{:<14} {:.0} per second", "questions", found.queries_per_second)?)
}

/// Commands to type next.
fn advice(kept: Option<&Path>) -> String {
    let kept = kept.map_or_else(String::new, |folder| {
        let folder = folder.display();
        format!("  pleiad search {folder} \"watch a file grow\"\n  pleiad info {folder}\n")
    });
    format!(
        "\nYour own files:\n{kept}  pleiad add notes ~/notes             # .txt and .md files, .jsonl, BEIR folders, token vectors\n  \
         pleiad search notes \"what was it\"\n"
    )
}
