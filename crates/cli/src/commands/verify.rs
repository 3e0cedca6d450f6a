use crate::args::VerifyArgs;
use crate::exit::{Exit, Failure, Result};
use crate::output::{self, bytes, counted, json_line};
use crate::progress::Progress;
use pleiad::{Collection, Verification};
use serde_json::json;
use std::io::Write;

pub(crate) fn run(args: &VerifyArgs) -> Result<()> {
    let collection = Collection::open(&args.collection)?;
    let progress = Progress::start(Some(0));
    let tell = &mut |done, total| progress.set_bytes(done, total);
    let verification = if args.deep { collection.verify_deep(tell)? } else { collection.verify(tell)? };
    let seconds = progress.seconds();
    progress.clear();
    print(args, &verification, seconds)?;
    if verification.is_clean() {
        return Ok(());
    }
    let num_findings = counted(verification.findings.len() as u64, "finding");
    let message = format!(
        "{num_findings} in {}: `pleiad repair` keeps what can be read, or restore it from a copy",
        args.collection.display()
    );
    Err(Failure::new(Exit::Corrupt, message))
}

fn print(args: &VerifyArgs, found: &Verification, seconds: f64) -> Result<()> {
    let mut out = output::stdout();
    if args.json {
        let value = json!({
            "is_clean": found.is_clean(),
            "num_files": found.num_files,
            "num_bytes": found.num_bytes,
            "num_documents": found.num_documents,
            "findings": found.findings,
        });
        return json_line(&mut out, &value);
    }
    for finding in &found.findings {
        writeln!(out, "{finding}")?;
    }
    let (files, size) = (counted(found.num_files, "file"), bytes(found.num_bytes));
    let documents = counted(found.num_documents, "document");
    let verdict = if found.is_clean() { "nothing is wrong" } else { "damaged" };
    Ok(writeln!(out, "{verdict}: {files}, {size}, {documents} read in {seconds:.1} s")?)
}
