use super::client::RemoteFile;

/// Files that decide what a model does, beside its weights; the last is the projection of BGE-M3.
const SETTINGS: [&str; 9] = [
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "modules.json",
    "config_sentence_transformers.json",
    "sentence_bert_config.json",
    "artifact.metadata",
    "colbert_linear.pt",
];

/// Ways to keep weights, the preferred one first: the file, and its parts with their index.
const WEIGHTS: [(&str, &str, &str); 2] =
    [("model.safetensors", "model-", ".safetensors"), ("pytorch_model.bin", "pytorch_model-", ".bin")];

/// Selects the needed files of a model: settings, one way of weights, and the same of numbered folders.
pub(super) fn files(all: &[RemoteFile]) -> Vec<&RemoteFile> {
    let mut needed: Vec<&RemoteFile> =
        all.iter().filter(|file| SETTINGS.contains(&file.name.as_str())).collect();
    needed.extend(weights(all, ""));
    let mut folders: Vec<&str> = all.iter().filter_map(|file| numbered(&file.name)).collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        let config = format!("{folder}/config.json");
        needed.extend(all.iter().filter(|file| file.name == config));
        needed.extend(weights(all, &format!("{folder}/")));
    }
    needed
}

/// The folder of a layer behind the backbone: `1_Dense` of `1_Dense/config.json`.
fn numbered(name: &str) -> Option<&str> {
    let (folder, rest) = name.split_once('/')?;
    let is_numbered = folder.starts_with(|c: char| c.is_ascii_digit()) && folder.contains('_');
    (is_numbered && !rest.contains('/')).then_some(folder)
}

fn weights<'a>(all: &'a [RemoteFile], folder: &str) -> Vec<&'a RemoteFile> {
    let own = |file: &'a RemoteFile| file.name.strip_prefix(folder).filter(|rest| !rest.contains('/'));
    for (whole, part_begin, part_end) in WEIGHTS {
        let index = format!("{whole}.index.json");
        let is_part =
            |name: &str| name == index || (name.starts_with(part_begin) && name.ends_with(part_end));
        let found: Vec<_> = match all.iter().find(|file| own(file) == Some(whole)) {
            Some(file) => vec![file],
            None if all.iter().any(|file| own(file) == Some(&index)) => {
                all.iter().filter(|file| own(file).is_some_and(is_part)).collect()
            }
            None => Vec::new(),
        };
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::super::client::Sum;
    use super::*;

    fn needed(names: &[&str]) -> Vec<String> {
        let file = |name: &&str| RemoteFile {
            name: (*name).to_owned(),
            num_bytes: 1,
            etag: String::new(),
            sum: Sum::Git(String::new()),
        };
        let all: Vec<RemoteFile> = names.iter().map(file).collect();
        files(&all).iter().map(|file| file.name.clone()).collect()
    }

    #[test]
    fn nothing_is_fetched_that_nobody_reads() {
        let names = [
            "README.md",
            "config.json",
            "flax_model.msgpack",
            "model.safetensors",
            "onnx/model.onnx",
            "onnx/config.json",
            "pytorch_model.bin",
            "tokenizer.json",
            "1_Dense/config.json",
            "1_Dense/model.safetensors",
            "1_Dense/pytorch_model.bin",
            "2_MultiVectorMask/config.json",
            "1_Pooling/x/y.json",
        ];
        let expected = [
            "config.json",
            "tokenizer.json",
            "model.safetensors",
            "1_Dense/config.json",
            "1_Dense/model.safetensors",
            "2_MultiVectorMask/config.json",
        ];
        assert_eq!(needed(&names), expected);
    }

    #[test]
    fn weights_in_parts_come_with_their_index() {
        let parts = [
            "config.json",
            "pytorch_model.bin.index.json",
            "pytorch_model-00001-of-00002.bin",
            "pytorch_model-00002-of-00002.bin",
        ];
        assert_eq!(needed(&parts), parts);
        assert_eq!(needed(&["config.json", "pytorch_model-00001-of-00002.bin"]), ["config.json"]);
    }
}
