/// Calls `visit` with the parts of a name in camelCase that are longer than a letter: `parseHTTPHeader` has three. A word
/// of one part has none.
pub fn for_each_part(word: &str, mut visit: impl FnMut(&str)) {
    let mut begin = 0;
    let bytes = word.as_bytes();
    for at in 1..bytes.len() {
        let (before, here) = (bytes[at - 1], bytes[at]);
        let begins_next = bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        let is_border = here.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || before.is_ascii_digit()
                || (before.is_ascii_uppercase() && begins_next));
        if is_border {
            if at - begin > 1 {
                visit(&word[begin..at]);
            }
            begin = at;
        }
    }
    if begin > 0 && bytes.len() - begin > 1 {
        visit(&word[begin..]);
    }
}
