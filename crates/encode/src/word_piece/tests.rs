use super::*;

fn small() -> WordPiece {
    let vocabulary = ["[UNK]", "un", "##aff", "##able", "##a", "a", "東", "!"];
    let vocab: HashMap<&str, usize> = vocabulary.iter().enumerate().map(|(id, &token)| (token, id)).collect();
    let json = serde_json::json!({
        "normalizer": { "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "lowercase": true },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "model": { "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocab },
    });
    WordPiece::from_json(json.to_string().as_bytes()).unwrap()
}

fn ids(text: &str) -> Vec<u32> {
    let mut ids = Vec::new();
    small().for_each_piece(text, |piece| ids.push(piece.token));
    ids
}

#[test]
fn the_longest_piece_wins() {
    assert_eq!(ids("Unaffable!"), [1, 2, 3, 7]);
    assert_eq!(ids("una 東a"), [1, 4, 6, 5]);
}

#[test]
fn a_word_that_cannot_be_covered_is_one_unknown_token() {
    assert_eq!(ids("unaffx a"), [0, 5]);
    assert_eq!(ids(&"a".repeat(100)).len(), 100);
    assert_eq!(ids(&"a".repeat(101)), [0]);
    // The limit counts characters: a hundred accented ones have more bytes and are still taken apart.
    assert_eq!(ids(&"á".repeat(100)).len(), 100);
}
