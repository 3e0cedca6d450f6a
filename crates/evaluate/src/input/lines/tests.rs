use super::*;
use crate::{JsonLines, Line};
use serde_json::Value;
use std::io::{Cursor, Write};

fn lines(bytes: impl Into<Vec<u8>>) -> Lines {
    Lines::from_reader("test", Cursor::new(bytes.into())).unwrap()
}

fn all(mut lines: Lines) -> Vec<Result<(u64, String), String>> {
    let mut found = Vec::new();
    while let Some(next) = lines.next() {
        found.push(next.map(|(number, text)| (number, text.to_owned())).map_err(|error| error.to_string()));
    }
    found
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn blank_lines_ends_and_marks_are_left_out() {
    let found = all(lines("\u{feff}a\r\n\n  \nb"));
    assert_eq!(found, [Ok((1, "a".into())), Ok((4, "b".into()))]);
    assert!(all(lines("")).is_empty());
    assert!(all(lines("\n\n")).is_empty());
}

#[test]
fn compressed_sources_read_like_plain_ones() {
    let text: Vec<u8> = (0..20_000).flat_map(|i| format!("line {i}\n").into_bytes()).collect();
    let plain = all(lines(text.clone()));
    assert_eq!(plain.len(), 20_000);
    let (first, second) = text.split_at(70_000);
    assert_eq!(all(lines(gzip(&text))), plain);
    assert_eq!(all(lines(zstd(&text))), plain);
    // Both formats allow several members in a file, and Zstandard frames that are to be skipped.
    assert_eq!(all(lines([gzip(first), gzip(second)].concat())), plain);
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..]].concat();
    assert_eq!(all(lines([zstd(first), skippable, zstd(second)].concat())), plain);
}

#[test]
fn truncated_and_damaged_sources_are_errors() {
    let text = b"some text that goes on for a while\n".repeat(100);
    for packed in [gzip(&text), zstd(&text)] {
        for cut in [packed.len() / 2, packed.len() - 1] {
            let found = all_until_error(&packed[..cut]);
            assert!(found.contains("cannot"), "{cut} of {}: {found}", packed.len());
        }
    }
    let mut packed = gzip(&text);
    let middle = packed.len() - 6;
    packed[middle] ^= 0xff;
    assert!(all_until_error(&packed).contains("corrupt"), "{}", all_until_error(&packed));
}

/// The first error of a source, wherever it shows.
fn all_until_error(bytes: &[u8]) -> String {
    let mut lines = match Lines::from_reader("test", Cursor::new(bytes.to_vec())) {
        Ok(lines) => lines,
        Err(error) => return error.to_string(),
    };
    loop {
        match lines.next() {
            Some(Ok(_)) => {}
            Some(Err(error)) => return error.to_string(),
            None => return "no error".into(),
        }
    }
}

#[test]
fn long_lines_are_errors_and_short_ones_are_not() {
    let with_limit = |text: &str| Lines { max_line_bytes: 4, ..lines(text) };
    assert_eq!(all_texts(with_limit("abcd\nabcd")), ["abcd", "abcd"]);
    let mut long = with_limit("ab\nabcde\n");
    assert!(long.next().unwrap().is_ok());
    let error = long.next().unwrap().unwrap_err();
    assert!(matches!(error, InputError::LineTooLong { line: 2, limit_bytes: 4, .. }), "{error}");
}

fn all_texts(lines: Lines) -> Vec<String> {
    all(lines).into_iter().map(|line| line.unwrap().1).collect()
}

#[test]
fn ten_mebibytes_on_one_line_are_fine() {
    let record = format!("{{\"text\":\"{}\"}}\n", "x".repeat(10 << 20));
    let mut records = JsonLines::<Value>::from_reader("test", Cursor::new(record.into_bytes())).unwrap();
    assert_eq!(records.next().unwrap().unwrap().value["text"].as_str().unwrap().len(), 10 << 20);
}

#[test]
fn records_name_line_and_column_and_go_on() {
    let text = b"{\"a\": 1}\n\n{\"a\": }\n\xff\n[\"\xff\"]\n{\"a\": 2}\n".to_vec();
    let records = JsonLines::<Value>::from_reader("x.jsonl", Cursor::new(text)).unwrap();
    let found: Vec<Result<Line<Value>, String>> = records.map(|r| r.map_err(|e| e.to_string())).collect();
    assert_eq!(found[0], Ok(Line { number: 1, value: serde_json::json!({ "a": 1 }) }));
    assert_eq!(found[1], Err("x.jsonl:3:7: not JSON: expected value (one object a line, no NaN)".into()));
    assert_eq!(found[2], Err("x.jsonl:4:1: not UTF-8: convert the file to UTF-8".into()));
    assert_eq!(found[3], Err("x.jsonl:5:3: not UTF-8: convert the file to UTF-8".into()));
    assert_eq!(found[4].as_ref().unwrap().number, 6);
    assert_eq!(found.len(), 5);
}

