//! The Python module of Pleiad.
//!
//! This crate translates: arrays and strings in, hits and JSON out. The package around it (`python/pleiad`) has the names,
//! types and texts that users see; nothing here is meant for them. The interpreter is released around every call of the
//! engine, and each call checks that the process is the one that opened the handle.

mod answer;
mod arrays;
mod collection;
mod encoder;
mod failure;
mod judged;
mod opening;
mod process;
mod query;
mod records;
mod signals;
mod snapshot;
mod writing;

use pyo3::prelude::*;

/// The module below `python/pleiad`.
#[pymodule]
fn _engine(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<collection::Engine>()?;
    module.add_class::<snapshot::View>()?;
    module.add_class::<answer::Found>()?;
    module.add_class::<encoder::TextEncoder>()?;
    module.add_function(wrap_pyfunction!(query::check_filter, module)?)?;
    module.add_function(wrap_pyfunction!(judged::read_qrels, module)?)?;
    module.add_function(wrap_pyfunction!(judged::read_queries, module)?)?;
    module.add_function(wrap_pyfunction!(judged::read_run, module)?)?;
    module.add_function(wrap_pyfunction!(judged::write_run, module)?)?;
    module.add_function(wrap_pyfunction!(judged::without_own_documents, module)?)?;
    module.add_function(wrap_pyfunction!(judged::evaluate_run, module)?)?;
    module.add_function(wrap_pyfunction!(judged::compare_values, module)?)?;
    module.add_function(wrap_pyfunction!(judged::found_share, module)?)
}
