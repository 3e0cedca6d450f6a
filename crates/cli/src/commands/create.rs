use crate::args::{CreateArgs, EncoderName, TokenCodeName, describe_pool};
use crate::console::Console;
use crate::environment;
use crate::exit::{Failure, Result};
use crate::output;
use pleiad::{Collection, Reduction, Schema, SetEncoding, TokenCode, TokenEncoding};
use pleiad_text::{EncoderOptions, ModelPlace, built_in_schema, is_built_in, schema_for};
use std::io::Write;

pub(crate) fn run(args: &CreateArgs) -> Result<()> {
    let schema = schema(args)?;
    let collection = Collection::create(&args.collection, &schema)?;
    let options = args.model.options();
    if let (Some(id), Some(model)) = (&schema.encoder, ModelPlace::named(options.named_model())?)
        && !is_built_in(id)
    {
        let writer = collection.writer()?;
        model.keep(&writer)?;
        writer.close()?;
    }
    let encoder = schema.encoder.as_deref().unwrap_or("none: ready-made token vectors");
    let mut out = output::stdout();
    write!(out, "created {}: dimension {}, encoder {encoder}", args.collection.display(), schema.dim)?;
    if schema.reduction != Reduction::Keep {
        write!(out, ", keeps {}", describe_pool(schema.reduction))?;
    }
    Ok(writeln!(out)?)
}

/// Schema that the flags describe.
fn schema(args: &CreateArgs) -> Result<Schema> {
    let mut schema = match (args.encoder, args.dim) {
        (None, None) => chosen(&args.model.options())?,
        _ if args.model.model.is_some() => chosen(&args.model.options())?,
        (None | Some(EncoderName::None), Some(dim)) => Schema::new(dim),
        (Some(EncoderName::None), None) => {
            return Err(Failure::invalid("without an encoder the dimension must be given: add --dim D"));
        }
        (Some(EncoderName::StaticV1), dim) => built_in("static-v1", dim)?,
        (Some(EncoderName::StaticV3), dim) => built_in("static-v3", dim)?,
        (Some(EncoderName::Mini), dim) => built_in("mini-v1", dim)?,
    };
    let code = match args.tokens {
        None => schema.tokens.code(),
        Some(TokenCodeName::Int8) => TokenCode::Int8,
        Some(TokenCodeName::Int4) => TokenCode::Int4,
        Some(TokenCodeName::Int2) => TokenCode::Int2,
        Some(TokenCodeName::Int1) => TokenCode::Int1,
        Some(TokenCodeName::F16) => TokenCode::F16,
    };
    schema.tokens = TokenEncoding::new(code, args.centroids)?;
    schema.reduction = args.pool.reduction().unwrap_or(schema.reduction);
    schema.words = args.words.schema();
    set_fde(&mut schema, args);
    Ok(match args.fde.lemur {
        Some(num_features) => schema.with_lemur(num_features),
        None => schema,
    })
}

/// The schema for the encoder that is asked for.
fn chosen(options: &EncoderOptions) -> Result<Schema> {
    Ok(schema_for(&*environment::models().open(options, &Console::listen()?)?))
}

/// The schema for a built-in encoder, whose dimension may be repeated.
fn built_in(id: &str, dim: Option<usize>) -> Result<Schema> {
    let schema = built_in_schema(id)?;
    match dim.filter(|&dim| dim != schema.dim) {
        None => Ok(schema),
        Some(dim) => {
            let message = format!("encoder {id} gives dimension {}, not {dim}: leave out --dim", schema.dim);
            Err(Failure::invalid(message))
        }
    }
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
