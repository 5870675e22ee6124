//! Names for tests.

use segue_rt::ids::BusId;

use super::check::Resolve;
use crate::ids::{NodeIx, RtpcIx, StateIx, SwitchIx, TagIx};

/// Knows the names of its lists, by their places.
#[derive(Debug)]
pub(crate) struct Names;

fn place(name: &str, of: &[&str]) -> Result<u32, String> {
    let found = of.iter().position(|one| *one == name);
    found
        .and_then(|place| u32::try_from(place).ok())
        .ok_or_else(|| format!("unknown {name:?}"))
}

fn value(name: &str, of: &[&str]) -> Result<u8, String> {
    place(name, of).map(|place| u8::try_from(place).unwrap())
}

impl Resolve for Names {
    fn rtpc(&self, name: &str) -> Result<RtpcIx, String> {
        place(name, &["speed", "rpm"]).map(RtpcIx)
    }

    fn state_group(&self, name: &str) -> Result<StateIx, String> {
        place(name, &["place", "mood"]).map(StateIx)
    }

    fn state_value(&self, _: StateIx, name: &str) -> Result<u8, String> {
        value(name, &["none", "cave", "beach"])
    }

    fn switch_group(&self, name: &str) -> Result<SwitchIx, String> {
        place(name, &["ground", "gear"]).map(SwitchIx)
    }

    fn switch_value(&self, _: SwitchIx, name: &str) -> Result<u8, String> {
        value(name, &["grass", "stone", "wood"])
    }

    fn node(&self, name: &str) -> Result<NodeIx, String> {
        place(name, &["a", "b", "c", "d", "e"]).map(NodeIx)
    }

    fn bus(&self, name: &str) -> Result<BusId, String> {
        let bus = place(name, &["master", "music", "sfx", "vo"])?;
        Ok(BusId::new(bus, 1))
    }

    fn tag(&self, name: &str) -> Result<TagIx, String> {
        place(name, &["speech"]).map(TagIx)
    }
}
