//! Loss of token codes: every document of real collections scored with every query.

mod additive;
mod around;
mod coder;
mod levels;
mod plaid;
mod product;
pub mod rotation;
mod row;
mod speed;

use crate::fde_data::SETS;
use crate::quality::{Exact, Quality};
use crate::report::{Report, markdown};
use crate::token_sets::TokenSet;
use additive::{Additive, Effort};
use around::{Around, AroundCode, Library};
use coder::{Fit, Half, code_all};
use levels::Levels;
use plaid::{Buckets, Plaid};
use pleiad_compress::{TokenCode, TokenCodec};
use product::Product;
use row::{COLUMNS, Row, SHORT_COLUMNS, short_cells};
use speed::Speed;
use std::thread;

/// Has the same rows, shorter.
const DOCUMENT: &str = "docs/quantization.md";

/// The library's codes by their bits.
const CODES: [(usize, TokenCode); 3] = [(4, TokenCode::Int4), (2, TokenCode::Int2), (1, TokenCode::Int1)];

/// Runs the benchmark: sets side by side, since times are of threads.
pub fn run() -> Report {
    let mut report = Report::new("Token codes", ABOUT);
    let measured: Vec<Measured> = thread::scope(|scope| {
        let running = SETS.map(|name| scope.spawn(move || measure(name)));
        running.into_iter().map(|thread| thread.join().expect("a set that is measured")).collect()
    });
    for set in &measured {
        let cells: Vec<Vec<String>> = set.rows.iter().map(Row::cells).collect();
        report.table(&set.summary, &COLUMNS, &cells);
        set.speed.add_to(&mut report);
    }
    let same_row = |at: usize| short_cells(&measured.iter().map(|set| &set.rows[at]).collect::<Vec<_>>());
    let rows: Vec<Vec<String>> = (0..measured[0].rows.len()).map(same_row).collect();
    report.block(DOCUMENT, &markdown(&SHORT_COLUMNS, &rows));
    report
}

/// Results of one collection.
struct Measured {
    summary: String,
    rows: Vec<Row>,
    speed: Speed,
}

fn measure(name: &str) -> Measured {
    let set = TokenSet::read(name);
    let exact = Exact::of(&set);
    let mut table = Table { set: &set, exact: &exact, halves: Half::both(&set), rows: Vec::new() };
    table.exact();
    table.library("f16", TokenCode::F16);
    table.library("int8", TokenCode::Int8);
    CODES.into_iter().for_each(|(bits, code)| table.width(bits, code));
    table.below_one_bit();
    let speed = Speed::of(&set, &exact, &table.halves[0]);
    Measured { summary: set.summary(), rows: table.rows, speed }
}

const ABOUT: &str = "*bits* counts every bit of a document by value of its tokens, constants included; *state* is what \
the whole collection shares. *MSE* is the mean squared error over the mean square; *|Δ|* the mean difference of MaxSim, \
per query token, over the exact top 200; *R@k* how many of the exact top k are among the code's top k; *depth* how many \
of the code's best hold the whole exact top ten, the mean and the 95th percentile over queries; *µs/token* CPU time to \
write a token and read it back. Scores are of the values that codes stand for, in f32. Scored are the 400 documents that are exactly \
the best of a query; the rest is taken as below them. What is trained was trained on the \
other half of the documents: even ones on odd ones, and the reverse. *PLAID* is its code: 1024 centroids, and residuals in \
quantile buckets; *product* and *residual* quantizers have 256 rows a codebook. Those three, and what is *at length*, are \
brought to the token's length, for which no bits are counted.";

/// Rows of one collection.
struct Table<'a> {
    set: &'a TokenSet,
    exact: &'a Exact,
    halves: [Half<'a>; 2],
    rows: Vec<Row>,
}

impl Table<'_> {
    fn exact(&mut self) {
        let quality = Quality::of(self.set, self.exact, &self.exact.scores);
        self.rows.push(Row { title: "exact".to_owned(), cost: None, quality });
    }

    fn add(&mut self, title: &str, fit: Fit<'_>) {
        let row = code_all(self.set, &self.halves, fit).row(title, self.set, self.exact);
        eprintln!("{}: {}", self.set.name, row.cells().join(" "));
        self.rows.push(row);
    }

    fn library(&mut self, title: &str, code: TokenCode) {
        let codec = TokenCodec::new(code, self.set.dim()).expect("a valid dimension");
        self.add(title, &|_| Box::new(Library(codec.clone(), 0)));
    }

    /// A code of the library around centroids.
    fn around(&mut self, title: &str, code: TokenCode, num_centroids: u32) {
        self.add(&format!("{title} around {num_centroids} centroids"), &|half| {
            let learned = half.learned(num_centroids);
            let state_bytes = learned.stored_bytes();
            Box::new(Library(TokenCodec::residual(code, learned).expect("few bits"), state_bytes))
        });
    }

    /// Everything of so many bits a value.
    fn width(&mut self, bits: usize, code: TokenCode) {
        let (dim, title) = (self.set.dim(), format!("int{bits}"));
        self.library(&title, code);
        let levels = |nested| Levels::new(bits, nested, dim);
        let plain =
            |nested, around| Box::new(AroundCode { levels: levels(nested), around, at_length: false });
        self.add(&format!("{title} without the mean"), &|_| plain(false, Around::Nothing));
        if bits == 2 {
            self.add("first 2 of 4 nested bits, without the mean", &|_| plain(true, Around::Nothing));
            let means = || Around::Means(2, Levels::new(4, false, dim));
            self.add("int2 around two means", &|_| plain(false, means()));
        }
        [256, 1024, 4096].into_iter().for_each(|number| self.around(&title, code, number));
        let centroids = |half: &Half<'_>| Around::Centroids(half.centroids(1024));
        self.add(&format!("{title} around 1024, without the mean"), &|half| plain(false, centroids(half)));
        self.add(&format!("{title} around 1024, without the mean, at length"), &|half| {
            Box::new(AroundCode { levels: levels(false), around: centroids(half), at_length: true })
        });
        for (name, buckets) in
            [("PLAID", Buckets::Quantiles), ("PLAID, rotated, Lloyd", Buckets::RotatedLloyd)]
        {
            let title = format!("{name}, {bits} bits");
            self.add(&title, &|half| Box::new(Plaid::fit(bits, 1024, buckets, half)));
        }
    }

    fn below_one_bit(&mut self) {
        for num_groups in [16, 8] {
            self.add(&format!("product, {num_groups} x 8 bits"), &|half| {
                Box::new(Product::fit(num_groups, half))
            });
        }
        let effort = Effort { beam: 4, refinements: 3 };
        self.add("residual, 8 x 8 bits, beam of 4, refined", &|half| {
            Box::new(Additive::fit(8, effort, half))
        });
    }
}
