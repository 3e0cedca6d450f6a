//! Files as people have them: lists are read as lists or refused by name, never taken for one text.

use crate::tool::Tool;
use std::fs;
use std::io::Write;

const TWO: &str = "{\"_id\": \"a\", \"text\": \"The blue kettle boils water.\"}\n{\"_id\": \"b\", \"text\": \"A red bicycle.\"}\n";
const ARRAY: &str = "[{\"_id\": \"a\", \"text\": \"The blue kettle boils water.\"},\n {\"_id\": \"b\", \"text\": \"A red bicycle.\"}]\n";
const PRETTY: &str = "{\n  \"_id\": \"a\",\n  \"text\": \"The blue kettle\"\n}\n{\n  \"_id\": \"b\",\n  \"text\": \"A red bicycle\"\n}\n";

fn num_documents(tool: &Tool, name: &str) -> u64 {
    tool.run(&["info", name, "--json"]).ok().json()["num_documents"].as_u64().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn json_is_a_list_under_any_of_its_names() {
    let tool = Tool::new();
    let names = ["a.jl", "b.jsonlines", "c.JSONL", "d.ndjson", "e.json", "f.jsonl.txt", "g.Json", "h.ldjson"];
    for (number, name) in names.into_iter().enumerate() {
        let content = [TWO, ARRAY, PRETTY][number % 3];
        tool.write(name, content);
        tool.run(&["add", &format!("c{number}"), name]).ok();
        assert_eq!(num_documents(&tool, &format!("c{number}")), 2, "{name}");
    }
    for (number, content) in [TWO, ARRAY, PRETTY].into_iter().enumerate() {
        tool.write("x.json.GZ", gzip(content.as_bytes()));
        tool.run(&["add", &format!("z{number}"), "x.json.GZ"]).ok();
        assert_eq!(num_documents(&tool, &format!("z{number}")), 2, "{content}");
        tool.run_with(&["add", &format!("s{number}"), "-"], content.as_bytes()).ok();
        assert_eq!(num_documents(&tool, &format!("s{number}")), 2, "{content}");
    }
    tool.write("cut.json", &ARRAY[..ARRAY.len() - 10]);
    tool.run(&["add", "cut", "cut.json"]).fails(2, &["cut.json:"]);
    assert!(!tool.path("cut").exists());
}

#[test]
fn other_lists_are_refused_by_name() {
    let tool = Tool::new();
    let table = "0\tThe blue kettle\n1\tA red bicycle\n2\tKestrels hover\n";
    let html = "<html><head><title>Kettles</title></head><body><p>The kettle.</p></body></html>\n";
    let sgml = "<DOC>\n<DOCNO> 1 </DOCNO>\n<TEXT>kettle</TEXT>\n</DOC>\n<DOC>\n<DOCNO> 2 </DOCNO>\n</DOC>\n";
    for (name, content, reasons) in [
        ("collection.tsv", table, &["tab-separated", "by its name", "jq"][..]),
        ("collection.TSV", table, &["tab-separated"]),
        ("docs.csv", "id,title,text\n1,Kettle,\"The kettle, blue\"\n", &["comma-separated", "csv.reader"]),
        ("docs.csv.txt", "1,a\n", &["comma-separated"]),
        ("page.html", html, &["HTML"]),
        ("page.HTM", html, &["HTML"]),
        ("fr94.sgml", sgml, &["TREC SGML"]),
        ("feed.xml", "<?xml version=\"1.0\"?><docs/>", &["XML"]),
        // The same without a name that tells.
        ("collection.txt", table, &["tab-separated", "by its beginning"]),
        ("passages", table, &["tab-separated"]),
        ("docs.txt", "\u{feff}id,title,text\n1,Kettle,The kettle\n", &["column names"]),
        ("page.txt", html, &["HTML"]),
        ("FR94_01", sgml, &["TREC SGML"]),
        ("docs.txt", TWO, &["JSON", ".jsonl"]),
        ("docs", ARRAY, &["JSON"]),
        ("notes.md", PRETTY, &["JSON"]),
    ] {
        tool.write(name, content);
        tool.run(&["add", "c", name]).fails(2, reasons).fails(2, &[name]);
    }
    assert!(!tool.path("c").exists());
}

#[test]
fn compressions_that_are_not_read_are_named() {
    let tool = Tool::new();
    for (name, bytes, reason) in [
        ("docs.jsonl.xz", &b"\xfd7zXZ\0\0\x04\xe6\xd6"[..], "xz"),
        ("docs.jsonl.bz2", b"BZh91AY&SY\x88\xd9", "compressed"),
        ("docs.jsonl.zip", b"PK\x03\x04\x14\0", "archive"),
        ("docs.tar.gz", b"\x1f\x8b\x08\0", "archive"),
        // Whatever the name says.
        ("a.jsonl", b"\xfd7zXZ\0\0\x04\xe6\xd6", "xz"),
        ("b.jsonl", b"BZh91AY&SY\x88\xd9", "bzip2"),
        ("c.txt", b"PK\x03\x04\x14\0", "zip"),
        ("d.txt", b"\xff\xfew\0o\0r\0d\0", "UTF-16"),
        ("e.jsonl", b"\xff\xfe{\0\"\0", "UTF-16"),
        ("f.txt", b"w\0o\0r\0d\0s\0\n\0", "iconv -f UTF-16LE"),
        ("g.jsonl", b"\0{\0\"\0_\0i\0d", "iconv -f UTF-16BE"),
        ("h.txt", b"\xff\xfe\0\0w\0\0\0", "iconv -f UTF-32 "),
    ] {
        tool.write(name, bytes);
        tool.run(&["add", "c", name]).fails(2, &[name, reason]);
    }
    tool.write("notes.txt.gz", gzip("\u{feff}the blue kettle".as_bytes()));
    tool.run(&["add", "c", "notes.txt.gz"]).ok();
    assert_eq!(tool.run(&["get", "c", "notes.txt.gz", "--json"]).ok().json()["text"], "the blue kettle");
}

#[test]
fn a_text_has_a_bound_and_is_refused_before_it_is_read() {
    let tool = Tool::new();
    let file = fs::File::create(tool.path("large.txt")).unwrap();
    // Of holes: nothing is written, and nothing must be read.
    file.set_len(64 << 30).unwrap();
    tool.run(&["add", "c", "large.txt"]).fails(2, &["large.txt has 64.0 GiB", "64.0 MiB"]);
    tool.write("packed.txt.gz", gzip(&vec![b'x'; (64 << 20) + 1]));
    tool.run(&["add", "c", "packed.txt.gz"])
        .fails(2, &["packed.txt.gz: the text is longer than 67108864 bytes"]);
    tool.write("long.json", [b"[{\"text\": \"", &vec![b'x'; 65 << 20][..]].concat());
    tool.run(&["add", "c", "long.json"]).fails(2, &["long.json:1: the line or the object is longer"]);
}

#[cfg(unix)]
#[test]
fn devices_pipes_and_sockets_are_refused_or_passed_over() {
    let tool = Tool::new();
    let socket = tool.path("socket.jsonl");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let made =
        std::process::Command::new("mkfifo").args([tool.path("pipe.txt"), tool.path("v.npy")]).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo makes pipes");
    for (path, kind) in
        [("/dev/zero", "a device"), ("pipe.txt", "a FIFO"), ("v.npy", "a FIFO"), ("socket.jsonl", "a socket")]
    {
        for args in [&["add", "c", path][..], &["find", "kettle", path], &["encode", path, "out"]] {
            tool.run(args).fails(2, &[path, kind, "`-`"]);
        }
    }
    std::os::unix::fs::symlink("/dev/zero", tool.path("link.txt")).unwrap();
    tool.run(&["add", "c", "link.txt"]).fails(2, &["link.txt is a device"]);
    tool.write("notes/a.txt", "the blue kettle");
    std::os::unix::fs::symlink("/dev/zero", tool.path("notes/zero.txt")).unwrap();
    std::os::unix::fs::symlink(tool.path("pipe.txt"), tool.path("notes/pipe.md")).unwrap();
    let ran = tool.run(&["add", "docs", "notes"]).ok();
    assert!(
        ran.stderr.contains("zero.txt is a device") && ran.stderr.contains("pipe.md is a FIFO"),
        "{ran:?}"
    );
    assert_eq!(num_documents(&tool, "docs"), 1);
    for args in [
        &["search", "docs", "--queries", "pipe.txt"][..],
        &["search", "docs", "--queries", "/dev/zero"],
        &["delete", "docs", "--from", "pipe.txt"],
        &["count", "docs", "--filter", "@pipe.txt"],
        &["count", "docs", "--filter", "@/dev/zero"],
        &["patch", "docs", "a", "@pipe.txt"],
        &["tune", "docs", "--queries", "notes/a.txt", "--filters", "pipe.txt"],
    ] {
        tool.run(args).fails(2, &["not a regular file"]);
    }
    tool.run(&["create", "v", "--dim", "2"]).ok();
    tool.run(&["search", "v", "--query-vectors", "v.npy"]).fails(2, &["v.npy", "not a regular file"]);
}

#[test]
fn integers_beyond_64_bits_are_refused_and_smaller_ones_kept() {
    let tool = Tool::new();
    let (greatest, least) = (u64::MAX, i64::MIN);
    tool.write("fits.jsonl", format!("{{\"_id\": {greatest}, \"text\": \"kettle\", \"u\": {greatest}, \"i\": [{least}], \"f\": 0.1, \"s\": \"123456789012345678901234567890\"}}"));
    tool.run(&["add", "c", "fits.jsonl"]).ok();
    let document = tool.run(&["get", "c", &greatest.to_string(), "--json"]).ok();
    for kept in ["18446744073709551615", "-9223372036854775808", "0.1", "\"123456789012345678901234567890\""]
    {
        assert!(document.stdout.contains(kept), "{document:?}");
    }
    for record in [
        "{\"_id\": \"n\", \"text\": \"x\", \"big\": 18446744073709551616}",
        "{\"_id\": \"n\", \"text\": \"x\", \"nested\": {\"a\": [1, -9223372036854775809]}}",
        "{\"_id\": 123456789012345678901234567890, \"text\": \"x\"}",
    ] {
        tool.write("big.jsonl", format!("{TWO}{record}\n"));
        tool.run(&["add", "c", "big.jsonl"])
            .fails(2, &["big.jsonl:3:", "more than 64 bits: put it in quotes"]);
        tool.write("big.json", format!("[\n{record}]"));
        tool.run(&["add", "c", "big.json"]).fails(2, &["big.json:2:", "more than 64 bits"]);
    }
}

#[test]
fn queries_are_lists_of_the_same_kinds() {
    let tool = Tool::with_docs();
    tool.write(
        "q.JSON",
        "[{\"_id\": \"q1\", \"text\": \"archive\"}, {\"_id\": \"q2\", \"text\": \"bread\"}]",
    );
    let ran = tool.run(&["search", "docs", "--queries", "q.JSON", "--json"]).ok();
    assert_eq!(ran.stdout.lines().count(), 2);
    tool.write("q.tsv", "1\tarchive\n2\tbread\n");
    tool.run(&["search", "docs", "--queries", "q.tsv"]).fails(2, &["q.tsv", "tab-separated"]);
    tool.write("q.txt", "{\"_id\": \"q1\", \"text\": \"archive\"}\n");
    tool.run(&["search", "docs", "--queries", "q.txt"]).fails(2, &["q.txt", "JSON"]);
}
