//! `segue stages` and `segue run --trace`.

use crate::support::*;
