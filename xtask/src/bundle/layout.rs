//! Which files a bundle has on which system.

use std::env::consts::{ARCH, OS};

/// A system with its own kind of bundles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum System {
    Linux,
    MacOs,
    Windows,
}

/// What a file of a bundle holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Library,
    ModuleInfo,
    InfoPlist,
    PkgInfo,
}

/// A file of a bundle: its path with forward slashes, the bundle's own name first.
pub(crate) type File = (String, Content);

/// Texts that macOS wants in every bundle.
pub(crate) const PKG_INFO: &str = "BNDL????";

impl System {
    /// The one that runs this; what is none of the three has Linux's layout.
    pub(crate) const fn here() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::MacOs
        } else {
            Self::Linux
        }
    }

    /// `libNAME.so` and its kin.
    pub(crate) fn library(self, name: &str) -> String {
        match self {
            Self::Linux => format!("lib{name}.so"),
            Self::MacOs => format!("lib{name}.dylib"),
            Self::Windows => format!("{name}.dll"),
        }
    }

    pub(crate) fn program(self, name: &str) -> String {
        match self {
            Self::Linux | Self::MacOs => name.to_owned(),
            Self::Windows => format!("{name}.exe"),
        }
    }

    /// A CLAP is one file, but a bundle on macOS.
    pub(crate) fn clap(self, name: &str) -> Vec<File> {
        match self {
            Self::Linux | Self::Windows => vec![(format!("{name}.clap"), Content::Library)],
            Self::MacOs => mac_bundle(name, "clap"),
        }
    }

    /// The layout that Steinberg's "VST 3 plug-in format structure" asks for.
    pub(crate) fn vst3(self, name: &str) -> Vec<File> {
        let contents = format!("{name}.vst3/Contents");
        let info = format!("{contents}/Resources/moduleinfo.json");
        let mut files = match self {
            Self::Linux => {
                let folder = format!("{ARCH}-{OS}");
                vec![(format!("{contents}/{folder}/{name}.so"), Content::Library)]
            }
            Self::Windows => {
                let folder = windows_folder(ARCH);
                vec![(format!("{contents}/{folder}/{name}.vst3"), Content::Library)]
            }
            Self::MacOs => mac_bundle(name, "vst3"),
        };
        files.push((info, Content::ModuleInfo));
        files
    }
}

fn mac_bundle(name: &str, ending: &str) -> Vec<File> {
    let contents = format!("{name}.{ending}/Contents");
    vec![
        (format!("{contents}/MacOS/{name}"), Content::Library),
        (format!("{contents}/Info.plist"), Content::InfoPlist),
        (format!("{contents}/PkgInfo"), Content::PkgInfo),
    ]
}

fn windows_folder(arch: &str) -> &str {
    match arch {
        "aarch64" => "arm64-win",
        "x86" => "x86-win",
        _ => "x86_64-win",
    }
}

/// What Finder and hosts on macOS read first.
pub(crate) fn info_plist(name: &str, identifier: &str, version: &str) -> String {
    let entries = [
        ("CFBundleDevelopmentRegion", "en"),
        ("CFBundleExecutable", name),
        ("CFBundleIdentifier", identifier),
        ("CFBundleInfoDictionaryVersion", "6.0"),
        ("CFBundleName", name),
        ("CFBundlePackageType", "BNDL"),
        ("CFBundleShortVersionString", version),
        ("CFBundleSignature", "????"),
        ("CFBundleVersion", version),
    ];
    let entries = entries.map(|(key, value)| {
        format!(
            "  <key>{key}</key>\n  <string>{}</string>\n",
            escaped(value)
        )
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
         \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n{}</dict>\n</plist>\n",
        entries.concat()
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(files: &[File]) -> Vec<&str> {
        files.iter().map(|(path, _)| path.as_str()).collect()
    }

    #[test]
    fn every_system_has_its_layout() {
        let clap = System::Linux.clap("Segue");
        assert_eq!(paths(&clap), ["Segue.clap"]);
        let vst3 = System::Linux.vst3("Segue");
        let library = format!("Segue.vst3/Contents/{ARCH}-{OS}/Segue.so");
        let info = "Segue.vst3/Contents/Resources/moduleinfo.json";
        assert_eq!(paths(&vst3), [library.as_str(), info]);
        let windows = System::Windows.vst3("Segue");
        assert!(windows[0].0.ends_with("-win/Segue.vst3"), "{windows:?}");
        assert_eq!(windows[1], (info.to_owned(), Content::ModuleInfo));
        let mac = System::MacOs.vst3("Segue");
        let binary = "Segue.vst3/Contents/MacOS/Segue";
        assert_eq!(mac[0], (binary.to_owned(), Content::Library));
        assert_eq!(mac.len(), 4);
        assert_eq!(System::MacOs.clap("Segue").len(), 3);
    }

    #[test]
    fn windows_names_processors_in_its_own_way() {
        assert_eq!(windows_folder("x86_64"), "x86_64-win");
        assert_eq!(windows_folder("aarch64"), "arm64-win");
    }

    #[test]
    fn the_property_list_is_escaped() {
        let text = info_plist("A & B", "org.a", "1.2");
        assert!(text.contains("<string>A &amp; B</string>"));
        assert_eq!(
            text.matches("<key>").count(),
            text.matches("<string>").count()
        );
    }
}
