/// Digits of the least integer that 64 bits might not hold.
const MIN_DIGITS: usize = 19;

/// The first integer of a JSON text that neither a signed nor an unsigned one of 64 bits can be, and where it begins.
/// JSON readers would make a float of it, and so another number.
pub fn integer_beyond_64_bits(json: &[u8]) -> Option<(usize, &str)> {
    if !has_long_run(json) {
        return None;
    }
    let mut at = 0;
    while at < json.len() {
        match json[at] {
            b'"' => at = after_string(json, at),
            b'-' | b'0'..=b'9' => {
                let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
                let length = json[at..].iter().take_while(|byte| is_part(byte)).count();
                let number = std::str::from_utf8(&json[at..at + length]).unwrap_or_default();
                let is_integer = !number.contains(['.', 'e', 'E']);
                if is_integer && number.parse::<u64>().is_err() && number.parse::<i64>().is_err() {
                    return Some((at, number));
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    None
}

/// Returns whether so many digits stand side by side: most texts end here.
fn has_long_run(json: &[u8]) -> bool {
    let mut run = 0;
    json.iter().any(|byte| {
        run = if byte.is_ascii_digit() { run + 1 } else { 0 };
        run >= MIN_DIGITS
    })
}

/// The place behind a string that begins at `at`.
fn after_string(json: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while end < json.len() && json[end] != b'"' {
        end += if json[end] == b'\\' { 2 } else { 1 };
    }
    end + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_integers_beyond_64_bits_are_found() {
        for (json, expected) in [
            ("18446744073709551615", None),
            ("[-9223372036854775808, 0]", None),
            ("18446744073709551616", Some((0, "18446744073709551616"))),
            ("{\"a\": -9223372036854775809}", Some((6, "-9223372036854775809"))),
            ("[1e400, 0.1000000000000000055511151231257827, 12345678901234567890123.0]", None),
            (r#"{"a\"1": "123456789012345678901234567890", "b": 1}"#, None),
            (
                r#"{"123456789012345678901": [{"b": 99999999999999999999}]}"#,
                Some((33, "99999999999999999999")),
            ),
        ] {
            assert_eq!(integer_beyond_64_bits(json.as_bytes()), expected, "{json}");
        }
    }
}
