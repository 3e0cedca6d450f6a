use crate::rival::Rival;
use crate::texts::{self, Texts};
use pleiad_bench_measure::clock::process_cpu_seconds;
use pleiad_bench_measure::report::{Report, grouped};
use pleiad_bench_measure::rounds::{Contender, measure_beside};
use pleiad_index::words::{
    Scorer, Scratch, Statistics, StoredTerms, TermsBuilder, Words, WordsBuilder, WordsError, search,
};
use pleiad_terms::Analyzer;
use pleiad_vectors::{Ranked, Score, TopK};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::rc::Rc;

/// Rounds of which medians are taken.
const ROUNDS: usize = 9;

/// Hits of a query.
const K: usize = 10;

/// Queries whose hits are compared with scoring every text.
const NUM_CHECKED: usize = 50;

/// The analyzer of collections of text.
const ANALYZER: &str = "english-1";

/// A query: its terms and how often it has each.
type Query = BTreeMap<String, u32>;

/// Runs the benchmark.
pub fn run() -> Report {
    let Texts { texts, queries } = texts::read();
    let analyzer = Analyzer::named(ANALYZER).expect("an analyzer that there is");
    let (stored, analysis_seconds) =
        timed(|| texts.iter().map(|text| stored_terms(&analyzer, text)).collect::<Vec<_>>());
    let (bytes, build_seconds) = timed(|| build(&stored));
    let queries: Vec<Query> =
        queries.iter().map(|text| query(&analyzer, text)).filter(|query| !query.is_empty()).collect();
    let blanked: Vec<String> = texts.iter().map(|text| blanked(&analyzer, text)).collect();
    let (rival, rival_seconds) = timed(|| Rival::build(&blanked).expect("an index in memory"));
    drop(blanked);

    let mut report = Report::new(
        "Words",
        &format!(
            "BM25 over {} texts of {} terms on average, of ten collections, where too few mixed; {} queries of {:.1} distinct \
             terms, the best {K}. tantivy 0.27 has the same terms, one segment in memory ({}), and frequencies without \
             positions. CPU time; medians of {ROUNDS} interleaved rounds.",
            grouped(texts.len() as f64),
            mean_terms(&bytes),
            grouped(queries.len() as f64),
            queries.iter().map(|query| query.len() as f64).sum::<f64>() / queries.len() as f64,
            rival.num_segments(),
        ),
    );
    let lists = Rc::new(bytes);
    hits(&mut report, &lists, &stored, &queries, &rival);
    speed(&mut report, &lists, queries, rival);
    indexing(&mut report, &texts, &stored, lists.len(), [analysis_seconds, build_seconds, rival_seconds]);
    report
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = process_cpu_seconds();
    let done = work();
    (done, process_cpu_seconds() - start)
}

fn stored_terms(analyzer: &Analyzer, text: &str) -> Vec<u8> {
    let mut terms = TermsBuilder::default();
    analyzer.for_each(text, |term| terms.push(0, term.text, term.position));
    terms.finish(1).expect("terms of one field")
}

fn build(stored: &[Vec<u8>]) -> Vec<u8> {
    let mut builder = WordsBuilder::new(&[1.0]).expect("a weight");
    for row in stored {
        builder.push(&StoredTerms::read(row, 1).expect("what was written")).expect("what was written");
    }
    builder.finish().expect("short lists")
}

fn query(analyzer: &Analyzer, text: &str) -> Query {
    let mut query = Query::new();
    analyzer.for_each(text, |term| *query.entry(term.text.to_owned()).or_insert(0) += 1);
    query
}

fn blanked(analyzer: &Analyzer, text: &str) -> String {
    let mut blanked = String::new();
    analyzer.for_each(text, |term| {
        blanked.push_str(term.text);
        blanked.push(' ');
    });
    blanked
}

fn mean_terms(bytes: &[u8]) -> u64 {
    let words = Words::read(bytes).expect("what was built");
    words.totals()[0] / u64::from(words.num_rows())
}

fn scorer(words: &Words<'_>, query: &Query) -> Scorer {
    let statistics =
        Statistics { num_documents: u64::from(words.num_rows()), totals: words.totals().to_vec() };
    let with = |term: &str| u64::from(words.num_rows_with(term).expect("what was built"));
    let terms = query.iter().map(|(term, &count)| (term.as_str(), count, with(term)));
    Scorer::new(&[1.0], &statistics, terms).expect("one field")
}

