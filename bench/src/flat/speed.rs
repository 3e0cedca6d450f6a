//! Codes scored per second, whole and coarse, where they lie among others and where they lie back to back.

use crate::data::{self, Documents};
use crate::report::{Report, grouped};
use crate::rounds::{Contender, measure};
use pleiad_kernels::{Isa, dot_bits_i8};
use std::hint::black_box;

/// Bytes of a whole code, with the length of its tokens.
const ROW_BYTES: usize = 1282;
const MEMORY_BYTES: usize = 1 << 30;
const ROUNDS: usize = 21;
const ROWS_PER_ROUND: usize = 60_000;

pub fn report(report: &mut Report) {
    let pattern: Vec<u8> =
        data::values(7).map(|value| (value * 127.0 + 128.0) as u8).take(64 * ROW_BYTES).collect();
    let rows = Documents::new(&pattern, ROW_BYTES, MEMORY_BYTES / ROW_BYTES);
    let query: Vec<i8> = data::values(8).map(|value| (value * 127.0) as i8).take(8 * ROW_BYTES).collect();
    let mut contenders = vec![contender("whole, query of i8", rows.clone(), dots(&query, 1280))];
    for (bytes, at) in [(64, 0.1), (128, 0.2), (256, 0.4), (512, 0.6)] {
        let alone = rows.of_len(bytes + 2).starting_at(at);
        contenders.push(contender(
            &format!("{bytes} bytes of each row"),
            rows.clone().starting_at(at),
            dots(&query, bytes),
        ));
        contenders.push(contender(&format!("{bytes} bytes back to back"), alone, dots(&query, bytes)));
    }
    let (rates, _) = measure(contenders, ROUNDS);
    let row = |own: &crate::rounds::Rates| {
        let ratio = format!("{:.1}", own.ratio_to(&rates[0]));
        vec![own.name.clone(), grouped(own.median()), format!("{:.1}", 1e9 / own.median()), ratio]
    };
    let rows: Vec<_> = rates.iter().map(row).collect();
    report.table("Codes scored on one core", &["part", "codes/s", "ns/code", "ratio to whole"], &rows);
}

fn dots(query: &[i8], bytes: usize) -> impl FnMut(&[u8]) -> i64 + 'static {
    let query = query[..8 * bytes].to_vec();
    move |row| i64::from(dot_bits_i8(Isa::best(), &row[..bytes], &query)) + i64::from(row[row.len() - 1])
}

fn contender(
    name: &str,
    mut rows: Documents<u8>,
    mut score: impl FnMut(&[u8]) -> i64 + 'static,
) -> Contender {
    Contender {
        name: name.to_owned(),
        per_round: ROWS_PER_ROUND,
        bytes: rows.doc_len(),
        work: Box::new(move |num_rows| {
            rows.walk(num_rows, |row| {
                black_box(score(row));
            });
        }),
    }
}
