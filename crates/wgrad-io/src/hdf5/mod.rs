//! HDF5 files as Keras uses them: groups, attributes of text, and datasets of numbers. The format itself is the work of `hdf5-pure`; here is what keeps
//! hostile files from taking more memory than they are large.

mod guard;
mod reader;
mod writer;

pub(crate) use reader::Reader;
pub(crate) use writer::Tree;
