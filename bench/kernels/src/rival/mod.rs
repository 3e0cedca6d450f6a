//! What others do, and what one would do without a kernel of one's own.

mod diskann;
mod gemm;
mod maxima;
mod numkong;

pub use self::diskann::DiskAnn;
pub use self::gemm::GemmPlusMax;
pub use self::numkong::{DotsPlusMax, PackedMaxSim};
