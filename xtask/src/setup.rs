//! Makes sure that the compiler and the system packages are there.

use crate::shell::{Result, Shell, fail, on_path};

const OLDEST_RUSTC: (u32, u32) = (1, 95);

/// Debian and Ubuntu packages, what each is for, and who needs it.
const PACKAGES: &[Package] = &[
    Package::new("pkg-config", "finds the C libraries below", Need::Build),
    Package::new("libasound2-dev", "audio output through ALSA", Need::Build),
    Package::new(
        "libjack-jackd2-dev",
        "audio output through JACK",
        Need::Build,
    ),
    Package::new("cmake", "configures the bundled C codecs", Need::Build),
    Package::new("make", "builds the bundled C codecs", Need::Build),
    Package::new("g++", "compiles and links C and C++", Need::Build),
    Package::new(
        "jackd2",
        "JACK without a sound card, for tests of `segue play` and `segue app`",
        Need::Test,
    ),
    Package::new(
        "libasound2-plugins",
        "ALSA that plays into JACK, for tests of `segue app`",
        Need::Test,
    ),
    Package::new(
        "xvfb",
        "a display without a screen, for tests of all windows",
        Need::Test,
    ),
    Package::new("xdotool", "a user at that display", Need::Test),
    Package::new(
        "libgl1-mesa-dri",
        "OpenGL without a graphics card",
        Need::Test,
    ),
    Package::new("libgl1", "OpenGL, for windows", Need::Test),
    Package::new("libegl1", "OpenGL on any display, for windows", Need::Test),
    Package::new("libxcursor1", "pointers of windows", Need::Test),
    Package::new("libxi6", "pointer and keyboard of windows", Need::Test),
    Package::new("libxkbcommon-x11-0", "keyboard layouts", Need::Test),
    Package::new(
        "chromium",
        "a game in a browser, for tests of `segue ingest`",
        Need::Test,
    ),
    Package::new(
        "netcat-openbsd",
        "a game in a shell, for tests of `segue ingest`",
        Need::Test,
    ),
    Package::new(
        "ffmpeg",
        "writes MP3, AAC and Ogg files for decoder tests",
        Need::Test,
    ),
    Package::new(
        "libsdl2-dev",
        "SDL's audio callback, for tests of libsegue",
        Need::Test,
    ),
    Package::new("mono-mcs", "compiles the C# of docs/c-abi.md", Need::Test),
    Package::new("mono-runtime", "runs it", Need::Test),
    Package::new(
        "valgrind",
        "looks at every access of programs that use libsegue",
        Need::Test,
    ),
    Package::new("python3-venv", "hosts that are Python packages", Need::Test),
    Package::new("ardour", "a DAW, driven without a window", Need::Test),
    Package::new("openbox", "a window manager on that display", Need::Test),
    Package::new(
        "xsettingsd",
        "display settings that hosts wait for",
        Need::Test,
    ),
    Package::new("flac", "reference FLAC codec for decoder tests", Need::Test),
    Package::new(
        "opus-tools",
        "reference Opus decoder for tests of offline jobs",
        Need::Test,
    ),
    Package::new(
        "vorbis-tools",
        "reference Vorbis decoder for tests of offline jobs",
        Need::Test,
    ),
    Package::new(
        "sox",
        "reference audio tool for decoder and resampler tests",
        Need::Test,
    ),
    Package::new("lame", "an MP3 encoder to race", Need::Bench),
    Package::new(
        "samplerate-programs",
        "a rate converter to race",
        Need::Bench,
    ),
    Package::new("x42-plugins", "LV2 processors to race", Need::Bench),
    Package::new("lsp-plugins-lv2", "LV2 processors to race", Need::Bench),
];

/// What the packages are needed for. Tests also build; `cargo xtask bench dsp` and `offline` race
/// programs that tests ask as well.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Need {
    Build,
    Test,
    Bench,
}

/// Whether missing packages may be installed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Installing {
    Allowed,
    Refused,
}

struct Package {
    name: &'static str,
    purpose: &'static str,
    need: Need,
}

/// Checks the compiler and the system packages; installs what is missing where it can.
pub(crate) fn prepare(shell: &Shell, need: Need, installing: Installing) -> Result<()> {
    check_rustc(&shell.output(shell.command("rustc").arg("--version"))?)?;
    let wanted: Vec<&Package> = PACKAGES
        .iter()
        .filter(|package| package.need <= need)
        .collect();
    if !is_debian() {
        eprintln!("This is no Debian or Ubuntu. Segue needs the equivalents of:");
        explain(&wanted);
        return Ok(());
    }
    let missing = missing(&wanted, &installed(shell, &wanted));
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("Missing system packages:");
    explain(&missing);
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    match installing {
        Installing::Refused => fail(format!(
            "system packages are missing and --no-install was given; install them with\n  {}",
            by_hand(&names)
        )),
        Installing::Allowed => install(shell, &names),
    }
}

impl Package {
    const fn new(name: &'static str, purpose: &'static str, need: Need) -> Self {
        Self {
            name,
            purpose,
            need,
        }
    }
}

fn explain(packages: &[&Package]) {
    for package in packages {
        eprintln!("  {:<20} {}", package.name, package.purpose);
    }
}

fn check_rustc(version: &str) -> Result<()> {
    let (major, minor) = OLDEST_RUSTC;
    match rustc_version(version) {
        Some(found) if found >= OLDEST_RUSTC => Ok(()),
        Some(_) => fail(format!(
            "Segue needs Rust {major}.{minor} or newer, this is {}; `rustup update` brings it",
            version.trim()
        )),
        None => fail(format!(
            "cannot read the version of rustc from `{}`",
            version.trim()
        )),
    }
}

