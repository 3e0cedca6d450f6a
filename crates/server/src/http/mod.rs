//! Requests and answers as HTTP has them: bodies within their limits, headers that protect, parameters, streams of lines.

pub(crate) mod body;
pub(crate) mod guard;
pub(crate) mod params;
pub(crate) mod reply;

pub(crate) use body::Body;
pub(crate) use guard::Guard;
pub(crate) use params::Params;
pub(crate) use reply::Reply;
