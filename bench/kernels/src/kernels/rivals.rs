//! The same documents, scored by others.

use super::{BF16, DOCS_PER_ROUND, ROUNDS, byte, gemm, half, single, walking};
use crate::data::{self, DOC_TOKENS, DOC_VALUES, Documents};
use crate::report::{Report, grouped};
use crate::rival::{DiskAnn, DotsPlusMax, PackedMaxSim};
use crate::rounds::{Contender, Rates, measure};
use numkong::{bf16, f16};
use pleiad_kernels::{Isa, QueryPanel, Rows};
use std::hint::black_box;

/// Documents that numkong packs for its MaxSim: 200 to 330 MB of each type.
const PACKED_DOCS: usize = 4096;

const ABOUT: &str = "One table, one set of rounds, the memory of the tables above. *numkong dots*: its product of the document \
as it lies with a query that is packed once, and a vectorized maximum over it; f32 is added up in f64 there, by design. \
*numkong maxsim*: its own MaxSim, which has both sides packed beforehand, each token as bytes beside its values. It is \
another score, a sum of *angular* distances (every token is taken as if it were of unit length), and it chooses the best \
token by bytes. *DiskANN*: `MaxSim` of diskann-quantization, the query packed once; compiled for this processor \
(`-C target-cpu=native`), which nobody else here is, because for the plain target it is 50 times as slow. Its i8 has no scale per token, \
ours has. *ours to it*: how many documents Pleiad scores in the same format meanwhile.";

/// Measures numkong and DiskANN beside the best set of this machine.
pub(super) fn section(report: &mut Report, floats: &Documents<f32>, bytes: &Documents<u8>) {
    let isa = Isa::best();
    check_agreement(floats, bytes);
    let mut contenders = vec![
        single(isa, floats),
        half(isa, "f16", |bytes| Rows::F16(bytes), bytes),
        half(isa, BF16, |bytes| Rows::Bf16(bytes), bytes),
        byte(isa, bytes),
        gemm(floats),
    ];
    let num_own = 4;
    contenders.extend(rivals(floats, bytes));
    let (rates, _) = measure(contenders, ROUNDS);
    let (own, others) = rates.split_at(num_own);
    let rows = own.iter().map(|rates| row(rates, &format!("Pleiad on {isa}, {}", rates.name), own));
    let rows = rows.chain(others.iter().map(|rates| row(rates, &rates.name, own)));
    let columns = ["contender", "documents/s", "ours to it", "KiB/document", "GB/s read"];
    report.table("Beside others", &columns, &rows.collect::<Vec<_>>());
    report.paragraph(ABOUT);
}

/// A rival is compared with the one of ours that reads what its name ends in.
fn row(rates: &Rates, name: &str, own: &[Rates]) -> Vec<String> {
    let format = |rates: &&Rates| rates.name.rsplit(", ").next().map(str::to_owned);
    let ours = own.iter().find(|ours| format(ours) == format(&rates)).expect("one of ours has its format");
    vec![
        name.to_owned(),
        grouped(rates.median()),
        format!("{:.2}", ours.ratio_to(rates)),
        format!("{}", rates.bytes >> 10),
        format!("{:.1}", rates.gigabytes()),
    ]
}

