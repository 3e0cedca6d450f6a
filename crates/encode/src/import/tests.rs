use super::*;
use crate::SafetensorsError;
use pleiad_vectors::VectorError;
use std::fs;
use std::path::Path;

/// A `.npy` file of the given bytes.
fn npy(descr: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    header.push_str(&" ".repeat(117 - header.len()));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values);
    bytes
}

fn f32s(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn i64s(values: &[i64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A folder of three documents (two vectors, none, one) and one query.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("docs.f32.npy", &npy("<f4", "(3, 2)", &f32s(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])));
    write("docs.off.npy", &npy("<i8", "(4,)", &i64s(&[0, 2, 2, 3])));
    write("doc_ids.json", br#"["a", "b", "c"]"#);
    write("queries.f32.npy", &npy("<f4", "(1, 2)", &f32s(&[7.0, 8.0])));
    write("queries.off.npy", &npy("<i8", "(2,)", &i64s(&[0, 1])));
    write("query_ids.json", br#"["q"]"#);
    folder
}

fn read(folder: &Path) -> Result<Vec<(String, Vec<f32>)>, ImportError> {
    let documents = VectorFolder::open(folder)?.documents()?;
    documents.map(|d| d.map(|(id, vectors)| (id, vectors.into_data()))).collect()
}

#[test]
fn folders_are_read_document_by_document() {
    let folder = folder();
    assert!(VectorFolder::is_one(folder.path()));
    let opened = VectorFolder::open(folder.path()).unwrap();
    assert_eq!((opened.dim(), opened.num_documents(), opened.num_vectors()), (2, 3, 3));
    let expected = [("a", vec![1.0, 2.0, 3.0, 4.0]), ("b", vec![]), ("c", vec![5.0, 6.0])];
    assert_eq!(read(folder.path()).unwrap(), expected.map(|(id, data)| (id.to_owned(), data)));
    let queries = opened.queries().unwrap();
    assert_eq!((queries[0].0.as_str(), queries[0].1.vectors().data()), ("q", &[7.0, 8.0][..]));
    assert!(opened.exact_top().unwrap().is_none());
}

#[test]
fn eight_bit_values_are_scaled() {
    let folder = folder();
    fs::remove_file(folder.path().join("docs.f32.npy")).unwrap();
    let vectors = npy("|i1", "(3, 2)", &[1, 0xff, 2, 0xfe, 127, 0x80]);
    fs::write(folder.path().join("docs.i8.npy"), vectors).unwrap();
    let message = read(folder.path()).unwrap_err().to_string();
    assert!(message.contains("int8, expected float32 or float16, as there are no scales"), "{message}");
    // 0.5, 2 and 1 as half floats.
    let scales = npy("<f2", "(3,)", &[0x00, 0x38, 0x00, 0x40, 0x00, 0x3c]);
    fs::write(folder.path().join("docs.scale.f16.npy"), scales).unwrap();
    let documents = read(folder.path()).unwrap();
    assert_eq!(documents[0].1, [0.5, -0.5, 4.0, -4.0]);
    assert_eq!(documents[2].1, [127.0, -128.0]);
}

#[test]
fn ground_truth_names_documents() {
    let folder = folder();
    let ids = |ids: [i32; 2]| npy("<i4", "(1, 2)", &ids.map(i32::to_le_bytes).concat());
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    let opened = VectorFolder::open(folder.path()).unwrap();
    write("gt.ids.npy", &ids([2, -1]));
    assert!(opened.exact_top().unwrap_err().to_string().contains("gt.scores.npy"));
    write("gt.scores.npy", &npy("<f4", "(1, 2)", &f32s(&[9.5, 0.0])));
    assert_eq!(opened.exact_top().unwrap().unwrap(), [[("c", 9.5)]]);
    write("gt.ids.npy", &ids([0, 3]));
    let message = opened.exact_top().unwrap_err().to_string();
    assert!(message.contains("query 0 names document 3, but there are 3"), "{message}");
    write("gt.scores.npy", &npy("<f4", "(2,)", &f32s(&[9.5, 0.0])));
    assert!(matches!(opened.exact_top(), Err(ImportError::Shape { .. })));
}

#[test]
fn what_is_wrong_with_a_folder_is_named() {
    let values = f32s(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let cases: [(&str, Vec<u8>, &str); 15] = [
        (
            "docs.f32.npy",
            npy("<f4", "(3, 2)", &values[1..]),
            "docs.f32.npy: 23 bytes of values, the header announces 24",
        ),
        ("docs.f32.npy", npy("<f4", "(3, 2)", &[&values[..], &[0]].concat()), "25 bytes of values"),
        ("docs.f32.npy", npy("|u1", "(24, 1)", &values), "values of type |u1, expected float16"),
        (
            "docs.f32.npy",
            npy("<i4", "(3, 2)", &values),
            "values of type int32, expected float16, bfloat16, float32",
        ),
        ("docs.f32.npy", npy("<f4", "(6,)", &values), "shape [6], expected [num_vectors, dim]"),
        ("docs.f32.npy", npy("<f4", "(6, 0)", &[]), "a dimension of 1 to 4096"),
        ("docs.f32.npy", npy("<f4", "(4294967296, 4294967296)", &values), "18446744073709551615"),
        (
            "docs.off.npy",
            npy("<f4", "(4,)", &[0; 16]),
            "docs.off.npy: values of type float32, expected an integer of 32 or 64 bits",
        ),
        ("docs.off.npy", npy("<i8", "(0,)", &[]), "shape [0], expected [num_texts + 1]"),
        ("docs.off.npy", npy("<i8", "(4,)", &i64s(&[0, 2, 1, 3])), "docs.off.npy: offset 2 is 1"),
        ("docs.off.npy", npy("<i8", "(4,)", &i64s(&[0, 1, 2, 4])), "docs.off.npy: offset 3 is 4"),
        ("doc_ids.json", br#"["a", "b"]"#.to_vec(), "doc_ids.json: 2 ids, expected 3"),
        ("doc_ids.json", br#"["a", "b", "a"]"#.to_vec(), "id \"a\" stands at 0 and at 2"),
        ("doc_ids.json", br#"["a", "", "c"]"#.to_vec(), "doc_ids.json: id 1 (from 0): key \"\""),
        (
            "doc_ids.json",
            b"[\"a\", \"\xff\", \"c\"]".to_vec(),
            "doc_ids.json: expected a list of strings or integers",
        ),
    ];
    for (name, bytes, reason) in cases {
        let folder = folder();
        fs::write(folder.path().join(name), bytes).unwrap();
        let message = read(folder.path()).unwrap_err().to_string();
        assert!(message.contains(reason), "{message} should say {reason}");
        fs::remove_file(folder.path().join(name)).unwrap();
        let message = read(folder.path()).unwrap_err().to_string();
        assert!(message.contains(name), "{message} should name {name}");
    }
}

#[test]
fn a_bad_document_is_an_error_of_its_own() {
    let folder = folder();
    let values = [1.0, 2.0, 3.0, f32::NAN, 5.0, 6.0];
    fs::write(folder.path().join("docs.f32.npy"), npy("<f4", "(3, 2)", &f32s(&values))).unwrap();
    let found: Vec<_> = VectorFolder::open(folder.path()).unwrap().documents().unwrap().collect();
    let ImportError::Vectors { row: 0, id, source: VectorError::NotFinite { row: 1, column: 1, .. }, .. } =
        found[0].as_ref().unwrap_err()
    else {
        panic!("{:?}", found[0])
    };
    assert_eq!((id.as_str(), found.len()), ("a", 3));
    assert!(found[1].is_ok() && found[2].is_ok());
}

#[test]
fn queries_must_fit_the_documents() {
    let folder = folder();
    fs::write(folder.path().join("queries.f32.npy"), npy("<f4", "(1, 3)", &f32s(&[7.0, 8.0, 9.0]))).unwrap();
    let message = VectorFolder::open(folder.path()).unwrap().queries().unwrap_err().to_string();
    assert!(
        message.contains("queries.f32.npy: 3 dimensions (those of the documents), expected 2"),
        "{message}"
    );
}

#[test]
fn one_array_is_one_vector_or_equally_many_per_document() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    let values = f32s(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    let read = || -> Vec<(String, Vec<f32>)> {
        let documents = VectorFile::open(&path).unwrap().documents().unwrap();
        documents.map(|d| d.unwrap()).map(|(id, vectors)| (id, vectors.into_data())).collect()
    };
    fs::write(&path, npy("<f4", "(4, 2)", &values)).unwrap();
    assert_eq!(read()[3], ("3".into(), vec![7.0, 8.0]));
    fs::write(&path, npy("<f4", "(2, 2, 2)", &values)).unwrap();
    fs::write(folder.path().join("x.ids.json"), r#"["a", "b"]"#).unwrap();
    assert_eq!(read()[1], ("b".into(), vec![5.0, 6.0, 7.0, 8.0]));
    fs::write(&path, npy("<f4", "(8,)", &values)).unwrap();
    assert!(matches!(VectorFile::open(&path), Err(ImportError::Shape { .. })));
    assert!(matches!(VectorFile::open(folder.path().join("x.csv")), Err(ImportError::Format { .. })));
}

#[test]
fn safetensors_have_named_arrays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.safetensors");
    let header = r#"{"vectors":{"dtype":"F32","shape":[3,2],"data_offsets":[0,24]},
        "offsets":{"dtype":"I64","shape":[3],"data_offsets":[24,48]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(f32s(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
    bytes.extend(i64s(&[0, 1, 3]));
    fs::write(&path, &bytes).unwrap();
    let file = VectorFile::open(&path).unwrap();
    assert_eq!((file.dim(), file.num_documents(), file.num_vectors()), (2, 2, 3));
    let last = file.documents().unwrap().last().unwrap().unwrap();
    assert_eq!((last.0.as_str(), last.1.data()), ("1", &[3.0, 4.0, 5.0, 6.0][..]));
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let error = VectorFile::open(&path).unwrap_err();
    assert!(
        matches!(error, ImportError::Safetensors { source: SafetensorsError::Range { .. }, .. }),
        "{error}"
    );
}

/// Ids and values of all documents of a file.
fn documents(path: &Path) -> Result<Vec<(String, Vec<f32>)>, String> {
    let documents = VectorFile::open(path).and_then(|file| file.documents()).map_err(|e| e.to_string())?;
    documents.map(|d| d.map(|(id, vectors)| (id, vectors.into_data())).map_err(|e| e.to_string())).collect()
}

fn named(documents: &[(&str, &[f32])]) -> Vec<(String, Vec<f32>)> {
    documents.iter().map(|(id, data)| (id.to_string(), data.to_vec())).collect()
}

#[test]
fn values_have_any_float_type_and_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.NPY");
    let values = [1.0f32, -2.5, 3.0, 0.5, -0.25, 6.0];
    let doubles: Vec<u8> = values.iter().flat_map(|&value| f64::from(value).to_le_bytes()).collect();
    let halves: Vec<u8> =
        values.iter().flat_map(|value| ((value.to_bits() >> 16) as u16).to_le_bytes()).collect();
    let swapped = |bytes: &[u8], width: usize| -> Vec<u8> {
        bytes.chunks(width).flat_map(|value| value.iter().rev().copied()).collect()
    };
    let expected = named(&[("0", &values[..2]), ("1", &values[2..4]), ("2", &values[4..])]);
    for (descr, bytes) in [
        ("<f4", f32s(&values)),
        (">f4", swapped(&f32s(&values), 4)),
        ("<f8", doubles.clone()),
        (">f8", swapped(&doubles, 8)),
        ("|V2", halves),
    ] {
        fs::write(&path, npy(descr, "(3, 2)", &bytes)).unwrap();
        assert_eq!(documents(&path).unwrap(), expected, "{descr}");
    }
    fs::write(&path, npy("<f8", "(1, 1)", &1e39f64.to_le_bytes())).unwrap();
    assert!(documents(&path).unwrap_err().contains("row 0, dimension 0"));
}

#[test]
fn fortran_order_is_undone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    let fortran = |shape: &str, values: &[f32]| {
        let bytes = npy("<f4", shape, &f32s(values));
        let text = String::from_utf8_lossy(&bytes[..128]).replace("False, ", "True,  ");
        // The header is ASCII but for its first byte.
        [&bytes[..10], text.as_bytes().get(text.len() - 118..).unwrap(), &bytes[128..]].concat()
    };
    // [[1, 2], [3, 4], [5, 6]], column by column.
    fs::write(&path, fortran("(3, 2)", &[1.0, 3.0, 5.0, 2.0, 4.0, 6.0])).unwrap();
    assert_eq!(
        documents(&path).unwrap(),
        named(&[("0", &[1.0, 2.0]), ("1", &[3.0, 4.0]), ("2", &[5.0, 6.0])])
    );
    // Value 4 i + 2 j + k of [2, 2, 2] stands at i + 2 j + 4 k.
    fs::write(&path, fortran("(2, 2, 2)", &[0.0, 4.0, 2.0, 6.0, 1.0, 5.0, 3.0, 7.0])).unwrap();
    assert_eq!(
        documents(&path).unwrap(),
        named(&[("0", &[0.0, 1.0, 2.0, 3.0]), ("1", &[4.0, 5.0, 6.0, 7.0])])
    );
}

#[test]
fn objects_are_never_executed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    fs::write(&path, npy("|O", "(4,)", b"\x80\x04cos\nsystem\n")).unwrap();
    let message = documents(&path).unwrap_err();
    assert!(message.contains("Python objects") && message.contains("numpy.savez"), "{message}");
}

/// A safetensors file of arrays: name, type, shape and bytes.
fn tensors(arrays: &[(&str, &str, &str, Vec<u8>)]) -> Vec<u8> {
    let (mut fields, mut data) = (Vec::new(), Vec::new());
    for (name, dtype, shape, bytes) in arrays {
        let (begin, end) = (data.len(), data.len() + bytes.len());
        fields.push(format!(
            r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{begin},{end}]}}"#
        ));
        data.extend_from_slice(bytes);
    }
    let header = format!("{{{}}}", fields.join(","));
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat()
}

#[test]
fn each_document_may_have_an_array() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.safetensors");
    let of = |name, shape, values: &[f32]| (name, "F32", shape, f32s(values));
    let write = |arrays: &[(&str, &str, &str, Vec<u8>)]| fs::write(&path, tensors(arrays)).unwrap();
    write(&[of("b", "[2,2]", &[1.0, 2.0, 3.0, 4.0]), of("a", "[2]", &[5.0, 6.0]), of("none", "[0,2]", &[])]);
    let expected = named(&[("a", &[5.0, 6.0]), ("b", &[1.0, 2.0, 3.0, 4.0]), ("none", &[])]);
    assert_eq!(documents(&path).unwrap(), expected);
    let file = VectorFile::open(&path).unwrap();
    assert_eq!((file.dim(), file.num_documents(), file.num_vectors()), (2, 3, 3));
    // One array alone has the shapes of a `.npy` file.
    write(&[of("embeddings", "[2,1,2]", &[1.0, 2.0, 3.0, 4.0])]);
    assert_eq!(documents(&path).unwrap(), named(&[("0", &[1.0, 2.0]), ("1", &[3.0, 4.0])]));
    write(&[of("vectors", "[2,1,2]", &[1.0, 2.0, 3.0, 4.0])]);
    assert_eq!(documents(&path).unwrap(), named(&[("0", &[1.0, 2.0]), ("1", &[3.0, 4.0])]));
    for (arrays, reason) in [
        (vec![of("a", "[1,2]", &[1.0, 2.0]), of("b", "[1,1]", &[1.0])], "array `b`: 1 dimensions"),
        (vec![of("a", "[1,2]", &[1.0, 2.0]), of("b", "[1,1,2]", &[1.0, 2.0])], "array `b`: shape [1, 1, 2]"),
        (vec![of("a", "[1,2]", &[1.0, 2.0]), of("offsets", "[2]", &[0.0, 1.0])], "there is no `vectors`"),
        (vec![of("a", "[1,2]", &[1.0, 2.0]), of("ids", "[1]", &[0.0])], "NAME.ids.json"),
        (vec![of("a", "[1,2]", &[1.0, 2.0]), of("attention_mask", "[1]", &[0.0])], "masks are not read"),
        (vec![], "the file is empty"),
    ] {
        write(&arrays);
        let message = documents(&path).unwrap_err();
        assert!(
            message.contains("x.safetensors") && message.contains(reason),
            "{message} should say {reason}"
        );
    }
}

#[test]
fn lengths_stand_for_offsets_and_ids_may_be_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.safetensors");
    let vectors = ("vectors", "BF16", "[3,1]", vec![0x80, 0x3f, 0x00, 0x40, 0x40, 0x40]);
    let lengths = |values: [u32; 2]| ("lengths", "U32", "[2]", values.map(u32::to_le_bytes).concat());
    fs::write(&path, tensors(&[vectors.clone(), lengths([1, 2])])).unwrap();
    fs::write(folder.path().join("x.ids.json"), "[18446744073709551615, -7]").unwrap();
    let expected = named(&[("18446744073709551615", &[1.0]), ("-7", &[2.0, 3.0])]);
    assert_eq!(documents(&path).unwrap(), expected);
    for ids in ["[1, 1]", "[1, \"1\"]", "[1]", "[1, 2.5]", "[1, 18446744073709551616]", "[1, null]"] {
        fs::write(folder.path().join("x.ids.json"), ids).unwrap();
        assert!(documents(&path).unwrap_err().contains("x.ids.json: "), "{ids}");
    }
    fs::remove_file(folder.path().join("x.ids.json")).unwrap();
    fs::write(&path, tensors(&[vectors, lengths([1, 1])])).unwrap();
    assert!(documents(&path).unwrap_err().contains("2 vectors in all texts together, expected 3"));
}

#[test]
fn an_array_of_two_dimensions_is_one_query() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    let queries = || -> Vec<(String, usize)> {
        let queries = VectorFile::open_queries(&path).unwrap().queries().unwrap();
        queries.into_iter().map(|(id, query)| (id, query.vectors().num_tokens())).collect()
    };
    let values = f32s(&[1.0, 2.0, 3.0, 4.0]);
    for (shape, expected) in
        [("(2, 2)", vec![("0", 2)]), ("(4,)", vec![("0", 1)]), ("(2, 1, 2)", vec![("0", 1), ("1", 1)])]
    {
        fs::write(&path, npy("<f4", shape, &values)).unwrap();
        let expected: Vec<_> = expected.into_iter().map(|(id, num)| (id.to_owned(), num)).collect();
        assert_eq!(queries(), expected, "{shape}");
    }
    fs::write(folder.path().join("x.ids.json"), "[\"a\", \"b\"]").unwrap();
    fs::write(&path, npy("<f4", "(2, 2)", &values)).unwrap();
    assert_eq!(queries(), [("a".to_owned(), 1), ("b".to_owned(), 1)]);
}

#[test]
fn a_shape_with_a_zero_promises_nothing() {
    let folder = folder();
    let huge = 1u64 << 60;
    let path = folder.path().join("huge.npy");
    for shape in [format!("({huge}, 0)"), format!("({huge}, 0, 2)"), format!("({huge}, {huge}, 0)")] {
        fs::write(&path, npy("<f4", &shape, &[])).unwrap();
        let message = VectorFile::open(&path).unwrap_err().to_string();
        assert!(message.contains(&huge.to_string()), "{message}");
    }
    for name in ["gt.ids.npy", "gt.scores.npy"] {
        let descr = if name == "gt.ids.npy" { "<i4" } else { "<f4" };
        fs::write(folder.path().join(name), npy(descr, &format!("({huge}, 0)"), &[])).unwrap();
    }
    let message = VectorFolder::open(folder.path()).unwrap().exact_top().unwrap_err().to_string();
    assert!(message.contains("k at least 1"), "{message}");
}
