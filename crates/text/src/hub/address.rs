/// A message with every address in it as it may be shown: without the name and the password before its host.
///
/// A password may be written as it should not, with a slash in it: everything up to the last `@` of a word goes.
pub(super) fn without_passwords(message: &str) -> String {
    let mut shown = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = rest.find("://") {
        let (before, behind) = rest.split_at(at + 3);
        shown += before;
        let end = behind.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(behind.len());
        rest = &behind[behind[..end].rfind('@').map_or(0, |at| at + 1)..];
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_left_out_of_every_address() {
        for (message, shown) in [
            (
                "cannot reach https://me:secret@hub.example/a/b: no",
                "cannot reach https://hub.example/a/b: no",
            ),
            ("https://secret@hub.example", "https://hub.example"),
            ("https://me:se/cr@t@hub.example:8080/a", "https://hub.example:8080/a"),
            ("a http://u:secret@h/ and \"https://v:secret@i\"", "a http://h/ and \"https://i\""),
            ("https://hub.example/a?b=c", "https://hub.example/a?b=c"),
            ("me@example, no address", "me@example, no address"),
        ] {
            assert_eq!(without_passwords(message), shown);
        }
    }
}
