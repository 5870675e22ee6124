//! A compact form of plain values: fixed-size numbers in little-endian order, lists and texts with
//! their length before them, variants with a byte. Versions are a matter of the file around it.

mod source;

use super::file::BankError;

/// Most variants inside one another: far more than any checked project has.
const DEPTH: usize = 64;

/// Something that can be written and read.
pub(super) trait Wire: Sized {
    fn put(&self, out: &mut Vec<u8>);
    fn get(from: &mut Reader<'_>) -> Result<Self, BankError>;
}

/// Bytes, and how far they were read. Never takes more memory than a fixed multiple of them.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            depth: 0,
        }
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], BankError> {
        let end = self.at.checked_add(count);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or(BankError::Short { at: self.at })?;
        self.at += count;
        Ok(taken)
    }

    pub(super) const fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// A value that nothing means.
    fn bad(&self, what: &'static str, value: u64) -> BankError {
        BankError::Value {
            what,
            value,
            at: self.at,
        }
    }

    /// Reads something that may hold others of its kind.
    fn below<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, BankError>,
    ) -> Result<T, BankError> {
        if self.depth == DEPTH {
            return Err(BankError::Deep { max: DEPTH });
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }
}

macro_rules! numbers {
    ($($kind:ty),*) => {$(
        impl Wire for $kind {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn get(from: &mut Reader<'_>) -> Result<Self, BankError> {
                let mut bytes = [0; size_of::<Self>()];
                bytes.copy_from_slice(from.take(size_of::<Self>())?);
                Ok(Self::from_le_bytes(bytes))
            }
        }
    )*};
}

numbers!(u8, u16, u32, u64, i32, f32, f64);

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, BankError> {
        match u8::get(from)? {
            0 => Ok(false),
            1 => Ok(true),
            value => Err(from.bad("bool", value.into())),
        }
    }
}

fn put_length(length: usize, out: &mut Vec<u8>) {
    u32::try_from(length).unwrap_or(u32::MAX).put(out);
}

/// A length that the bytes that follow can hold.
fn get_length(from: &mut Reader<'_>) -> Result<usize, BankError> {
    let length = u32::get(from)?;
    let least = usize::try_from(length)
        .ok()
        .filter(|length| *length <= from.left());
    least.ok_or_else(|| from.bad("length", length.into()))
}

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.len(), out);
        out.extend_from_slice(self.as_bytes());
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, BankError> {
        let length = get_length(from)?;
        let bytes = from.take(length)?;
        let text = std::str::from_utf8(bytes);
        text.map(str::to_owned)
            .map_err(|_| BankError::Text { at: from.at })
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.len(), out);
        self.iter().for_each(|item| item.put(out));
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, BankError> {
        let length = get_length(from)?;
        (0..length).map(|_| T::get(from)).collect()
    }
}

impl<T: Wire, const N: usize> Wire for [T; N] {
    fn put(&self, out: &mut Vec<u8>) {
        self.iter().for_each(|item| item.put(out));
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, BankError> {
        let items: Result<Vec<T>, _> = (0..N).map(|_| T::get(from)).collect();
        items?
            .try_into()
            .map_err(|_| BankError::Short { at: from.at })
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        self.iter().for_each(|item| item.put(out));
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, BankError> {
        Ok(match bool::get(from)? {
            true => Some(T::get(from)?),
            false => None,
        })
    }
}

impl<T: Wire> Wire for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (**self).put(out);
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, BankError> {
        T::get(from).map(Self::new)
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, BankError> {
        Ok((A::get(from)?, B::get(from)?))
    }
}

impl<A: Wire, B: Wire, C: Wire> Wire for (A, B, C) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
        self.2.put(out);
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, BankError> {
        Ok((A::get(from)?, B::get(from)?, C::get(from)?))
    }
}
