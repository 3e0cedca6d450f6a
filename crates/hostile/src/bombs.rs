//! Small inputs that ask for much memory: made to be refused, or to be answered within what their bytes pay for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde_json::{Value, json};
use std::io::Write;

/// Repetitions of what an input repeats.
const NUM_REPEATED: usize = 1 << 18;

/// Inputs of the target of this name; none for most.
pub fn bombs(target: &str) -> Vec<Vec<u8>> {
    match target {
        "tokenizer" => tokenizers(),
        "torch" => torches(),
        "safetensors" => safetensors(),
        "filter" => crate::targets::filter::bombs(),
        "packed" => packed(),
        _ => Vec::new(),
    }
}

/// Tokenizers that make much of a short text.
fn tokenizers() -> Vec<Vec<u8>> {
    let precompiled = |replacement: &str| json!({"type": "Precompiled", "precompiled_charsmap": STANDARD.encode(charsmap(replacement))});
    let replace =
        |from: &str, to: &str| json!({"type": "Replace", "pattern": {"String": from}, "content": to});
    // One character that NFKD makes 18 of, four of which are made it again.
    let again = [replace("e", "\u{fdfa}"), json!({"type": "NFKD"}), replace("\u{644}", "\u{fdfa}")];
    let unicode: Vec<Value> = again.iter().chain([&again[1], &again[2]].repeat(12)).cloned().collect();
    let mut all = vec![tokenizer(&unicode, &[])];
    for num_steps in [2, 4, 30] {
        all.push(tokenizer(&vec![precompiled(&"e".repeat(40)); num_steps], &[]));
        all.push(tokenizer(&vec![precompiled("ee"); num_steps], &[]));
        all.push(tokenizer(&vec![replace("e", "ee"); num_steps], &[]));
        all.push(tokenizer(&vec![json!({"type": "ByteLevel"}); num_steps], &[]));
        let words = json!({"type": "ByteLevel", "add_prefix_space": true, "use_regex": true});
        all.push(tokenizer(&[], &vec![words; num_steps]));
    }
    let metaspace = |at: usize| {
        let replacement = char::from_u32(0x2581 + at as u32).map(String::from);
        json!({"type": "Metaspace", "replacement": replacement, "prepend_scheme": "always", "split": true})
    };
    all.push(tokenizer(&[], &(0..2000).map(metaspace).collect::<Vec<_>>()));
    all
}

fn tokenizer(normalizers: &[Value], cuts: &[Value]) -> Vec<u8> {
    let file = json!({
        "normalizer": {"type": "Sequence", "normalizers": normalizers},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": cuts},
        "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["e", -1.0]]},
    });
    file.to_string().into_bytes()
}

/// SentencePiece's compiled rules by which every ASCII character becomes `replacement`: each leads from the root to a unit
/// of its own, and all of these to the one that holds the place of the replacement.
fn charsmap(replacement: &str) -> Vec<u8> {
    const ROOT_OFFSET: u32 = 256;
    const VALUE: u32 = 511;
    let mut units = vec![0u32; 512];
    units[0] = ROOT_OFFSET << 10;
    units[VALUE as usize] = 1 << 31;
    for byte in 1..128u32 {
        let at = ROOT_OFFSET ^ byte;
        units[at as usize] = (at ^ VALUE) << 10 | 1 << 8 | byte;
    }
    let trie: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    [&(trie.len() as u32).to_le_bytes()[..], &trie, replacement.as_bytes(), b"\0"].concat()
}

/// Descriptions of tensors that repeat what one byte puts down, alone and in archives, as they are and packed.
fn torches() -> Vec<Vec<u8>> {
    let storage =
        b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01tQ";
    let sizes = [&b"("[..], &b"K\x01".repeat(1000), b"t"].concat();
    let rebuild = &b"ctorch._utils\n_rebuild_tensor_v2\n("[..];
    let tensor = [rebuild, storage, b"K\x00", &sizes, b"q\x02h\x02tRq\x01"].concat();
    let names: Vec<u8> = (0..20_000u32)
        .flat_map(|at| [&b"X\x06\x00\x00\x00"[..], format!("n{at:05}").as_bytes(), b"h\x01"].concat())
        .collect();
    let pickles = [
        b"}".repeat(NUM_REPEATED),
        b"(".repeat(NUM_REPEATED),
        b")".repeat(NUM_REPEATED),
        [&b"}"[..], &b"\x94".repeat(NUM_REPEATED)].concat(),
        [&b"}"[..], &b"K\x01K\x01s".repeat(NUM_REPEATED)].concat(),
        [&b"}("[..], &tensor, &names, b"u."].concat(),
    ];
    let of = |pickle: &Vec<u8>| {
        let description = [&b"\x80\x02"[..], pickle, b"."].concat();
        [archive(&description, false), archive(&description, true), description]
    };
    pickles.iter().flat_map(of).collect()
}

