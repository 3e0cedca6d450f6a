use crate::tool::{Tool, arg, shared};
use serde_json::json;

/// A NumPy array, version 1.0, little-endian, C order.
fn npy(dtype: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({shape}), }}");
    let padded = (10 + header.len() + 1).next_multiple_of(64) - 10;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((padded as u16).to_le_bytes());
    bytes.extend(format!("{header:<width$}\n", width = padded - 1).as_bytes());
    bytes.extend(values);
    bytes
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[test]
fn a_folder_of_token_vectors_is_added_and_asked() {
    let tool = Tool::new();
    let folder = shared("multivec/adi");
    let summary = tool.run(&["add", "adi", arg(&folder), "--json"]).ok().json();
    assert_eq!((&summary["num_documents"], &summary["num_tokens"]), (&json!(82), &json!(5452)));
    let info = tool.run(&["info", "adi", "--json"]).ok().json();
    assert_eq!((&info["schema"]["dim"], &info["schema"]["encoder"]), (&json!(128), &json!(null)));
    let answers =
        tool.run(&["search", "adi", "--query-vectors", arg(&folder), "-k", "3", "--json"]).ok().stdout;
    assert_eq!(answers.lines().count(), 35);
    let first: serde_json::Value = serde_json::from_str(answers.lines().next().unwrap()).unwrap();
    assert_eq!(first["hits"].as_array().unwrap().len(), 3);
    assert_eq!(first["hits"][0].get("matches"), None);
}

#[test]
fn token_codes_start_from_centroids() {
    let tool = Tool::new();
    let folder = shared("multivec/adi");
    let recall = |name: &str, centroids: &[&str]| -> f64 {
        tool.run(&[&["create", name, "--dim", "128", "--tokens", "int1"], centroids].concat()).ok();
        tool.run(&["add", name, arg(&folder)]).ok();
        let measured = tool.run(&["eval", name, arg(&folder), "--ground-truth", "--json"]).ok().json();
        measured["stored_exact_lists"]["10"].as_f64().unwrap()
    };
    let (plain, around) = (recall("plain", &[]), recall("around", &["--centroids", "256"]));
    assert!(around > plain, "{around} {plain}");
    let info = tool.run(&["info", "around"]).ok().stdout;
    assert!(info.contains("int1 around 256 centroids"), "{info}");
    tool.run(&["verify", "around", "--deep"]).ok();

    tool.run(&["create", "v", "--dim", "2", "--tokens", "int2", "--centroids", "4"]).ok();
    tool.write("v.jsonl", "{\"_id\": \"east\", \"vectors\": [[1, 0], [0.9, 0.1]]}\n");
    tool.run(&["add", "v", "v.jsonl"]).fails(2, &["4 centroids", "has 2 token vectors", "give at least 32"]);
    tool.run(&["create", "w", "--dim", "2", "--centroids", "4"]).fails(2, &["Int8 codes take no centroids"]);
}

#[test]
fn json_lines_and_arrays_hold_vectors_too() {
    let tool = Tool::new();
    let line = "{\"_id\": \"east\", \"vectors\": [[1, 0], [0.9, 0.1]], \"text\": \"to the east\", \"color\": \"red\"}\n";
    tool.write("v.jsonl", line);
    tool.write("north.npy", npy("<f4", "1, 2", &floats(&[0.0, 1.0])));
    tool.write("north.ids.json", "[\"north\"]");
    tool.run(&["add", "v", "v.jsonl", "north.npy"]).ok();
    tool.write("q.npy", npy("<f4", "1, 1, 2", &floats(&[0.2, 0.8])));
    let answer = tool.run(&["search", "v", "--query-vectors", "q.npy", "--json"]).ok().json();
    assert_eq!((&answer["hits"][0]["key"], &answer["hits"][1]["key"]), (&json!("north"), &json!("east")));
    assert_eq!(answer["hits"][1]["text"], "to the east");
    assert_eq!(answer["hits"][1]["attributes"], json!({"color": "red"}));
}

