use crate::client::{DOCS, with_texts};
use serde_json::json;
use std::process::{Command, Stdio};

#[test]
fn the_page_is_served_to_everybody() {
    let running = with_texts();
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/?c=docs&q=x", "text/html; charset=utf-8"),
        ("/ui/page.css", "text/css; charset=utf-8"),
        ("/ui/page.js", "text/javascript; charset=utf-8"),
        ("/ui/icon.svg", "image/svg+xml"),
    ] {
        let answer = running.get(path);
        assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, kind), "{path}");
        assert!(answer.headers["content-security-policy"].starts_with("default-src 'self'"));
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
}

/// A browser, if this machine has one.
fn browser() -> Option<&'static str> {
    let is_there = |name: &&str| {
        Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|ran| ran.success())
    };
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find(is_there)
}

/// The page in a browser: what it shows once its scripts have run.
#[test]
fn a_browser_shows_hits_and_why_they_are_some() {
    let Some(browser) = browser() else {
        println!("NOT RUN: the page was shown by no browser: there is no chromium");
        return;
    };
    let running = with_texts();
    // A text that would be markup is a text.
    running
        .json(
            "PUT",
            &format!("{DOCS}/documents/evil"),
            &json!({ "text": "files <img src=x onerror=alert(1)>" }),
        )
        .ok();
    let shown = |address: &str| {
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new(browser)
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--virtual-time-budget=20000",
                "--enable-logging=stderr",
                "--dump-dom",
            ])
            .arg(format!("--user-data-dir={}", folder.path().display()))
            .arg(format!("http://{}/{address}", running.address()))
            .output()
            .unwrap();
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        let complaints: Vec<&str> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
        assert!(complaints.is_empty(), "{complaints:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let found = shown("?c=docs&q=files+archive");
    assert!(
        found.contains("<mark") && found.contains(">archive</mark>") && found.contains("5 documents match"),
        "{found}"
    );
    assert!(found.contains("&lt;img src=x") && !found.contains("<img"), "{found}");
    let why = shown("?c=docs&q=files+archive#why=tar");
    assert!(why.contains("The score is the sum of its parts") && why.contains("words score"), "{why}");
    let wrong = shown("?c=docs&q=files&filter=tag+%3D+news");
    assert!(wrong.contains("news is not quoted"), "{wrong}");
    assert!(shown("").contains("Documents"));
}
