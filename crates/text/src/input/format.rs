//! The format of a file, by its name and by how its text begins.

use crate::error::Error;
use std::path::Path;

/// Format of a file by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// JSON lines, an array, or objects one after the other.
    Json,
    /// Token vectors.
    Vectors,
    /// Nothing else: one text.
    Text,
    /// A format without a reader: what it is, and the way out.
    Unread(Unread),
}

/// Description of a file that is not read, and the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unread {
    pub(crate) kind: &'static str,
    pub(crate) advice: &'static str,
}

/// Endings of JSON, before what compression adds.
const JSON: [&str; 6] = ["jsonl", "ndjson", "jl", "jsonlines", "ldjson", "json"];

/// Endings of token vectors.
const VECTORS: [&str; 3] = ["npy", "npz", "safetensors"];

/// Extensions of the two compressions that are read.
const PACKED: [&str; 4] = ["gz", "gzip", "zst", "zstd"];

/// Endings that say nothing of what is inside.
const PLAIN: [&str; 2] = ["txt", "text"];

const TABS: &str = "make JSON lines of its rows, `_id` and `text` in each, such as \
    jq -Rc 'split(\"\\t\") | {_id: .[0], text: .[1]}' FILE | pleiad add DIR -";
const COMMAS: &str = "make JSON lines of its rows, `_id` and `text` in each, such as \
    python3 -c 'import csv, json, sys; [print(json.dumps({\"_id\": row[0], \"text\": row[1]})) \
    for row in csv.reader(sys.stdin)]' < FILE | pleiad add DIR -";
const MARKUP: &str = "make text or JSON lines of it first (`_id` and `text` in each object)";
const JSON_LINES: &str = "name it .jsonl or .json, or pipe it into `-`, and each object is a document";
const ARRAYS: &str = "save the vectors as .npy, .npz or .safetensors (see `pleiad add --help`)";
const UNPACK: &str = "unpack it first";
const CONVERT: &str = "convert it to text first";

/// Formats that are known by name and have no reader.
const UNREAD: [(&[&str], &str, &str); 13] = [
    (&["tsv", "tab"], "tab-separated values", TABS),
    (&["csv"], "comma-separated values", COMMAS),
    (&["psv", "ssv"], "separated values", COMMAS),
    (&["html", "htm", "xhtml", "mhtml"], "HTML", MARKUP),
    (&["xml", "rss", "atom"], "XML", MARKUP),
    (&["sgml", "sgm", "trec", "trectext", "trecweb"], "TREC SGML", MARKUP),
    (&["warc", "mbox", "bib", "ris"], "a list of records", MARKUP),
    (&["ipynb"], "a notebook", "convert it first (jupyter nbconvert --to markdown FILE)"),
    (
        &["parquet", "arrow", "feather", "avro", "orc", "xls", "xlsx", "ods", "db", "sqlite"],
        "a table",
        MARKUP,
    ),
    (&["pdf", "doc", "docx", "odt", "rtf", "epub", "ppt", "pptx"], "a formatted document", CONVERT),
    (&["pkl", "pickle", "pt", "pth", "bin", "h5", "hdf5", "mat"], "arrays in a format of their own", ARRAYS),
    (&["zip", "7z", "rar", "tar", "tgz", "tbz2", "txz"], "an archive", UNPACK),
    (
        &["xz", "bz2", "lz4", "br", "lzma", "z", "snappy"],
        "compressed in a way that is not read",
        "decompress it first",
    ),
];