#[test]
fn bad_arrays_are_named() {
    let tool = Tool::new();
    tool.write("nan.npy", npy("<f4", "1, 2", &floats(&[1.0, f32::NAN])));
    tool.run(&["add", "v", "nan.npy"]).fails(2, &["nan.npy", "NaN"]);
    tool.write("cut.npy", &npy("<f4", "2, 2", &floats(&[1.0; 4]))[..140]);
    tool.run(&["add", "v", "cut.npy"]).fails(2, &["cut.npy", "truncated"]);
    tool.write("wide.npy", npy("<c8", "1, 2", &[0; 16]));
    tool.run(&["add", "v", "wide.npy"]).fails(2, &["wide.npy", "c8"]);
    tool.write("text.npy", "not an array");
    tool.run(&["add", "v", "text.npy"]).fails(2, &["text.npy"]);
    assert!(!tool.path("v").exists());
}

#[test]
fn vectors_of_another_dimension_are_refused() {
    let tool = Tool::new();
    tool.write("two.npy", npy("<f4", "1, 2", &floats(&[1.0, 2.0])));
    tool.write("three.npy", npy("<f4", "1, 3", &floats(&[1.0, 2.0, 3.0])));
    tool.run(&["add", "v", "two.npy"]).ok();
    tool.run(&["add", "v", "three.npy"]).fails(2, &["three.npy:1", "dimension 3", "holds 2"]);
    tool.run(&["search", "v", "--query-vectors", "three.npy"]).fails(2, &["dimension 3", "dimension 2"]);
    tool.run(&["search", "v", "--query-vectors", "none.npy"]).fails(3, &["none.npy"]);
    tool.run(&["verify", "v"]).ok();
}

#[test]
fn padding_is_left_out_and_one_array_is_one_query() {
    let tool = Tool::new();
    // Document 0 lies along the query's opposite and is padded with two rows; document 1 points a little away too.
    let padded = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.0, 0.1, 0.0, 0.1, 0.0];
    tool.write("a.npy", npy("<f4", "2, 3, 2", &floats(&padded)));
    tool.write("b.npy", npy("<f4", "1, 3, 2", &floats(&[0.0; 6])));
    tool.write("q.npy", npy("<f4", "2, 2", &floats(&[-1.0, 0.0, 0.0, 1.0])));
    let ran = tool.run(&["add", "v", "a.npy", "--json"]).ok();
    assert_eq!((&ran.json()["num_padding"], &ran.json()["num_tokens"]), (&json!(2), &json!(4)));
    let answer = tool.run(&["search", "v", "--query-vectors", "q.npy", "--exact", "--json"]).ok();
    assert_eq!(answer.stdout.lines().count(), 1, "two tokens of one query: {answer:?}");
    let answer = answer.json();
    assert_eq!((&answer["hits"][0]["key"], &answer["hits"][1]["key"]), (&json!("1"), &json!("0")));
    assert!(answer["hits"][1]["score"].as_f64().unwrap() < -0.9, "{answer}");
    // The same in JSON, and a document of nothing else is one without vectors.
    tool.write(
        "a.jsonl",
        "{\"_id\": \"a\", \"vectors\": [[1, 0], [0, 0], [0, 0]]}\n{\"_id\": \"b\", \"vectors\": [[0, 0]]}\n",
    );
    let ran = tool.run(&["add", "w", "a.jsonl", "b.npy"]).ok();
    assert!(
        ran.stdout.contains("2 skipped") && ran.stdout.contains("6 rows of zeros left out as padding"),
        "{ran:?}"
    );
}

/// Documentation that is run as it stands, where Python has NumPy.
#[test]
fn the_exporter_in_the_documentation_works() {
    let page = include_str!("../../../../docs/input-formats.md");
    let program = page.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let tool = Tool::new();
    tool.write("export.py", program);
    let python =
        |args: &[&str]| std::process::Command::new("python3").args(args).current_dir(tool.path("")).output();
    if !python(&["-c", "import numpy"]).is_ok_and(|output| output.status.success()) {
        println!("NOT RUN: the exporter of docs/input-formats.md, since python3 has no numpy");
        return;
    }
    let output = python(&["export.py", "vectors"]).unwrap();
    assert!(output.status.success(), "{output:?}");
    let summary = tool.run(&["add", "v", "vectors.npz", "--json"]).ok().json();
    assert_eq!((&summary["num_documents"], &summary["num_tokens"]), (&json!(2), &json!(3)));
    tool.run(&["get", "v", "north"]).ok();
}
