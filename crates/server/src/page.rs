//! The page for people: search and explanation. Its files are part of the program, and load nothing from elsewhere.

use crate::http::Reply;
use crate::operations::Operation;
use pleiad_wire::{Kind, Problem};

/// A file of the page.
struct PageFile {
    operation: Operation,
    content_type: &'static str,
    bytes: &'static str,
}

const FILES: [PageFile; 4] = [
    PageFile {
        operation: Operation::Page,
        content_type: "text/html; charset=utf-8",
        bytes: include_str!("page/index.html"),
    },
    PageFile {
        operation: Operation::PageStyle,
        content_type: "text/css; charset=utf-8",
        bytes: include_str!("page/page.css"),
    },
    PageFile {
        operation: Operation::PageScript,
        content_type: "text/javascript; charset=utf-8",
        bytes: include_str!("page/page.js"),
    },
    PageFile {
        operation: Operation::PageIcon,
        content_type: "image/svg+xml",
        bytes: include_str!("page/icon.svg"),
    },
];

/// The file that an operation gives. What stands behind a `?` is for the page itself.
///
/// # Errors
/// `Internal` for an operation that gives none.
pub(crate) fn file(operation: Operation) -> Result<Reply, Problem> {
    let found = FILES.iter().find(|file| file.operation == operation);
    let found = found.ok_or_else(|| Problem::new(Kind::Internal, "this is no file of the page"))?;
    Ok(Reply::bytes(200, found.content_type, found.bytes))
}

/// The content type of the file that an operation gives, if it gives one.
pub(crate) fn content_type(operation: Operation) -> Option<&'static str> {
    FILES.iter().find(|file| file.operation == operation).map(|file| file.content_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of all files together, at most.
    const MAX_BYTES: usize = 120 << 10;

    #[test]
    fn the_page_is_small_and_loads_nothing_from_elsewhere() {
        assert!(FILES.iter().map(|file| file.bytes.len()).sum::<usize>() <= MAX_BYTES);
        for file in &FILES {
            let named = file.bytes.replace("http://www.w3.org/2000/svg", "");
            assert!(
                !named.contains("http://") && !named.contains("https://") && !named.contains("url("),
                "{:?}",
                file.operation
            );
        }
    }

    /// The policy of every answer allows neither of them.
    #[test]
    fn nothing_stands_inline() {
        let html = FILES[0].bytes;
        assert!(!html.contains(" style=") && !html.contains("<style") && !html.contains(" on"), "{html}");
        assert_eq!(html.matches("<script").count(), html.matches("<script type=\"module\" src=").count());
        // Texts of documents and questions never become markup.
        assert!(!FILES[2].bytes.contains("innerHTML") && !FILES[2].bytes.contains("insertAdjacentHTML"));
    }
}