/// Major and minor of `rustc 1.95.0 (…)`.
fn rustc_version(line: &str) -> Option<(u32, u32)> {
    let mut numbers = line.strip_prefix("rustc ")?.split(['.', '-', ' ']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn is_debian() -> bool {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    is_debian_release(&release) && on_path("dpkg-query") && on_path("apt-get")
}

fn is_debian_release(release: &str) -> bool {
    release
        .lines()
        .filter_map(|line| {
            line.strip_prefix("ID=")
                .or_else(|| line.strip_prefix("ID_LIKE="))
        })
        .flat_map(|value| value.trim_matches('"').split_whitespace())
        .any(|id| id == "debian" || id == "ubuntu")
}

/// `package status` lines of dpkg for the packages it knows.
fn installed(shell: &Shell, packages: &[&Package]) -> String {
    let mut query = shell.command("dpkg-query");
    query.args(["-W", "-f", "${Package} ${db:Status-Status}\n"]);
    query.args(packages.iter().map(|package| package.name));
    // dpkg-query fails when it has never heard of one of them, and still lists the others.
    query
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default()
}

fn missing<'a>(wanted: &[&'a Package], status: &str) -> Vec<&'a Package> {
    let is_installed = |package: &Package| {
        status
            .lines()
            .any(|line| line.split_once(' ') == Some((package.name, "installed")))
    };
    wanted
        .iter()
        .copied()
        .filter(|package| !is_installed(package))
        .collect()
}

fn by_hand(names: &[&str]) -> String {
    format!(
        "sudo apt-get install --no-install-recommends {}",
        names.join(" ")
    )
}

/// A machine that has never run `apt-get update` knows no packages, and one whose lists are old
/// asks for files that are gone: both are cured by an update.
fn install(shell: &Shell, names: &[&str]) -> Result<()> {
    let is_root = shell.output(shell.command("id").arg("-u"))?.trim() == "0";
    if !is_root && !on_path("sudo") {
        return fail(format!(
            "not root and no sudo here; as root, run\n  {}",
            by_hand(names)
        ));
    }
    let mut arguments = vec![
        "-o",
        "DPkg::Lock::Timeout=300",
        "install",
        "--yes",
        "--no-install-recommends",
    ];
    arguments.extend(names);
    if has_package_lists() && apt_get(shell, is_root, &arguments).is_ok() {
        return Ok(());
    }
    apt_get(shell, is_root, &["update"])?;
    apt_get(shell, is_root, &arguments)
}

fn has_package_lists() -> bool {
    let Ok(entries) = std::fs::read_dir("/var/lib/apt/lists") else {
        return false;
    };
    entries
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
}

fn apt_get(shell: &Shell, is_root: bool, arguments: &[&str]) -> Result<()> {
    let words = apt_words(is_root, arguments);
    shell.run(shell.command(words[0]).args(&words[1..]))
}

/// sudo drops the environment, so the variable is set behind it.
fn apt_words<'a>(is_root: bool, arguments: &[&'a str]) -> Vec<&'a str> {
    let mut words = if is_root { vec![] } else { vec!["sudo"] };
    words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    words.extend(arguments);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_compilers_are_refused_with_the_way_out() {
        assert!(check_rustc("rustc 1.95.0 (59807616e 2026-04-14)\n").is_ok());
        assert!(check_rustc("rustc 1.100.0-nightly (0 2027-01-01)").is_ok());
        assert!(check_rustc("rustc 2.0.0").is_ok());
        let error = check_rustc("rustc 1.94.1 (0 2026-03-01)").expect_err("too old");
        assert!(error.to_string().contains("1.95") && error.to_string().contains("rustup update"));
        assert!(check_rustc("gcc 12").is_err());
    }

    #[test]
    fn debian_and_its_children_are_recognised() {
        assert!(is_debian_release("NAME=\"Debian GNU/Linux\"\nID=debian\n"));
        assert!(is_debian_release(
            "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"
        ));
        assert!(!is_debian_release("ID=fedora\nVERSION_ID=42\n"));
        assert!(!is_debian_release(""));
    }

    #[test]
    fn removed_and_unknown_packages_are_missing() {
        let wanted: Vec<&Package> = PACKAGES.iter().take(3).collect();
        let status = "pkg-config installed\nlibasound2-dev config-files\n";
        let names: Vec<&str> = missing(&wanted, status)
            .iter()
            .map(|package| package.name)
            .collect();
        assert_eq!(names, ["libasound2-dev", "libjack-jackd2-dev"]);
        assert!(missing(&wanted[..1], status).is_empty());
    }

    #[test]
    fn tests_need_what_the_build_needs_and_more() {
        let count = |need| {
            PACKAGES
                .iter()
                .filter(|package| package.need <= need)
                .count()
        };
        assert!(count(Need::Build) > 0 && count(Need::Build) < count(Need::Test));
        assert!(count(Need::Test) < count(Need::Bench));
        assert_eq!(count(Need::Bench), PACKAGES.len());
    }

    #[test]
    fn sudo_only_when_not_root() {
        let tail = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "update"];
        assert_eq!(apt_words(true, &["update"]), tail);
        assert_eq!(apt_words(false, &["update"])[0], "sudo");
        assert_eq!(apt_words(false, &["update"])[1..], tail);
    }
}
