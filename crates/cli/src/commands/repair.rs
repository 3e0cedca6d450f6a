use crate::args::RepairArgs;
use crate::exit::{Exit, Failure, Result};
use crate::output::{counted, json_line};
use pleiad::{Collection, RepairReport};
use serde_json::json;
use std::io::Write;

pub(crate) fn run(args: &RepairArgs) -> Result<()> {
    let mut out = anstream::stdout().lock();
    if args.discard {
        let removed = Collection::discard_damaged(&args.collection)?;
        return Ok(writeln!(out, "removed {}", counted(removed.len() as u64, "damaged file"))?);
    }
    let mut mended = Vec::new();
    let report = Collection::repair(&args.collection, &mut |one| mended.push(one.to_string()))?;
    if args.json {
        json_line(&mut out, &as_json(&report, &mended))?;
    } else {
        for line in &mended {
            writeln!(out, "{line}")?;
        }
        writeln!(out, "{}", verdict(&report))?;
    }
    let num_lost = report.num_lost_documents + report.num_lost_batches + report.num_lost_assets;
    if num_lost + report.num_damaged_snapshots == 0 {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Corrupt,
        "something was lost: the lines above say what; restore a backup if you have one",
    ))
}

fn verdict(report: &RepairReport) -> String {
    let documents = counted(report.num_documents, "document");
    if report.is_clean() {
        return format!("nothing is wrong: {documents}");
    }
    let lost = counted(report.num_lost_documents, "document");
    let aside = match &report.aside[..] {
        [] => String::new(),
        files => format!("; the damaged files are kept as {}", files.join(", ")),
    };
    format!("{documents} now, {lost} known to be lost{aside}")
}

fn as_json(report: &RepairReport, mended: &[String]) -> serde_json::Value {
    json!({
        "is_clean": report.is_clean(),
        "num_restored": report.num_restored,
        "num_lost_documents": report.num_lost_documents,
        "num_lost_batches": report.num_lost_batches,
        "num_lost_assets": report.num_lost_assets,
        "num_lost_attachments": report.num_lost_attachments,
        "num_damaged_snapshots": report.num_damaged_snapshots,
        "num_documents": report.num_documents,
        "aside": report.aside,
        "mended": mended,
    })
}
