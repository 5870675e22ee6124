//! Version numbers of the binary formats.

use std::fmt;

/// A binary format's version: the high byte is the major number, the low byte the minor one.
///
/// A reader loads every minor version of the majors it knows, because a minor version only adds
/// what an older reader may skip. It refuses a newer major version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u16);

impl Version {
    /// `major.minor` as a version. `[thread-safe]`
    pub const fn new(major: u8, minor: u8) -> Version {
        Version(u16::from_be_bytes([major, minor]))
    }

    /// The major number. `[thread-safe]`
    pub const fn major(self) -> u8 {
        self.0.to_be_bytes()[0]
    }

    /// The minor number. `[thread-safe]`
    pub const fn minor(self) -> u8 {
        self.0.to_be_bytes()[1]
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major(), self.minor())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn major_is_the_high_byte() {
        let version = Version::new(1, 2);
        assert_eq!(version.0, 0x0102);
        assert_eq!((version.major(), version.minor()), (1, 2));
        assert_eq!(version.to_string(), "1.2");
    }
}
