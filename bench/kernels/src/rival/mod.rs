//! MaxSim by other libraries, and without a kernel of its own.

mod diskann;
mod gemm;
mod maxima;
mod numkong;

pub use self::diskann::DiskAnn;
pub use self::gemm::GemmPlusMax;
pub use self::numkong::{DotsPlusMax, PackedMaxSim};
