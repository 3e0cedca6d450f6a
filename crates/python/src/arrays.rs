//! Arrays of Python as sets of vectors, and back.

use crate::failure::{Failure, Result};
use numpy::{
    IntoPyArray, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods,
};
use pleiad::MultiVector;
use pyo3::prelude::*;

/// The rows of one set. Cost: one copy.
///
/// # Errors
/// `InvalidArgument` for an array that is not contiguous, has no columns, or has a value that is not finite.
pub(crate) fn set_of(rows: &PyReadonlyArray2<'_, f32>) -> Result<MultiVector> {
    let dim = rows.shape()[1];
    Ok(MultiVector::new(values(rows)?.to_vec(), dim).map_err(pleiad::Error::from)?)
}

/// Sets that lie in one array, one after the other: set `i` has the rows `offsets[i]..offsets[i + 1]`. Cost: one copy.
///
/// # Errors
/// `InvalidArgument` as [`set_of`], naming the set by `name`, and for offsets that do not ascend from 0 to the number of rows.
pub(crate) fn sets_of(
    rows: &PyReadonlyArray2<'_, f32>,
    offsets: &PyReadonlyArray1<'_, i64>,
    name: impl Fn(usize) -> String,
) -> Result<Vec<MultiVector>> {
    let (num_rows, dim) = (rows.shape()[0], rows.shape()[1]);
    let (values, offsets) = (values(rows)?, offsets.as_array());
    let offset = |at: usize| usize::try_from(offsets[at]).ok().filter(|&offset| offset <= num_rows);
    let are_whole =
        !offsets.is_empty() && offset(0) == Some(0) && offset(offsets.len() - 1) == Some(num_rows);
    let wrong = || {
        Failure::invalid(format!(
            "offsets must ascend from 0 to the number of rows, {num_rows}: one more of them than there are sets"
        ))
    };
    if !are_whole {
        return Err(wrong());
    }
    (0..offsets.len() - 1)
        .map(|at| {
            let (begin, end) =
                offset(at).zip(offset(at + 1)).filter(|(begin, end)| begin <= end).ok_or_else(wrong)?;
            let set = MultiVector::new(values[begin * dim..end * dim].to_vec(), dim);
            Ok(set.map_err(|error| pleiad_text::Error::from(pleiad::Error::from(error)).within(name(at)))?)
        })
        .collect()
}

fn values<'a>(rows: &'a PyReadonlyArray2<'_, f32>) -> Result<&'a [f32]> {
    rows.as_slice()
        .map_err(|_| Failure::invalid("the array is not contiguous: numpy.ascontiguousarray makes it so"))
}

/// An array `[rows, dim]` of a set. Cost: one copy.
///
/// # Errors
/// When memory is short.
pub(crate) fn array_of<'py>(py: Python<'py>, set: &MultiVector) -> PyResult<Bound<'py, PyArray2<f32>>> {
    set.data().to_vec().into_pyarray(py).reshape([set.num_tokens(), set.dim()])
}