impl Format {
    /// Returns the format of a file of this name, in any case of letters.
    pub(crate) fn by_name(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let mut endings = name.split('.').skip(1).collect::<Vec<_>>();
        let is_packed = endings.last().is_some_and(|ending| PACKED.contains(ending));
        if is_packed {
            endings.pop();
        }
        // `docs.jsonl.txt` is what browsers and mail programs make of `docs.jsonl`.
        while endings.len() > 1 && endings.last().is_some_and(|ending| PLAIN.contains(ending)) {
            endings.pop();
        }
        let Some(ending) = endings.last() else { return Self::Text };
        if JSON.contains(ending) {
            return Self::Json;
        }
        if VECTORS.contains(ending) {
            return match is_packed {
                false => Self::Vectors,
                true => {
                    Self::Unread(Unread { kind: "compressed token vectors", advice: "decompress them first" })
                }
            };
        }
        match UNREAD.iter().find(|(known, ..)| known.contains(ending)) {
            Some(&(_, kind, advice)) => Self::Unread(Unread { kind, advice }),
            None => Self::Text,
        }
    }
}

impl Unread {
    /// Why a file is not read as one text: `by` says what gave it away.
    pub(crate) fn refusal(self, path: &Path, by: &str) -> Error {
        let Self { kind, advice } = self;
        Error::invalid(format!(
            "{} looks like {kind} {by}, which is not read as one text: {advice}",
            path.display()
        ))
    }

    /// Recognizes a list by the beginning of a text; nothing for a text that people write.
    pub(crate) fn by_text(text: &str) -> Option<Self> {
        let start = text.trim_start();
        let unread = |kind, advice| Some(Self { kind, advice });
        if looks_like_json(start) {
            return unread("JSON", JSON_LINES);
        }
        if let Some(kind) = markup(start) {
            return unread(kind, MARKUP);
        }
        if text.as_bytes().iter().take(8192).any(|&byte| byte == 0) {
            return unread("no text (it holds zero bytes)", CONVERT);
        }
        if start.starts_with("%PDF-") {
            return unread("PDF", CONVERT);
        }
        looks_like_table(text).and_then(|(kind, advice)| unread(kind, advice))
    }
}

/// `{"`, `[{` or `["`, with blanks between: no other text begins so.
fn looks_like_json(start: &str) -> bool {
    let after = |open: char| start.strip_prefix(open).map(str::trim_start);
    after('{').is_some_and(|rest| rest.starts_with('"'))
        || after('[')
            .is_some_and(|rest| rest.starts_with('{') || rest.starts_with("\"") && rest.contains("\","))
}

/// Elements with which files of markup begin; Markdown may begin with others, such as `<p>` and `<div>`.
const ROOTS: [(&str, &[&str]); 3] = [
    ("HTML", &["!doctype", "html", "head", "body"]),
    ("TREC SGML", &["doc", "docno", "docid"]),
    (
        "XML",
        &[
            "?xml",
            "rss",
            "feed",
            "mediawiki",
            "docs",
            "documents",
            "corpus",
            "collection",
            "root",
            "add",
            "svg",
        ],
    ),
];

fn markup(mut start: &str) -> Option<&'static str> {
    while let Some(comment) = start.strip_prefix("<!--") {
        start = comment.split_once("-->")?.1.trim_start();
    }
    let name: String = start
        .strip_prefix('<')?
        .chars()
        .take_while(|character| character.is_ascii_alphanumeric() || ['?', '!'].contains(character))
        .take(16)
        .collect::<String>()
        .to_lowercase();
    ROOTS.iter().find(|(_, roots)| roots.contains(&name.as_str())).map(|&(kind, _)| kind)
}

/// Lines that are looked at for the columns of a table.
const NUM_LINES: usize = 64;

/// Names that columns of ids and of texts have in a first line.
const ID_COLUMNS: [&str; 8] = ["id", "_id", "key", "docid", "doc_id", "pid", "docno", "corpus-id"];
const TEXT_COLUMNS: [&str; 7] = ["text", "title", "contents", "content", "body", "passage", "abstract"];

