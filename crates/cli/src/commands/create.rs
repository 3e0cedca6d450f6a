use super::info::describe_set;
use crate::args::{CreateArgs, EncoderName, TokenCodeName, describe_pool};
use crate::console::Console;
use crate::environment;
use crate::exit::{Failure, Result};
use crate::output;
use pleiad::{Collection, Reduction, Schema, SetEncoding, TokenCode, TokenEncoding};
use pleiad_text::input::TextSample;
use pleiad_text::{NewCollection, Settled};
use std::io::Write;

pub(crate) fn run(args: &CreateArgs) -> Result<()> {
    let Settled { schema, model, language, .. } = settled(args)?;
    let schema = with_flags(schema, args)?;
    let collection = Collection::create(&args.collection, &schema)?;
    if model.is_some() || language.is_some() {
        let writer = collection.writer()?;
        model.iter().try_for_each(|model| model.keep(&writer))?;
        language.iter().try_for_each(|language| language.keep(&writer))?;
        writer.close()?;
    }
    let encoder = schema.encoder.as_deref().unwrap_or("none: ready-made token vectors");
    let mut out = output::stdout();
    write!(out, "created {}: dimension {}, encoder {encoder}", args.collection.display(), schema.dim)?;
    if schema.reduction != Reduction::Keep {
        write!(out, ", keeps {}", describe_pool(schema.reduction))?;
    }
    if let Some(words) = &schema.words {
        write!(out, ", words {}", words.analyzer)?;
    }
    if schema.tenants {
        write!(out, ", keeps tenants apart")?;
    }
    for set in &schema.sets {
        write!(out, ", {}", describe_set(set))?;
    }
    Ok(writeln!(out)?)
}

/// The collection that encoder, words and language describe. There is no text yet: without a language it is for English.
fn settled(args: &CreateArgs) -> Result<Settled> {
    let mut options = args.sentence.of(args.model.options());
    let new = NewCollection { words: args.words.new_words(), language: options.language.take() };
    let is_of_model = options.model.is_some();
    if !is_of_model && (args.dim.is_some() || args.encoder == Some(EncoderName::None)) {
        match (args.encoder.and_then(EncoderName::id), args.dim) {
            (None, Some(dim)) => return Ok(new.of_vectors(dim, None, TextSample::default)?),
            (None, None) => {
                return Err(Failure::invalid("without an encoder the dimension must be given: add --dim D"));
            }
            (Some(_), _) => {}
        }
    }
    if let (Some(encoder), false) = (args.encoder.and_then(EncoderName::id), is_of_model) {
        options.model = Some(encoder.to_owned());
    }
    let settled = new.of_texts(&environment::models(), &options, TextSample::default, &Console::listen()?)?;
    match args.dim.filter(|&dim| dim != settled.schema.dim) {
        None => Ok(settled),
        Some(dim) => {
            let (id, own) = (settled.schema.encoder.unwrap_or_default(), settled.schema.dim);
            Err(Failure::invalid(format!("encoder {id} gives dimension {own}, not {dim}: leave out --dim")))
        }
    }
}

/// A schema with what the flags change of it.
fn with_flags(mut schema: Schema, args: &CreateArgs) -> Result<Schema> {
    let code = match args.tokens {
        None => schema.tokens.code(),
        Some(TokenCodeName::Int8) => TokenCode::Int8,
        Some(TokenCodeName::Int4) => TokenCode::Int4,
        Some(TokenCodeName::Int2) => TokenCode::Int2,
        Some(TokenCodeName::Int1) => TokenCode::Int1,
        Some(TokenCodeName::F16) => TokenCode::F16,
    };
    schema.tokens = TokenEncoding::new(code, args.centroids)?;
    schema.tenants = args.tenants;
    schema.reduction = args.pool.reduction().unwrap_or(schema.reduction);
    set_fde(&mut schema, args);
    if let Some(num_features) = args.fde.lemur {
        schema = schema.with_lemur(num_features);
    }
    schema.sets = args.sets.iter().map(|set| set.settle(&schema)).collect::<pleiad_text::Result<_>>()?;
    Ok(schema)
}

fn set_fde(schema: &mut Schema, args: &CreateArgs) {
    let SetEncoding::Fde { params: fde, .. } = &mut schema.encoding else { return };
    let asked = &args.fde;
    fde.repetitions = asked.fde_repetitions.unwrap_or(fde.repetitions);
    fde.simhash_projections = asked.fde_simhash_projections.unwrap_or(fde.simhash_projections);
    fde.projection_dim = asked.fde_projection_dim.map_or(fde.projection_dim, |dim| (dim > 0).then_some(dim));
    fde.final_projection_dim = asked.fde_final_projection_dim.or(fde.final_projection_dim);
    fde.seed = asked.fde_seed.unwrap_or(fde.seed);
}