/// Headers of which nothing is a tensor.
fn safetensors() -> Vec<Vec<u8>> {
    let with_header = |header: String| [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let values = vec!["[]"; NUM_REPEATED].join(",");
    vec![
        with_header(format!(r#"{{"__metadata__":[{values}]}}"#)),
        with_header(format!(r#"{{"__metadata__":{deep},"x":[{values}]}}"#)),
        with_header(format!(
            r#"{{"x":{{"dtype":"F32","shape":[{}],"data_offsets":[0,0]}}}}"#,
            vec!["1"; NUM_REPEATED].join(",")
        )),
    ]
}

/// Packed models of which settings, shapes or the deflated tokenizer ask for far more than there is.
fn packed() -> Vec<Vec<u8>> {
    let settings = |changed: Value| {
        let mut settings = json!({"model_type": "bert", "hidden_size": 2, "num_hidden_layers": 1, "num_attention_heads": 1,
            "intermediate_size": 2, "vocab_size": 4, "max_position_embeddings": 8, "type_vocab_size": 1, "layer_norm_eps": 1e-5});
        for (name, value) in changed.as_object().into_iter().flatten() {
            settings[name] = value.clone();
        }
        settings.to_string()
    };
    let small = json!({"model": {"type": "WordPiece", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "a": 1}}})
        .to_string();
    let mut all = Vec::new();
    for name in [
        "hidden_size",
        "num_hidden_layers",
        "num_attention_heads",
        "intermediate_size",
        "vocab_size",
        "max_position_embeddings",
        "type_vocab_size",
    ] {
        for value in [0u64, 1 << 20, 1 << 31, 1 << 45, u64::MAX] {
            all.push(packed_model(&settings(json!({ name: value })), small.as_bytes(), &[2, 2]));
        }
    }
    for shape in [[1 << 40, 0], [0, 1 << 40], [1 << 31, 1 << 31], [0, 2]] {
        all.push(packed_model(&settings(json!({})), small.as_bytes(), &shape));
        all.push(packed_model(&settings(json!({"hidden_size": 0})), small.as_bytes(), &shape));
    }
    let words: serde_json::Map<String, Value> =
        (0..1 << 14).map(|id| (format!("w{id}"), id.into())).collect();
    let large = json!({"model": {"type": "WordPiece", "unk_token": "w0", "vocab": words}}).to_string();
    // As much as may be inflated, and more: text that packs badly, and behind it what packs well and unpacks to many values.
    let noise: String =
        (0..40_000u64).map(|at| format!("{:x}", at.wrapping_mul(0x9E37_79B9_7F4A_7C15))).collect();
    for values in ["[],", "{},", "0,", "\"\",", "      "] {
        for num_bytes in [NUM_REPEATED * 7, NUM_REPEATED * 16] {
            let values = values.repeat(num_bytes / values.len());
            for name in ["y", "added_tokens"] {
                let tokenizer = format!("{{\"x\":\"{noise}\",\"{name}\":[{values}0]}}");
                all.push(packed_model(&settings(json!({})), tokenizer.as_bytes(), &[2, 2]));
            }
        }
    }
    all.push(packed_model(&settings(json!({"vocab_size": 1 << 14})), large.as_bytes(), &[2, 2]));
    all
}

/// A packed model without tensors of a backbone; room for the header, which its reader seals, stands in front.
fn packed_model(settings: &str, tokenizer: &[u8], projection: &[u64; 2]) -> Vec<u8> {
    let (tokenizer, halves) = (deflated(tokenizer), vec![0; 8]);
    let ends =
        [settings.len(), settings.len() + tokenizer.len(), settings.len() + tokenizer.len() + halves.len()];
    let header = json!({
        "config.json": {"dtype": "U8", "shape": [settings.len()], "data_offsets": [0, ends[0]]},
        "tokenizer.json": {"dtype": "U8", "shape": [tokenizer.len()], "data_offsets": [ends[0], ends[1]]},
        "projection": {"dtype": "F16", "shape": projection, "data_offsets": [ends[1], ends[2]]},
    });
    let header = header.to_string();
    let length = (header.len() as u64).to_le_bytes();
    [&[0; 24][..], &length, header.as_bytes(), settings.as_bytes(), &tokenizer, &halves].concat()
}

/// An archive as torch writes it, with one value beside the description.
fn archive(description: &[u8], is_packed: bool) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes, is_packed) in
        [("archive/data.pkl", description, is_packed), ("archive/data/0", &[0; 4][..], false)]
    {
        let packed = if is_packed { deflated(bytes) } else { bytes.to_vec() };
        let method = if is_packed { 8u16 } else { 0 };
        let fields = [
            &[0; 2][..],
            &method.to_le_bytes(),
            &[0; 4],
            &crc32fast::hash(bytes).to_le_bytes(),
            &(packed.len() as u32).to_le_bytes(),
            &(bytes.len() as u32).to_le_bytes(),
            &(name.len() as u16).to_le_bytes(),
        ]
        .concat();
        let begin = file.len() as u32;
        directory
            .extend([&b"PK\x01\x02\x14\x00\x14\x00"[..], &fields, &[0; 12], &begin.to_le_bytes()].concat());
        directory.extend(name.as_bytes());
        file.extend([&b"PK\x03\x04\x14\x00"[..], &fields, &[0; 2], name.as_bytes(), &packed].concat());
    }
    let (begin, length) = (file.len() as u32, directory.len() as u32);
    let end = [
        &b"PK\x05\x06\x00\x00\x00\x00\x02\x00\x02\x00"[..],
        &length.to_le_bytes(),
        &begin.to_le_bytes(),
        &[0; 2],
    ]
    .concat();
    [file, directory, end].concat()
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes);
    written
        .and_then(|()| encoder.finish())
        .unwrap_or_else(|error| panic!("memory cannot be written: {error}"))
}
