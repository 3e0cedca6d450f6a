//! The description of the HTTP API: its page, and whether it is one.

use crate::step::Step;
use std::path::Path;

/// Folder of the validator, ignored by git.
const FOLDER: &str = "target/openapi-spec-validator";

/// The description as the tests of the server leave it.
const DESCRIPTION: &str = "target/tmp/openapi.json";

/// Writes the page anew and validates the description.
///
/// # Errors
/// When the server cannot be built, or the description is none. Where there is no Python or no package it was *not run*,
/// and the message says so.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    Step::cargo("docs/api.md", "test -p pleiad-server --test it described")
        .with("PLEIAD_WRITE_API", "1")
        .run(root)?;
    validate(root)
}

/// Validates the description that the tests left, for the test command: where that cannot be done, that is said and nothing
/// fails.
///
/// # Errors
/// When the description is none.
pub(crate) fn validate_where_installed(root: &Path) -> Result<(), String> {
    match validate(root) {
        Err(why) if why.starts_with("NOT RUN") => {
            println!("==> {why}");
            Ok(())
        }
        outcome => outcome,
    }
}

fn validate(root: &Path) -> Result<(), String> {
    let folder = root.join(FOLDER);
    if !folder.join("openapi_spec_validator").is_dir() {
        Step::pip("validator of OpenAPI", FOLDER, &["openapi-spec-validator"])
            .run(root)
            .map_err(|why| format!("NOT RUN: the description of the API was not validated: {why}"))?;
    }
    let args = ["-m", "openapi_spec_validator", DESCRIPTION].map(str::to_owned).to_vec();
    let step =
        Step { title: "description of the API", program: "python3".to_owned(), args, variables: Vec::new() };
    step.with("PYTHONPATH", &folder.display().to_string()).run(root)
}