#[test]
fn a_failing_source_ends_the_records() {
    let text: Vec<u8> =
        (0..50_000).flat_map(|number| format!("{{\"a\": {number}}}\n").into_bytes()).collect();
    let mut packed = gzip(&text);
    packed.truncate(packed.len() / 2);
    let records = JsonLines::<Value>::from_reader("x.gz", Cursor::new(packed)).unwrap();
    assert_eq!(records.filter(Result::is_err).count(), 1);
}

fn texts_of(name: &str, bytes: impl Into<Vec<u8>>) -> Result<Vec<(u64, String)>, String> {
    let records =
        JsonLines::<Value>::from_reader(name, Cursor::new(bytes.into())).map_err(|e| e.to_string())?;
    records
        .map(|record| record.map(|line| (line.number, line.value.to_string())).map_err(|e| e.to_string()))
        .collect()
}

#[test]
fn arrays_and_objects_over_several_lines_are_records() {
    let expected = |lines: [u64; 2]| {
        Ok(lines.into_iter().zip([r#"{"a":1}"#, r#"{"a":[2]}"#].map(String::from)).collect())
    };
    let array = "\u{feff}\n [{\"a\": 1},\n{\"a\": [2]}]\n";
    for name in ["x.jsonl", "standard input", "x.json"] {
        assert_eq!(texts_of(name, array), expected([2, 3]), "{name}");
        assert_eq!(texts_of(name, gzip(array.as_bytes())), expected([2, 3]), "{name}");
        assert_eq!(texts_of(name, "{\n\"a\": 1\n}\n{\n\"a\": [\n2]}\n"), expected([1, 4]), "{name}");
        assert_eq!(texts_of(name, "{\"a\": 1}\n\n{\"a\": [2]}"), expected([1, 3]), "{name}");
    }
    for name in ["a.JSON", "a.json.gz", "a.Json.zst"] {
        assert_eq!(texts_of(name, "{\"a\": 1} {\"a\":\n[2]}"), expected([1, 1]), "{name}");
    }
}

#[test]
fn bad_records_of_arrays_are_named_where_they_stand() {
    assert!(
        texts_of("x.json", "[{\"a\": 1},\n  {\"a\" 2}]").unwrap_err().starts_with("x.json:2:8: not JSON")
    );
    assert!(texts_of("x.json", "{\n\"a\": nul}").unwrap_err().starts_with("x.json:2:9: not JSON"));
    assert!(texts_of("x.json", "words").unwrap_err().starts_with("x.json:1:1: not JSON"));
    assert!(texts_of("x.json", "[{\"a\": \"cut").unwrap_err().contains("EOF"));
}

#[test]
fn integers_beyond_64_bits_are_refused() {
    let (large, fits) = ("18446744073709551616", "18446744073709551615");
    for (text, place) in [
        (
            format!("{{\"a\": 1}}\n{{\"a\": [{large}]}}"),
            "x.jsonl:2:8: the integer 18446744073709551616 needs more",
        ),
        (format!("[\n{{\"a\":\n -{large}}}]"), "x.jsonl:3:2: the integer -18446744073709551616 needs more"),
    ] {
        let message = texts_of("x.jsonl", text.as_str()).unwrap_err();
        assert!(message.starts_with(place), "{message}");
        assert!(texts_of("x.jsonl", text.replace(large, fits).replace('-', "")).is_ok());
    }
}

#[test]
fn other_compressions_are_called_by_their_names() {
    for (bytes, name) in [
        (&b"\xfd7zXZ\0\0\x04"[..], "xz"),
        (b"BZh51AY&SY\0\0", "bzip2"),
        (b"PK\x03\x04\x14\0", "zip"),
        (b"\xff\xfe{\0", "UTF-16"),
        (b"\xfe\xff\0{", "UTF-16"),
    ] {
        let message = texts_of("x.jsonl", bytes).unwrap_err();
        assert!(message.starts_with("cannot open x.jsonl: ") && message.contains(name), "{message}");
    }
}

#[cfg(unix)]
#[test]
fn only_regular_files_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket.jsonl");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for (path, kind) in
        [("/dev/zero".as_ref(), "a device"), (socket.as_path(), "a socket"), (folder.path(), "a folder")]
    {
        let message = Lines::open(path).err().unwrap().to_string();
        assert!(message.contains(&format!("it is {kind}, not a regular file")), "{message}");
    }
}

#[test]
fn files_that_are_not_there_are_named() {
    let error = Lines::open("no/such/file.jsonl").err().unwrap().to_string();
    assert!(error.starts_with("cannot open no/such/file.jsonl: "), "{error}");
}