fn rivals(floats: &Documents<f32>, bytes: &Documents<u8>) -> Vec<Contender> {
    let halves = |nth: usize| bytes.of_len(2 * DOC_VALUES).starting_at(nth as f64 / 12.0);
    let codes = |nth: usize| bytes.of_len(DOC_VALUES).starting_at(nth as f64 / 12.0);
    let mut singles = DotsPlusMax::new(&data::query());
    let (mut f16s, mut bf16s) = (DotsPlusMax::new(&f16_query()), DotsPlusMax::new(&bf16_query()));
    let mut i8s = DotsPlusMax::new(&i8_query());
    let diskann = DiskAnn::new("f32", &data::query());
    let (diskann_f16, diskann_i8) = (DiskAnn::new("f16", &f16_query()), DiskAnn::new("i8", &i8_query()));
    vec![
        walking("numkong dots, f32", floats.clone().starting_at(0.3), move |doc| singles.maxsim(doc)),
        walking("numkong dots, f16", halves(2), move |doc| f16s.maxsim(doc)),
        walking("numkong dots, bf16", halves(3), move |doc| bf16s.maxsim(doc)),
        walking("numkong dots, int8", codes(4), move |doc| i8s.maxsim(doc)),
        packed("numkong maxsim, f32", &data::query(), &pattern()),
        packed("numkong maxsim, f16", &f16_query(), &halves_of(&pattern()).map(f16).collect::<Vec<_>>()),
        packed("numkong maxsim, bf16", &bf16_query(), &halves_of(&pattern()).map(bf16).collect::<Vec<_>>()),
        walking("DiskANN, f32", floats.clone().starting_at(0.7), move |doc| diskann.maxsim(doc)),
        walking("DiskANN, f16", halves(7), move |doc| diskann_f16.maxsim(doc)),
        walking("DiskANN, int8", codes(9), move |doc| diskann_i8.maxsim(doc)),
    ]
}

fn packed<T: numkong::MaxSim + 'static>(name: &str, query: &[T], pattern: &[T]) -> Contender {
    let mut documents = PackedMaxSim::new(query, pattern, PACKED_DOCS);
    Contender {
        name: name.to_owned(),
        per_round: DOCS_PER_ROUND,
        bytes: documents.bytes(),
        work: Box::new(move |num_docs| {
            for _ in 0..num_docs {
                black_box(documents.score_next());
            }
        }),
    }
}

/// As the documents of the tables above.
fn pattern() -> Vec<f32> {
    data::values(2).take(64 * DOC_VALUES).collect()
}

/// The upper halves of floats.
fn halves_of(values: &[f32]) -> impl Iterator<Item = u16> {
    values.iter().map(|value| (value.to_bits() >> 16) as u16)
}

fn f16_query() -> Vec<f16> {
    data::query().into_iter().map(|value| f16(pleiad_kernels::f32_to_f16_bits(value))).collect()
}

fn bf16_query() -> Vec<bf16> {
    data::query().into_iter().map(bf16::from_f32).collect()
}

fn i8_query() -> Vec<i8> {
    data::query().into_iter().map(|value| (127.0 * value).round() as i8).collect()
}

/// Those that compute the same must agree before their speed means anything.
fn check_agreement(floats: &Documents<f32>, bytes: &Documents<u8>) {
    let panel = QueryPanel::new(Isa::best(), &data::query(), data::DIM);
    let single = &floats.values()[..DOC_VALUES];
    let halves = &bytes.values()[..2 * DOC_VALUES];
    let codes = &bytes.values()[..DOC_VALUES];
    let close = |name: &str, found: f64, expected: f64| {
        assert!((found - expected).abs() < 0.01 * expected.abs(), "{name}: {found} for {expected}");
    };
    let expected = f64::from(panel.maxsim(single));
    close("numkong", DotsPlusMax::new(&data::query()).maxsim(single), expected);
    close("DiskANN", DiskAnn::new("f32", &data::query()).maxsim(single).into(), expected);
    let expected = f64::from(panel.maxsim_of(Rows::F16(halves)));
    close("numkong, f16", DotsPlusMax::new(&f16_query()).maxsim(halves), expected);
    close("DiskANN, f16", DiskAnn::new("f16", &f16_query()).maxsim(halves).into(), expected);
    let expected = f64::from(panel.maxsim_of(Rows::Bf16(halves)));
    close("numkong, bf16", DotsPlusMax::new(&bf16_query()).maxsim(halves), expected);
    let query: Vec<f32> = i8_query().into_iter().map(f32::from).collect();
    let shifted: Vec<u8> = codes.iter().map(|code| code ^ 0x80).collect();
    let own = pleiad_kernels::QuantizedPanel::new(Isa::best(), &query, data::DIM);
    let expected = f64::from(own.maxsim(&shifted, &[1.0; DOC_TOKENS]));
    close("numkong, int8", DotsPlusMax::new(&i8_query()).maxsim(codes), expected);
    close("DiskANN, int8", DiskAnn::new("i8", &i8_query()).maxsim(codes).into(), expected);
}
