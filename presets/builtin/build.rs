//! Lists the factory project's files, so that they can be built in.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../factory");
    let root = root.canonicalize()?;
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = vec!["project.json".to_owned()];
    for entry in fs::read_dir(root.join("assets"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        files.push(format!("assets/{name}"));
    }
    files[1..].sort();
    let out = PathBuf::from(env::var("OUT_DIR")?).join("factory.rs");
    fs::write(out, list(&root, &files)?)?;
    Ok(())
}

fn list(root: &Path, files: &[String]) -> Result<String, std::fmt::Error> {
    let mut text = String::from("&[\n");
    for file in files {
        let path = root.join(file);
        writeln!(
            text,
            "    ({file:?}, include_bytes!({:?})),",
            path.display().to_string()
        )?;
    }
    text.push_str("]\n");
    Ok(text)
}
