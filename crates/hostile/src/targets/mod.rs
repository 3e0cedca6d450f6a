//! The readers, by where their bytes come from.

mod assets;
mod attributes;
mod coarse;
mod codes;
mod collection;
mod engine;
pub(crate) mod filter;
mod judged;
mod packed;
mod postings;
mod text;
mod vectors;
mod words;

use crate::Target;

/// Memory that any reader may take: buffers of a fixed size.
const FIXED_BYTES: usize = 8 << 20;

/// JSON values, decoded rows and copies: a value of a few bytes takes a few dozen.
const BYTES_PER_BYTE: usize = 400;

const fn reader(name: &'static str, read: fn(&[u8]), seeds: fn() -> Vec<Vec<u8>>) -> Target {
    Target { name, read, seeds, fixed_bytes: FIXED_BYTES, bytes_per_byte: BYTES_PER_BYTE }
}

/// All of them.
pub const TARGETS: &[Target] = &[
    reader("manifest", collection::manifest, collection::manifests),
    reader("log", collection::log, collection::logs),
    reader("segment", collection::segment, collection::segments),
    Target { fixed_bytes: engine::MAX_MATRIX_BYTES, ..reader("schema", engine::schema, engine::schemas) },
    reader("columns", engine::columns, engine::rows),
    Target { fixed_bytes: assets::COLLECTION_BYTES, ..reader("assets", assets::assets, assets::seeds) },
    reader("coarse", coarse::coarse, coarse::seeds),
    reader("codes", codes::codes, codes::seeds),
    reader("labels", codes::labels, codes::stored_labels),
    reader("token_centroids", codes::token_centroids, codes::stored_centroids),
    reader("lemur_sample", codes::lemur_sample, codes::stored_samples),
    reader("lemur_layer", codes::lemur_layer, codes::stored_layers),
    Target { fixed_bytes: postings::SEARCH_BYTES, ..reader("postings", postings::postings, postings::lists) },
    reader("words", words::words, words::lists),
    reader("attributes", attributes::attributes, attributes::indexes),
    reader("stored_terms", words::terms, words::rows),
    reader("centroid_tree", postings::centroid_tree, postings::trees),
    reader("filter", filter::filter, filter::filters),
    reader("npy", vectors::npy, vectors::npys),
    Target { bytes_per_byte: vectors::DEFLATE_RATIO, ..reader("npz", vectors::npz, vectors::npzs) },
    reader("safetensors", vectors::safetensors, vectors::tensors),
    reader("ids", vectors::ids, vectors::id_lists),
    reader("vector_record", vectors::record, vectors::records),
    reader("json_lines", judged::json_lines, judged::corpora),
    reader("qrels", judged::qrels, judged::judgments),
    reader("run", judged::run, judged::runs),
    reader("tokenizer", text::tokenizer, text::tokenizers),
    reader("torch", text::torch, text::torches),
    reader("packed", packed::packed, packed::models),
    Target { fixed_bytes: text::ENCODER_BYTES, ..reader("text", text::text, text::texts) },
];
