//! What token codes lose: every document of real collections scored with every query.

mod additive;
mod around;
mod coder;
mod levels;
mod plaid;
mod product;
pub mod rotation;
mod speed;

use crate::fde_data::SETS;
use crate::quality::{Exact, Quality};
use crate::report::Report;
use crate::token_sets::TokenSet;
use additive::{Additive, Effort};
use around::{Around, AroundCode, Library};
use coder::{Fit, Half, code_all};
use levels::Levels;
use plaid::{Buckets, Plaid};
use pleiad_compress::{TokenCode, TokenCodec};
use product::Product;

const COLUMNS: [&str; 10] =
    ["code", "bits", "state kB", "MSE", "\\|Δ\\|", "R@10", "R@100", "depth", "nDCG@10", "µs/token"];

/// The library's codes by their bits.
const CODES: [(usize, TokenCode); 3] = [(4, TokenCode::Int4), (2, TokenCode::Int2), (1, TokenCode::Int1)];

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new("Token codes", ABOUT);
    for name in SETS {
        let set = TokenSet::read(name);
        let exact = Exact::of(&set);
        let mut table = Table { set: &set, exact: &exact, halves: Half::both(&set), rows: Vec::new() };
        table.exact();
        table.library("f16", TokenCode::F16);
        table.library("int8", TokenCode::Int8);
        CODES.into_iter().for_each(|(bits, code)| table.width(bits, code));
        table.below_one_bit();
        report.table(&set.summary(), &COLUMNS, &table.rows);
        speed::report(&mut report, &set, &exact);
    }
    report
}

const ABOUT: &str = "*bits* counts every bit of a document by value of its tokens, constants included; *state* is what \
the whole collection shares. *MSE* is the mean squared error over the mean square; *|Δ|* the mean difference of MaxSim, \
per query token, over the exact top 200; *R@k* how many of the exact top k are among the code's top k; *depth* how many \
of the code's best hold the whole exact top ten, the mean and the 95th percentile over queries; *µs/token* CPU time to \
write a token and read it back. Scores are of the values that codes stand for, in f32. Scored are the 400 documents that are exactly \
the best of a query; the rest is taken as below them. What is trained was trained on the \
other half of the documents: even ones on odd ones, and the reverse. *plaid* is PLAID's code: centroids, and residuals in \
quantile buckets; *product* and *residual* quantisers have 256 rows a codebook. Those three are brought to the token's \
length, for which no bits are counted.";

/// Rows of one collection.
struct Table<'a> {
    set: &'a TokenSet,
    exact: &'a Exact,
    halves: [Half<'a>; 2],
    rows: Vec<Vec<String>>,
}

impl Table<'_> {
    fn exact(&mut self) {
        let quality = Quality::of(self.set, self.exact, &self.exact.scores);
        let blank = |num: usize| vec![String::new(); num];
        self.rows.push([vec!["exact".to_owned()], blank(3), quality.cells(), blank(1)].concat());
    }

    fn add(&mut self, title: &str, fit: Fit<'_>) {
        let cells = code_all(self.set, &self.halves, fit).cells(self.set, self.exact);
        eprintln!("{} {title}: {}", self.set.name, cells.join(" "));
        self.rows.push(std::iter::once(title.to_owned()).chain(cells).collect());
    }

    fn library(&mut self, title: &str, code: TokenCode) {
        let codec = TokenCodec::new(code, self.set.dim()).expect("a valid dimension");
        self.add(title, &|_| Box::new(Library(codec)));
    }

    /// Everything of so many bits a value.
    fn width(&mut self, bits: usize, code: TokenCode) {
        let dim = self.set.dim();
        self.library(&format!("int{bits}"), code);
        let levels = |nested| Levels::new(bits, nested, dim);
        let around = |nested, around| Box::new(AroundCode { levels: levels(nested), around });
        self.add(&format!("int{bits} without the mean"), &|_| around(false, Around::Nothing));
        self.add(&format!("first {bits} of 4 nested bits, without the mean"), &|_| {
            around(true, Around::Nothing)
        });
        let means = || Around::Means(2, Levels::new(4, false, dim));
        self.add(&format!("int{bits} around two means"), &|_| around(false, means()));
        let centroids = |half: &Half<'_>| Around::Centroids(half.centroids(1024));
        self.add(&format!("int{bits} around 1024 centroids"), &|half| around(false, centroids(half)));
        for (title, buckets) in
            [("plaid", Buckets::Quantiles), ("plaid, rotated, Lloyd", Buckets::RotatedLloyd)]
        {
            let title = format!("{title}, {bits} bits, 1024 centroids");
            self.add(&title, &|half| Box::new(Plaid::fit(bits, 1024, buckets, half)));
        }
    }

    fn below_one_bit(&mut self) {
        for num_groups in [16, 8] {
            self.add(&format!("product, {num_groups} x 8 bits"), &|half| {
                Box::new(Product::fit(num_groups, half))
            });
        }
        let efforts = [
            ("greedy", Effort { beam: 1, refinements: 0 }),
            ("beam of 4, refined 3 times", Effort { beam: 4, refinements: 3 }),
        ];
        for (title, effort) in efforts {
            self.add(&format!("residual, 8 x 8 bits, {title}"), &|half| {
                Box::new(Additive::fit(8, effort, half))
            });
        }
    }
}
