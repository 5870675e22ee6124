//! States of plug-ins and of anything else: blobs by name that a project keeps and never looks into.

use super::header::corrupt;
use super::{Caps, Reader, Tag, VERSION, Writer};
use crate::error::{Error, Place, Problem, Problems, Result};
use crate::limits;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Blobs by name, in the order of their names.
///
/// A name has 1 to 128 bytes without control characters. A blob has at most 16 MiB, all of them
/// together 64 MiB, and there are at most 1,000. A copy shares them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct States {
    blobs: BTreeMap<String, Arc<[u8]>>,
}

impl States {
    /// No blobs. `[thread-safe]`
    pub fn new() -> States {
        States::default()
    }

    /// Reads blobs from a container of their own, as [`States::to_bytes`] writes it; other chunks
    /// are passed over. `[thread-safe]`
    ///
    /// # Errors
    /// As [`Reader::new`]; [`Error::Corrupt`] for a blob with a bad name or one that is taken;
    /// [`Error::Limit`]; [`Error::Newer`].
    pub fn from_bytes(data: &[u8]) -> Result<States> {
        let reader = Reader::new(data, &Caps::default())?;
        let mut states = States::new();
        for chunk in reader.chunks().filter(|chunk| chunk.tag == Tag::STATE) {
            if chunk.version.major() > VERSION.major() {
                return Err(Error::Newer {
                    what: super::WHAT,
                    found: format!("{} in chunk STAT", chunk.version),
                    supported: format!("{}.x", VERSION.major()),
                });
            }
            states.accept(chunk.payload, chunk.offset)?;
        }
        Ok(states)
    }

    /// A container of these blobs and nothing else. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Limit`].
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut writer = Writer::new(Caps::default());
        for payload in self.payloads() {
            writer.chunk(Tag::STATE, VERSION, 0, &payload)?;
        }
        Ok(writer.finish())
    }

    /// Puts a blob in place. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name that cannot be; [`Error::Limit`]. Then everything is as before.
    pub fn set(&mut self, name: &str, bytes: Vec<u8>) -> Result<()> {
        check_name(name).map_err(|message| {
            let place = Place {
                path: "name of the state".to_owned(),
                ..Place::default()
            };
            let list = vec![Problem { place, message }];
            Error::Invalid(Problems { list, more: 0 })
        })?;
        let subject = || format!("the size of the state {name:?} in bytes");
        let length = bytes.len() as u64;
        Error::check_limit("state_bytes", subject, length, limits::STATE_BYTES as u64)?;
        let before = self.blobs.get(name);
        let total = self.bytes() - before.map_or(0, |it| it.len() as u64) + length;
        let subject = || "the size of all states in bytes".to_owned();
        Error::check_limit("states_bytes", subject, total, limits::STATES_BYTES as u64)?;
        let count = self.blobs.len() as u64 + u64::from(before.is_none());
        let subject = || "the number of states".to_owned();
        Error::check_limit("states", subject, count, limits::STATES as u64)?;
        self.blobs.insert(name.to_owned(), bytes.into());
        Ok(())
    }

    /// The blob of this name. `[thread-safe]`
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.blobs.get(name).map(AsRef::as_ref)
    }

    /// Takes a blob out; whether there was one. `[thread-safe]`
    pub fn remove(&mut self, name: &str) -> bool {
        self.blobs.remove(name).is_some()
    }

    /// Names and blobs, by name. `[thread-safe]`
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.blobs
            .iter()
            .map(|(name, blob)| (name.as_str(), &**blob))
    }

    /// Whether there are none. `[thread-safe]`
    pub fn is_empty(&self) -> bool {
        self.blobs.is_empty()
    }

    /// Bytes of all blobs. `[thread-safe]`
    pub fn bytes(&self) -> u64 {
        self.blobs.values().map(|blob| blob.len() as u64).sum()
    }

    /// Takes a chunk's payload over, whose chunk is at `offset`.
    pub(super) fn accept(&mut self, payload: &[u8], offset: u64) -> Result<()> {
        let damaged = |reason: &str| corrupt("chunk STAT", offset, reason);
        let (name, blob) = parse(payload).map_err(damaged)?;
        check_name(name).map_err(|reason| damaged(&reason))?;
        if self.blobs.contains_key(name) {
            return Err(damaged(&format!("the name {name:?} is there twice")));
        }
        self.set(name, blob.to_vec())
    }

    /// The payloads of the chunks.
    pub(super) fn payloads(&self) -> impl Iterator<Item = Vec<u8>> {
        self.blobs.iter().map(|(name, blob)| {
            let mut payload = Vec::with_capacity(2 + name.len() + blob.len());
            // Names are at most 128 bytes long.
            let length = u16::try_from(name.len()).unwrap_or(u16::MAX);
            payload.extend_from_slice(&length.to_le_bytes());
            payload.extend_from_slice(name.as_bytes());
            payload.extend_from_slice(blob);
            payload
        })
    }
}

fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() || name.len() > limits::NAME_BYTES {
        let length = name.len();
        return Err(format!("a name of {length} bytes is not in 1..=128 bytes"));
    }
    match name.chars().any(char::is_control) {
        true => Err("a name has no control characters".to_owned()),
        false => Ok(()),
    }
}

fn parse(payload: &[u8]) -> Result<(&str, &[u8]), &'static str> {
    let (length, rest) = payload.split_first_chunk().ok_or("it has no name")?;
    let length = usize::from(u16::from_le_bytes(*length));
    let (name, blob) = rest
        .split_at_checked(length)
        .ok_or("its name is longer than it is")?;
    let name = std::str::from_utf8(name).map_err(|_| "its name is not UTF-8")?;
    Ok((name, blob))
}

#[cfg(test)]
mod tests {
    use super::super::Package;
    use super::*;

    fn some() -> States {
        let mut states = States::new();
        states.set("reverb/left", vec![0, 1, 2, 255]).unwrap();
        states.set("ä", Vec::new()).unwrap();
        states
    }

    #[test]
    fn blobs_come_back_and_every_damaged_byte_is_found() {
        let states = some();
        let bytes = states.to_bytes().unwrap();
        assert_eq!(States::from_bytes(&bytes).unwrap(), states);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert!(States::from_bytes(&damaged).is_err(), "byte {at}");
            assert!(States::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
        }
        let mut twice = Writer::new(Caps::default());
        let payload = states.payloads().next().unwrap();
        twice.chunk(Tag::STATE, VERSION, 0, &payload).unwrap();
        twice.chunk(Tag::STATE, VERSION, 0, &payload).unwrap();
        let error = States::from_bytes(&twice.finish()).unwrap_err().to_string();
        assert!(error.contains("is there twice"), "{error}");
    }

    #[test]
    fn limits_hold_and_a_failure_changes_nothing() {
        let mut states = some();
        let before = states.clone();
        let big = vec![0; limits::STATE_BYTES + 1];
        let error = states.set("big", big).unwrap_err().to_string();
        assert!(error.contains("state_bytes"), "{error}");
        for name in ["", "a\nb", &"n".repeat(129)] {
            assert!(states.set(name, Vec::new()).is_err(), "{name:?}");
        }
        assert_eq!(states, before);
        for name in ["a", "b", "c"] {
            states.set(name, vec![0; limits::STATE_BYTES]).unwrap();
        }
        let most = limits::STATES_BYTES - 3 * limits::STATE_BYTES - 4;
        states.set("d", vec![0; most]).unwrap();
        let error = states.set("e", vec![0]).unwrap_err().to_string();
        assert!(error.contains("states_bytes"), "{error}");
        // Another blob in the place of one counts once.
        states.set("d", vec![1; most]).unwrap();
        assert!(states.remove("d") && !states.remove("d"));
        let mut many = States::new();
        for n in 0..limits::STATES {
            many.set(&n.to_string(), Vec::new()).unwrap();
        }
        assert!(many.set("more", Vec::new()).is_err() && many.set("0", vec![1]).is_ok());
    }

    #[test]
    fn a_package_keeps_them_beside_everything_else() {
        let mut package = Package::new(&b"{}"[..]).unwrap();
        package.add_asset("assets/a.wav", b"a").unwrap();
        package.set_states(&some());
        let bytes = package.to_bytes().unwrap();
        let read = Package::from_bytes(&bytes).unwrap();
        assert_eq!(read.states().unwrap(), some());
        assert_eq!((read.assets().count(), read.unknown().count()), (1, 0));
        assert_eq!(read.to_bytes().unwrap(), bytes);
        let mut fewer = read.clone();
        fewer.set_states(&States::new());
        assert!(fewer.states().unwrap().is_empty() && fewer.assets().count() == 1);
    }
}
