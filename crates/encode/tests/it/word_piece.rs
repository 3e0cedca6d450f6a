//! The tokenizer against recorded answers of the Python package `tokenizers`.

use pleiad_encode::WordPiece;

const TOKENIZER: &[u8] = include_bytes!("../fixtures/uncased.tokenizer.json");
/// Made by `fixtures/record_word_piece.py`.
const RECORDED: &str = include_str!("../fixtures/word_piece.json");

#[test]
fn tokens_are_those_of_the_python_package() {
    let word_piece = WordPiece::from_json(TOKENIZER).unwrap();
    let recorded: Vec<(String, Vec<u32>)> = serde_json::from_str(RECORDED).unwrap();
    assert!(recorded.len() > 500, "{} texts", recorded.len());
    for (text, expected) in recorded {
        let mut found = Vec::new();
        word_piece.for_each_piece(&text, |piece| found.push(piece.token));
        assert_eq!(found, expected, "{text:?}");
    }
}
