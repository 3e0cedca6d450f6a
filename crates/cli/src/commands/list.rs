use crate::args::{FilterArgs, ListArgs, attribute};
use crate::exit::{Exit, Failure, Result};
use crate::output::{self, json_line};
use pleiad::{AttributeValue, Collection, DocKey, ListedKey, OrderBy, Predicate, Snapshot};
use pleiad_text::input::stored_key;
use serde_json::{Value, json};
use std::io::Write;

pub(crate) fn run(args: &ListArgs) -> Result<()> {
    let filter = args.filter.predicate()?.unwrap_or(Predicate::Constant(true));
    let snapshot = args.tenant.narrow(Collection::open(&args.collection)?.snapshot()?)?;
    FilterArgs::warn_of_unknown(Some(&filter), &snapshot)?;
    if let Some(order) = &args.order_by {
        return by_attribute(args, &snapshot, &filter, order);
    }
    let after = match &args.after {
        Some(key) => Some(DocKey::new(stored_key(&snapshot, key)?)?),
        None => None,
    };
    let keys = snapshot.keys(&filter, after.as_ref(), args.limit.unwrap_or(usize::MAX))?;
    let mut out = output::stdout();
    for key in keys {
        if args.json {
            print_fields(&snapshot, &key, None, &mut out)?;
        } else {
            writeln!(out, "{key}")?;
        }
    }
    Ok(())
}

/// Lists in the order of an attribute.
fn by_attribute(args: &ListArgs, snapshot: &Snapshot, filter: &Predicate, order: &str) -> Result<()> {
    let (path, is_descending) = match order.rsplit_once(':') {
        Some((path, "desc")) => (path, true),
        Some((path, "asc")) => (path, false),
        _ => (order, false),
    };
    let order = OrderBy { path: attribute(path)?, is_descending };
    let after = args.after.as_deref().map(parse_place).transpose()?;
    let limit = args.limit.unwrap_or(usize::MAX);
    // One more says whether there is another page.
    let mut places = snapshot.keys_by(filter, &order, after.as_ref(), limit.saturating_add(1))?;
    let has_more = places.len() > limit;
    places.truncate(limit);
    let mut out = output::stdout();
    for place in &places {
        match args.json {
            true => print_fields(snapshot, &place.key, Some(place_of(place)), &mut out)?,
            false => writeln!(out, "{}", place.key)?,
        }
    }
    if let (true, false, Some(last)) = (has_more, args.json, places.last()) {
        drop(out);
        output::stderr_line(&format!("there are more: --after '{}'", place_of(last)));
    }
    Ok(())
}

/// A place as `--after` takes it.
fn place_of(place: &ListedKey) -> Value {
    json!([place.value.as_ref().map(AttributeValue::to_json), place.key.as_str()])
}

fn parse_place(typed: &str) -> Result<ListedKey> {
    let wrong = || {
        Failure::invalid(format!(
            "{typed:?} is no place of a listing by an attribute: give the `place` of its last document, such as '[2021, \"p17\"]'"
        ))
    };
    let (value, key): (Value, String) = serde_json::from_str(typed).map_err(|_| wrong())?;
    let parsed = AttributeValue::from_json(&value);
    if parsed.is_none() && !value.is_null() {
        return Err(wrong());
    }
    Ok(ListedKey { value: parsed, key: DocKey::new(key)? })
}

fn print_fields(snapshot: &Snapshot, key: &DocKey, place: Option<Value>, out: &mut impl Write) -> Result<()> {
    // What a snapshot has listed it also holds.
    let fields = snapshot.get_fields(key.as_str())?.ok_or_else(|| {
        Failure::new(Exit::Defect, format!("document {:?} was listed and is not there", key.as_str()))
    })?;
    let mut value = json!({
        "key": fields.key.as_str(),
        "id": fields.id.0,
        "text": fields.text,
        "attributes": fields.attributes,
    });
    if let Some(place) = place {
        value["place"] = place;
    }
    json_line(out, &value)
}
