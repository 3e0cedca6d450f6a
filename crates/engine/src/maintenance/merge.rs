use super::attachment::Attachment;
use crate::BuildParams;
use crate::attributes::AttributesAttachment;
use crate::coarse::CoarseAttachment;
use crate::error::Result;
use crate::postings::PostingsAttachment;
use crate::shared::Shared;
use crate::words::WordsAttachment;
use pleiad_store::{MergeChoice, PartId, PartView, SharedWriter, View};

/// The attachments that segments of a collection are to have.
pub(super) fn attachments<'a>(shared: &'a Shared, view: &View) -> Result<Vec<Box<dyn Attachment + 'a>>> {
    let mut attachments: Vec<Box<dyn Attachment + 'a>> = Vec::new();
    for field in &shared.fields {
        let postings = PostingsAttachment::of(field, view)?;
        attachments.extend(postings.map(|attachment| Box::new(attachment) as Box<dyn Attachment + 'a>));
        attachments.extend(CoarseAttachment::of(field).map(|attachment| Box::new(attachment) as _));
    }
    attachments.extend(WordsAttachment::of(&shared.schema).map(|attachment| Box::new(attachment) as _));
    attachments.push(Box::new(AttributesAttachment));
    Ok(attachments)
}

/// One merge, with the attachments of the segment that it makes; false when none was due.
pub(super) fn merge(
    store: &SharedWriter,
    shared: &Shared,
    params: BuildParams,
    choice: MergeChoice,
) -> Result<bool> {
    let attachments = attachments(shared, &store.view())?;
    let both = store.with(|writer| {
        let view = writer.view();
        let bytes = attachments.iter().map(|attachment| attachment.merge_bytes_per_row(view.parts()));
        Ok((writer.merge_job(choice, params.max_merge_rows(bytes.sum())), view))
    })?;
    let (Some(job), view) = both else { return Ok(false) };
    let part = |id: PartId| view.parts().iter().find(|part| part.part_id() == id).cloned();
    let sources: Vec<PartView> = job.parts().filter_map(part).collect();
    let mut merged = job.run()?;
    if let Some(part) = merged.part().cloned() {
        for attachment in &attachments {
            if attachment.is_missing(&part)? {
                // In the order of keys rows are not those of one source after another.
                let bytes = match shared.schema.tenants {
                    true => attachment.build(&part)?,
                    false => attachment.merge(&sources, &part)?,
                };
                merged.attach(attachment.name(), &bytes)?;
            }
        }
    }
    store.with(|writer| writer.install(merged))?;
    Ok(true)
}
