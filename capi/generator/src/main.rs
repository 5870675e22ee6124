//! Makes what belongs to libsegue and is not Rust, from what is: `cargo xtask header`, `cargo xtask
//! tidy` and `cargo xtask capi` call it.
//!
//! | command | what it does |
//! |---|---|
//! | `header` | writes segue.h, its reference and the list of statuses |
//! | `check` | the rules of exported functions, and whether what `header` writes is as it was |
//! | `table FILE` | C that calls every function with every pointer NULL |
//! | `fuzz FILE` | C that calls every function with whatever a stream of bytes says |
//! | `layout FILE` | C that prints the size and the fields of every struct |
//! | `types` | prints the types of parameters, callbacks, fields and constants |
//! | `symbols` | prints the names of the exported functions |
#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool answers on its standard streams"
)]

mod baseline;
mod docs;
mod fuzz;
mod header;
mod layout;
mod listed;
mod reference;
mod rules;
mod surface;
mod table;
mod types;

use std::path::Path;
use std::process::ExitCode;

use surface::Surface;

/// What went wrong, for a person.
type Result<T, E = String> = std::result::Result<T, E>;

const SOURCE: &str = "capi/src/lib.rs";
const HEADER: &str = "capi/include/segue.h";
const REFERENCE: &str = "docs/c-abi-reference.md";
const STATUSES: &str = "capi/abi/statuses.txt";
const MANIFEST: &str = "Cargo.toml";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    let surface = Surface::read(Path::new(SOURCE))?;
    match words {
        ["header"] => write_all(&surface),
        ["check"] => check(&surface),
        ["table", file] => write(file, &table::generate(&surface)?),
        ["fuzz", file] => write(file, &fuzz::generate(&surface)),
        ["layout", file] => write(file, &layout::generate(&surface)),
        ["symbols"] => {
            surface
                .functions
                .iter()
                .for_each(|f| println!("{}", f.name));
            Ok(())
        }
        ["types"] => {
            print!("{}", types::generate(&surface));
            Ok(())
        }
        _ => Err("header, check, table FILE, fuzz FILE, layout FILE, types or symbols".to_owned()),
    }
}

fn write_all(surface: &Surface) -> Result<()> {
    let header = header::generate(surface)?;
    let statuses = baseline::renewed(surface, &read(STATUSES).unwrap_or_default())?;
    write(HEADER, &header)?;
    write(REFERENCE, &reference::generate(surface, &header)?)?;
    write(STATUSES, &statuses)
}

fn check(surface: &Surface) -> Result<()> {
    let mut findings = rules::check(surface, &read(MANIFEST)?);
    match baseline::renewed(surface, &read(STATUSES)?) {
        Err(broken) => findings.push(broken),
        Ok(statuses) => {
            let header = header::generate(surface)?;
            findings.extend(difference(
                REFERENCE,
                &reference::generate(surface, &header)?,
            ));
            findings.extend(difference(HEADER, &header));
            findings.extend(difference(STATUSES, &statuses));
        }
    }
    if findings.is_empty() {
        println!("libsegue: {} functions in order", surface.functions.len());
        return Ok(());
    }
    Err(findings.join("\n"))
}

fn difference(file: &str, made: &str) -> Option<String> {
    let there = read(file).unwrap_or_default();
    let lines = there.lines().zip(made.lines());
    let at = 1 + lines.take_while(|(left, right)| left == right).count();
    (there != made).then(|| format!("{file}:{at}: not as `cargo xtask header` writes it; run it"))
}

fn read(file: &str) -> Result<String> {
    std::fs::read_to_string(file).map_err(|error| format!("cannot read {file}: {error}"))
}

fn write(file: &str, text: &str) -> Result<()> {
    let write = || {
        if let Some(folder) = Path::new(file).parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(file, text)
    };
    write().map_err(|error| format!("cannot write {file}: {error}"))
}
