//! Segue file formats: bytes in, bytes out.
