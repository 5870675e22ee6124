//! Finding outputs.

use super::{failure, hush};
use crate::failure::Failure;
use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{Device, DeviceDirection, HostId};
use std::collections::BTreeSet;

/// Rates that an engine can have.
const LOWEST_RATE: u32 = 8_000;
const HIGHEST_RATE: u32 = 384_000;

/// An output that can be opened.
pub(crate) struct Output {
    /// What a person calls it.
    pub(crate) name: String,
    /// What `--device` calls it without doubt.
    pub(crate) id: String,
    pub(crate) device: Device,
}

/// An output as `segue devices` lists it.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) id: String,
    /// The audio system it belongs to.
    pub(crate) system: &'static str,
    /// Whether `segue play` uses it unless told otherwise.
    pub(crate) is_default: bool,
    /// Lowest and highest rate in Hz.
    pub(crate) rates: Option<(u32, u32)>,
    /// Most channels.
    pub(crate) channels: u16,
}

/// All outputs of all audio systems, the default first.
pub(crate) fn outputs() -> Vec<Listed> {
    let usable = |output: &Output| output.device.default_output_config().is_ok();
    let default = default_outputs()
        .into_iter()
        .find(usable)
        .map(|output| output.id);
    let listed = all().into_iter().map(|(system, output)| {
        let is_default = default.as_ref() == Some(&output.id);
        list(system, output, is_default)
    });
    let mut listed: Vec<_> = listed.collect();
    listed.sort_by_key(|output| !output.is_default);
    listed
}

/// The names of the audio systems that this machine may have, whether or not they answer.
pub(crate) fn systems() -> Vec<&'static str> {
    let ids = cpal::available_hosts().into_iter();
    ids.map(|id| id.name()).collect()
}

/// What to play through without a choice: the default output of the usual audio system, then those
/// of the others.
pub(crate) fn default_outputs() -> Vec<Output> {
    hush();
    let usual = cpal::default_host();
    let first = usual.id();
    let hosts = std::iter::once(usual).chain(hosts().into_iter().filter(|host| host.id() != first));
    hosts
        .filter_map(|host| output(host.default_output_device()?))
        .collect()
}

/// The output that `--device` names: by id, by the name of its audio system (its default output),
/// by name, or by a part of the name that only one output has.
pub(crate) fn find(wanted: &str) -> Result<Output, Failure> {
    for host in hosts() {
        let is_meant = host.id().name().eq_ignore_ascii_case(wanted);
        if let Some(device) = host.default_output_device().filter(|_| is_meant) {
            return output(device).ok_or_else(|| nobody(wanted, &[]));
        }
    }
    choose(
        all().into_iter().map(|(_, output)| output).collect(),
        wanted,
    )
}

/// The one output that `wanted` can mean.
fn choose(outputs: Vec<Output>, wanted: &str) -> Result<Output, Failure> {
    let names: Vec<_> = outputs
        .iter()
        .map(|output| (output.id.clone(), output.name.clone()))
        .collect();
    let index = matching(&names, wanted)?;
    outputs
        .into_iter()
        .nth(index)
        .ok_or_else(|| nobody(wanted, &names))
}

/// The index of the one (id, name) that `wanted` can mean.
fn matching(names: &[(String, String)], wanted: &str) -> Result<usize, Failure> {
    if let Some(exact) = names
        .iter()
        .position(|(id, name)| id == wanted || name == wanted)
    {
        return Ok(exact);
    }
    let part = wanted.to_lowercase();
    let is_meant = |(id, name): &(String, String)| {
        id.to_lowercase().contains(&part) || name.to_lowercase().contains(&part)
    };
    let found: Vec<usize> = (0..names.len())
        .filter(|n| names.get(*n).is_some_and(is_meant))
        .collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(nobody(wanted, names)),
        several => {
            let ids = several
                .iter()
                .filter_map(|n| names.get(*n))
                .map(|(id, _)| &**id);
            let ids = ids.collect::<Vec<_>>().join(", ");
            Err(
                Failure::new(format!("several outputs are called {wanted:?}: {ids}"))
                    .hint("name one of them in full"),
            )
        }
    }
}

fn nobody(wanted: &str, names: &[(String, String)]) -> Failure {
    let failure = Failure::new(format!("there is no audio output {wanted:?}"));
    match names.len() {
        0 => failure.hint("this machine shows no audio outputs; plug one in or start its server"),
        _ => failure.hint("`segue devices` lists the outputs there are"),
    }
}

/// The audio systems that answer.
fn hosts() -> Vec<cpal::Host> {
    hush();
    cpal::available_hosts()
        .into_iter()
        .filter_map(|id: HostId| cpal::host_from_id(id).ok())
        .collect()
}

/// Every output once, with the name of its audio system.
fn all() -> Vec<(&'static str, Output)> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for host in hosts() {
        let system = host.id().name();
        let devices = host
            .output_devices()
            .into_iter()
            .flatten()
            .filter_map(output);
        found.extend(
            devices
                .filter(|output| seen.insert(output.id.clone()))
                .map(|o| (system, o)),
        );
    }
    found
}

/// `None` for what is only an input: JACK lists its inputs among its outputs.
fn output(device: Device) -> Option<Output> {
    let id = device.id().ok()?.to_string();
    let Ok(description) = device.description() else {
        let name = id.clone();
        return Some(Output { name, id, device });
    };
    if description.direction() == DeviceDirection::Input {
        return None;
    }
    let name = description.name().to_owned();
    Some(Output { name, id, device })
}

fn list(system: &'static str, output: Output, is_default: bool) -> Listed {
    let configs: Vec<_> = output
        .device
        .supported_output_configs()
        .into_iter()
        .flatten()
        .collect();
    let lowest = configs
        .iter()
        .map(|c| c.min_sample_rate().max(LOWEST_RATE))
        .min();
    let highest = configs
        .iter()
        .map(|c| c.max_sample_rate().min(HIGHEST_RATE))
        .max();
    let channels = configs
        .iter()
        .map(|config| config.channels())
        .max()
        .unwrap_or(0);
    let Output { name, id, .. } = output;
    Listed {
        name,
        id,
        system,
        is_default,
        rates: lowest.zip(highest),
        channels,
    }
}

impl Output {
    /// Why it failed.
    pub(super) fn failure(&self, error: &cpal::Error) -> Failure {
        failure(&self.name, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_found_by_id_name_and_part() {
        let names = [
            ("alsa:hw:0,0", "USB Audio"),
            ("alsa:hw:1,0", "HDMI"),
            ("jack:x", "USB Audio"),
        ]
        .map(|(id, name)| (id.to_owned(), name.to_owned()));
        let index = |wanted| matching(&names, wanted).ok();
        assert_eq!(index("alsa:hw:1,0"), Some(1));
        assert_eq!(index("USB Audio"), Some(0), "the first of equal names");
        assert_eq!(index("hdmi"), Some(1));
        assert_eq!(index("jack"), Some(2));
        let several = matching(&names, "usb").unwrap_err();
        assert!(
            several.message.contains("alsa:hw:0,0, jack:x"),
            "{}",
            several.message
        );
        let nobody = matching(&names, "bluetooth").unwrap_err();
        assert!(nobody.hint.unwrap().contains("segue devices"));
    }
}
