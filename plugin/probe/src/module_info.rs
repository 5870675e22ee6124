//! The content of a bundle's `moduleinfo.json`, read from the library's own factory.

use std::fmt::Write;

use serde_json::{Value, json};
use vst3::Steinberg::PFactoryInfo_::FactoryFlags_::*;
use vst3::Steinberg::*;

use crate::Result;
use crate::vst3::Vst3;

/// What hosts may know of the module without loading it.
pub(crate) fn read(module: &Vst3, name: &str, version: &str) -> Result<Value> {
    let factory = module.factory()?;
    // SAFETY: zeros are a factory info, and the factory fills it.
    let info = unsafe {
        let mut info: PFactoryInfo = std::mem::zeroed();
        factory.getFactoryInfo(&raw mut info);
        info
    };
    let has = |flag| info.flags & flag as i32 != 0;
    let classes: Vec<Value> = module.classes()?.iter().map(class).collect();
    Ok(json!({
        "Name": name,
        "Version": version,
        "Factory Info": {
            "Vendor": narrow(&info.vendor),
            "URL": narrow(&info.url),
            "E-Mail": narrow(&info.email),
            "Flags": {
                "Unicode": has(kUnicode),
                "Classes Discardable": has(kClassesDiscardable),
                "Component Non Discardable": has(kComponentNonDiscardable),
            },
        },
        "Classes": classes,
    }))
}

fn class(class: &PClassInfoW) -> Value {
    let sub_categories = narrow(&class.subCategories);
    let sub_categories: Vec<&str> = sub_categories.split('|').collect();
    json!({
        "CID": digits(&class.cid),
        "Category": narrow(&class.category),
        "Name": wide(&class.name),
        "Vendor": wide(&class.vendor),
        "Version": wide(&class.version),
        "SDKVersion": wide(&class.sdkVersion),
        "Sub Categories": sub_categories,
        "Class Flags": class.classFlags,
        "Cardinality": class.cardinality,
        "Snapshots": [],
    })
}

/// The class id as 32 hexadecimal digits, the same on every system.
fn digits(id: &TUID) -> String {
    // On Windows the first two words lie as in a COM GUID.
    let order: [usize; 16] = if cfg!(windows) {
        [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
    } else {
        std::array::from_fn(|at| at)
    };
    order.iter().fold(String::new(), |mut text, &at| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{:02X}", id[at] as u8);
        text
    })
}

fn narrow(text: &[char8]) -> String {
    let bytes: Vec<u8> = text.iter().map(|&sign| sign as u8).collect();
    let end = bytes.iter().position(|&sign| sign == 0);
    String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]).into_owned()
}

fn wide(text: &[char16]) -> String {
    let units: Vec<u16> = text.iter().map(|&unit| unit as u16).collect();
    let end = units.iter().position(|&unit| unit == 0);
    String::from_utf16_lossy(&units[..end.unwrap_or(units.len())])
}