/// Equally many tabs in each of at least two lines, or a first line that names columns of ids and of texts: the kind, and the
/// way out.
fn looks_like_table(text: &str) -> Option<(&'static str, &'static str)> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).take(NUM_LINES);
    let first = lines.next()?;
    let second = lines.next()?;
    let num_tabs = |line: &str| line.trim_end_matches('\r').matches('\t').count();
    let expected = num_tabs(first);
    if expected > 0
        && !first.starts_with('\t')
        && [second].into_iter().chain(lines).all(|line| num_tabs(line) == expected)
    {
        return Some(("tab-separated values", TABS));
    }
    let header = first.to_lowercase();
    let is_header = [',', ';', '|', '\t'].into_iter().any(|between| {
        let names: Vec<&str> = header.split(between).map(|name| name.trim().trim_matches('"')).collect();
        names.iter().any(|name| ID_COLUMNS.contains(name))
            && names.iter().any(|name| TEXT_COLUMNS.contains(name))
    });
    is_header.then_some(("a table with a line of column names", COMMAS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_formats_in_any_case() {
        for name in [
            "a.jsonl",
            "a.JSONL",
            "a.Jsonl.GZ",
            "a.ndjson.zst",
            "a.jl",
            "a.jsonlines",
            "a.json",
            "a.json.gz",
            "a.jsonl.txt",
            "a.JSON.TXT",
            "a.b.jl.zstd",
            "a.jsonl.txt.gz",
        ] {
            assert_eq!(Format::by_name(Path::new(name)), Format::Json, "{name}");
        }
        for name in ["a.npy", "a.NPZ", "a.ids.Safetensors"] {
            assert_eq!(Format::by_name(Path::new(name)), Format::Vectors, "{name}");
        }
        for name in ["notes", "a.txt", "a.md", "a.TXT.gz", "jsonl", ".jsonlx", "a.log", "a.rs", "a.txt.txt"] {
            assert_eq!(Format::by_name(Path::new(name)), Format::Text, "{name}");
        }
        for name in [
            "a.tsv",
            "a.CSV",
            "a.tsv.gz",
            "a.csv.txt",
            "a.html",
            "a.HTM.zst",
            "a.xml",
            "a.sgml",
            "a.jsonl.xz",
            "a.JSONL.BZ2",
            "a.jsonl.zip",
            "a.tar.gz",
            "a.tgz",
            "a.parquet",
            "a.pdf",
            "a.pt",
            "a.npy.gz",
        ] {
            assert!(matches!(Format::by_name(Path::new(name)), Format::Unread(_)), "{name}");
        }
    }

    #[test]
    fn lists_are_known_by_how_they_begin() {
        for (text, kind) in [
            ("{\"_id\": 1}\n", "JSON"),
            ("\n [ {\"a\": 1}]", "JSON"),
            ("{\n  \"a\": 1}", "JSON"),
            ("[\"a\", \"b\"]", "JSON"),
            ("<!DOCTYPE html><p>", "HTML"),
            ("<!-- x -->\n<HTML lang=en>", "HTML"),
            ("<DOC>\n<DOCNO> 1 </DOCNO>", "TREC SGML"),
            ("<?xml version='1.0'?>", "XML"),
            ("0\tThe kettle\n1\tThe fence\n", "tab-separated"),
            ("id,title,text\n1,a,b\n", "column names"),
            ("\"_id\";\"Text\"\n1;a\n", "column names"),
            ("a\0b", "zero bytes"),
        ] {
            let found = Unread::by_text(text).unwrap_or_else(|| panic!("{text} is taken for a text"));
            assert!(found.kind.contains(kind), "{text}: {}", found.kind);
        }
        for text in [
            "",
            "Some words.\n",
            "[a link](b.md)\n\n[x] done",
            "[[wiki]] links",
            "{% block %}",
            "{{ name }}",
            "<p align=center>",
            "<div>\n<h1>x</h1>",
            "a\tb\n",
            "a\tb\nno tab here\n",
            "\tindented\n\tcode\n",
            "id of a text, and more\nwords\n",
            "[\"Quoted\" words in brackets]",
            "<doctor@example.org> wrote",
        ] {
            assert_eq!(Unread::by_text(text), None, "{text}");
        }
    }
}