fn best(words: &Words<'_>, query: &Query, scratch: &mut Scratch) -> Vec<Ranked<u32>> {
    let mut top = TopK::new(K);
    let identify = |row: u32| Ok::<_, WordsError>(Some(row));
    search(words, &scorer(words, query), &[], scratch, identify, &mut top).expect("what was built");
    top.into_sorted()
}

/// Each term as often as the query has it: both count a word that is asked for twice twice.
fn terms(query: &Query) -> Vec<&str> {
    query.iter().flat_map(|(term, &count)| std::iter::repeat_n(term.as_str(), count as usize)).collect()
}

fn hits(report: &mut Report, lists: &[u8], stored: &[Vec<u8>], queries: &[Query], rival: &Rival) {
    let words = Words::read(lists).expect("what was built");
    let mut scratch = Scratch::default();
    let (mut shared, mut all) = (0, 0);
    for query in queries {
        let found = best(&words, query, &mut scratch);
        let theirs = rival.search(&terms(query), K).expect("an index in memory");
        shared += found.iter().filter(|ranked| theirs.contains(&ranked.id)).count();
        all += theirs.len();
    }
    let step = (queries.len() / NUM_CHECKED).max(1);
    for query in queries.iter().step_by(step) {
        let scorer = scorer(&words, query);
        let mut top = TopK::new(K);
        for (id, row) in (0..).zip(stored) {
            let sum =
                scorer.score_row(&StoredTerms::read(row, 1).expect("what was written")).expect("one field");
            if sum > 0 {
                top.push(Ranked { id, score: Score::new(scorer.score(sum)).expect("a finite score") });
            }
        }
        assert_eq!(best(&words, query, &mut scratch), top.into_sorted(), "{query:?}");
    }
    report.paragraph(&format!(
        "Hits: of every {}th query those of scoring every text, to the bit. Of tantivy's, which rounds lengths to a byte, {:.2} % are \
         the same.",
        step,
        100.0 * shared as f64 / all as f64
    ));
}

fn speed(report: &mut Report, lists: &Rc<Vec<u8>>, queries: Vec<Query>, rival: Rival) {
    let queries = Rc::new(queries);
    let ours = {
        let (lists, queries, mut scratch) = (Rc::clone(lists), Rc::clone(&queries), Scratch::default());
        move |num: usize| {
            let words = Words::read(&lists).expect("what was built");
            queries.iter().take(num).for_each(|query| drop(black_box(best(&words, query, &mut scratch))));
        }
    };
    let per_round = queries.len();
    let theirs = move |num: usize| {
        for query in queries.iter().take(num) {
            black_box(rival.search(&terms(query), K).expect("an index in memory"));
        }
    };
    let contender =
        |name: &str, work: Box<dyn FnMut(usize)>| Contender { name: name.into(), per_round, bytes: 0, work };
    let rates = measure_beside(
        vec![contender("Pleiad", Box::new(ours)), contender("tantivy", Box::new(theirs))],
        ROUNDS,
        || {},
    );
    let mut ratios: Vec<f64> =
        rates[0].rates.iter().zip(&rates[1].rates).map(|(ours, theirs)| theirs / ours).collect();
    ratios.sort_by(f64::total_cmp);
    let row = |name: &str, rate: f64, ratio: f64| {
        vec![name.to_owned(), format!("{:.1}", 1e6 / rate), format!("{ratio:.2}")]
    };
    let rows =
        [row("Pleiad", rates[0].median(), ratios[ratios.len() / 2]), row("tantivy", rates[1].median(), 1.0)];
    report.table("Queries", &["engine", "CPU µs a query", "of tantivy's"], &rows);
}

fn indexing(report: &mut Report, texts: &[String], stored: &[Vec<u8>], list_bytes: usize, seconds: [f64; 3]) {
    let num = texts.len() as f64;
    let [analysis, build, rival] = seconds.map(|seconds| num / seconds);
    let stored_bytes: usize = stored.iter().map(Vec::len).sum();
    let row = |name: &str, rate: f64| vec![name.to_owned(), grouped(rate)];
    let rows = [
        row("Pleiad: text to stored terms", analysis),
        row("Pleiad: stored terms to lists", build),
        row("Pleiad: both", num / (seconds[0] + seconds[1])),
        row("tantivy: terms to index", rival),
    ];
    report.table("Indexing", &["step", "texts a CPU second"], &rows);
    report.paragraph(&format!(
        "Bytes a text: {:.0} of text, {:.0} of stored terms with positions, {:.0} of lists.",
        texts.iter().map(String::len).sum::<usize>() as f64 / num,
        stored_bytes as f64 / num,
        list_bytes as f64 / num,
    ));
}
