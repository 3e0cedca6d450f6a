use crate::args::RepairArgs;
use crate::console::once_free;
use crate::exit::{Exit, Failure, Result};
use crate::output::{self, counted, json_line};
use pleiad::{Collection, RepairEvent, RepairReport, TakeBackReport};
use serde_json::json;
use std::io::Write;
use std::time::Duration;

pub(crate) fn run(args: &RepairArgs) -> Result<()> {
    let mut out = output::stdout();
    if args.discard {
        let removed = Collection::discard_damaged(&args.collection)?;
        return Ok(writeln!(out, "removed {}", counted(removed.len() as u64, "damaged file"))?);
    }
    if args.take_back {
        return take_back(args, &mut out);
    }
    let (mut lines, mut consequences) = (Vec::new(), Vec::new());
    let on_event = &mut |event: RepairEvent| {
        if let RepairEvent::LostAsset { name, .. } = &event {
            consequences.extend(pleiad::lost_asset(name));
        }
        lines.push(event.to_string());
    };
    let report = once_free(args.wait, || Collection::repair(&args.collection, Duration::ZERO, on_event))?;
    if args.json {
        json_line(&mut out, &as_json(&report, &lines))?;
    } else {
        for line in &lines {
            writeln!(out, "{line}")?;
        }
        writeln!(out, "{}", verdict(&report))?;
    }
    let num_lost = report.num_lost_documents + report.num_lost_batches + report.num_lost_assets;
    if num_lost + report.num_damaged_snapshots == 0 {
        return Ok(());
    }
    let message = "something was lost: the lines above say what; restore a backup if you have one";
    let failure = Failure::new(Exit::Corrupt, message);
    Err(consequences.into_iter().fold(failure, Failure::with_note))
}

fn take_back(args: &RepairArgs, out: &mut impl Write) -> Result<()> {
    let mut lines = Vec::new();
    let on_event = &mut |event: pleiad::TakeBackEvent| lines.push(event.to_string());
    let report = once_free(args.wait, || Collection::take_back(&args.collection, Duration::ZERO, on_event))?;
    let TakeBackReport { num_taken, num_left, num_returned, num_documents } = report;
    if args.json {
        let value = json!({
            "num_taken": num_taken,
            "num_left": num_left,
            "num_returned": num_returned,
            "num_documents": num_documents,
            "events": lines,
        });
        return json_line(out, &value);
    }
    for line in &lines {
        writeln!(out, "{line}")?;
    }
    let (returned, now) = (counted(num_returned, "document"), counted(num_documents, "document"));
    Ok(writeln!(out, "took back {}: {returned}; {now} now", counted(num_taken, "file"))?)
}

fn verdict(report: &RepairReport) -> String {
    let documents = counted(report.num_documents, "document");
    if report.is_clean() {
        return format!("nothing is wrong: {documents}");
    }
    let mut lost = counted(report.num_lost_documents, "document");
    if report.num_lost_batches > 0 {
        lost.push_str(", and what the lost batches held,");
    } else if report.num_lost_assets > 0 {
        lost.push_str(&format!(" and {}", counted(report.num_lost_assets, "asset")));
    }
    let quarantined = match &report.quarantined[..] {
        [] => String::new(),
        files => format!("; the damaged files are kept as {}", files.join(", ")),
    };
    format!("{documents} now, {lost} known to be lost{quarantined}")
}

fn as_json(report: &RepairReport, lines: &[String]) -> serde_json::Value {
    json!({
        "is_clean": report.is_clean(),
        "num_restored": report.num_restored,
        "num_lost_documents": report.num_lost_documents,
        "num_lost_batches": report.num_lost_batches,
        "num_lost_assets": report.num_lost_assets,
        "num_lost_attachments": report.num_lost_attachments,
        "num_damaged_snapshots": report.num_damaged_snapshots,
        "num_documents": report.num_documents,
        "aside": report.quarantined,
        "mended": lines,
    })
}
