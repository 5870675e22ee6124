//! eq
pub mod design;
