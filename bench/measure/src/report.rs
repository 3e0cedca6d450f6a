//! A table that prints and is recorded.

use crate::machine;
use pleiad_kernels::Isa;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Paragraphs and tables of one run.
#[derive(Default)]
pub struct Report {
    text: String,
    blocks: Vec<(&'static str, String)>,
}

impl Report {
    /// Starts with what was measured.
    pub fn new(title: &str, question: &str) -> Self {
        Self { text: format!("# {title}\n\n{question}\n"), blocks: Vec::new() }
    }

    /// Adds a paragraph.
    pub fn paragraph(&mut self, text: &str) {
        self.text += &format!("\n{text}\n");
    }

    /// Adds a table: a heading, column titles, rows. The first column is text, the others are numbers.
    pub fn table(&mut self, heading: &str, columns: &[&str], rows: &[Vec<String>]) {
        self.text += &format!("\n## {heading}\n\n{}", markdown(columns, rows));
    }

    /// Has a document of the repository show some lines too: between its lines `<!-- bench -->` and `<!-- /bench -->`.
    pub fn block(&mut self, document: &'static str, lines: &str) {
        self.blocks.push((document, lines.to_owned()));
    }

    /// Prints everything and writes it to `benchmarks/<name>.md`, with command, machine, commit and date.
    pub fn publish(mut self, name: &str) -> std::io::Result<PathBuf> {
        let isas: Vec<_> = Isa::available().into_iter().map(Isa::name).collect();
        let mut origin = format!("\n## Origin\n\n* Command: `cargo xtask bench {name}`\n");
        let facts = [
            ("Date", machine::date()),
            ("Commit", machine::commit()),
            ("CPU", machine::cpu_model()),
            ("Instruction sets", isas.join(", ")),
        ];
        for (fact, value) in facts {
            // Writing to a String cannot fail.
            writeln!(origin, "* {fact}: {value}").expect("a String takes all");
        }
        self.text += &origin;
        print!("{}", self.text);
        let folder = machine::root().join("benchmarks");
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{name}.md"));
        std::fs::write(&path, &self.text)?;
        for (document, lines) in &self.blocks {
            let document = machine::root().join(document);
            let text = replaced(&std::fs::read_to_string(&document)?, lines)?;
            std::fs::write(document, text)?;
        }
        path.canonicalize()
    }
}

/// A table: column titles, rows. The first column is text, the others are numbers.
pub fn markdown(columns: &[&str], rows: &[Vec<String>]) -> String {
    let width = |at: usize| {
        let cells = rows.iter().map(|row| row[at].chars().count());
        cells.chain([columns[at].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(&widths).enumerate().map(|(at, (cell, &width))| match at {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        format!("| {} |\n", padded.collect::<Vec<_>>().join(" | "))
    };
    let titles: Vec<String> = columns.iter().map(|&title| title.to_owned()).collect();
    let rule = widths.iter().enumerate().map(|(at, &width)| match at {
        0 => "-".repeat(width + 2),
        _ => "-".repeat(width + 1) + ":",
    });
    let rule = format!("|{}|\n", rule.collect::<Vec<_>>().join("|"));
    let lines = rows.iter().map(|row| line(row));
    [line(&titles), rule].into_iter().chain(lines).collect()
}

/// A document with other lines between its marks.
fn replaced(document: &str, lines: &str) -> std::io::Result<String> {
    let (begin, end) = ("<!-- bench -->\n", "<!-- /bench -->");
    let parts = document.split_once(begin).and_then(|(before, rest)| Some((before, rest.split_once(end)?.1)));
    let (before, after) =
        parts.ok_or_else(|| std::io::Error::other(format!("no lines {begin}{end} to write between")))?;
    Ok(format!("{before}{begin}\n{lines}\n{end}{after}"))
}

/// `12_345.6` as `12,346`.
pub fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
