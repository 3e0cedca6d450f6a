//! The version, and the works of others that are part of the program.

use std::env;

/// Works within the program, their licenses and origins.
const PARTS: &str = "\
Licensed under MIT or Apache-2.0, as you like.

Within the program:
  mini-v1               a compressed form of sentence-transformers/all-MiniLM-L6-v2
                        Apache-2.0, its authors; huggingface.co/sentence-transformers/all-MiniLM-L6-v2
  pages of `demo`       tldr-pages, CC BY 4.0, its contributors; github.com/tldr-pages/tldr
";

/// The whole text, if `--version --verbose` is all that was typed, in any order or as `-vV`.
pub(crate) fn asked() -> Option<String> {
    let typed: Vec<String> = env::args().skip(1).collect();
    is_asked(&typed).then(|| format!("pleiad {}\n\n{PARTS}", env!("CARGO_PKG_VERSION")))
}

fn is_asked(typed: &[String]) -> bool {
    match typed {
        [both] => both == "-vV" || both == "-Vv",
        [one, other] => {
            let is_version = |text: &String| text == "--version" || text == "-V";
            let is_verbose = |text: &String| text == "--verbose" || text == "-v";
            is_version(one) && is_verbose(other) || is_verbose(one) && is_version(other)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_told_when_they_are_asked_for() {
        let asked = |typed: &[&str]| is_asked(&typed.iter().map(|&text| text.to_owned()).collect::<Vec<_>>());
        for typed in [&["--version", "--verbose"][..], &["--verbose", "--version"], &["-V", "-v"], &["-vV"]] {
            assert!(asked(typed), "{typed:?}");
        }
        for typed in [&[][..], &["--version"], &["-V"], &["--verbose"], &["search", "--version"]] {
            assert!(!asked(typed), "{typed:?}");
        }
    }
}
