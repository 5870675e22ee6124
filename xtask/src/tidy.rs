//! `cargo xtask tidy`: the rules of the house that a compiler does not know.

mod licences;
mod limits;
mod paths;
mod rules;
mod source;
mod walls;

use std::path::Path;

use crate::header;
use crate::metadata::Metadata;
use crate::shell::{Result, Shell, fail};
use source::{Source, Tree};

/// A broken rule: where, and what is wrong.
type Finding = String;

/// Checks every rule and prints every finding.
pub(crate) fn tidy(shell: &Shell) -> Result<()> {
    let metadata = Metadata::read(shell)?;
    let files = list_files(shell)?;
    let tree = read_tree(shell.root(), &files)?;
    let roots = crate_roots(&metadata, shell.root());
    let mut findings = walls::check(&metadata);
    findings.extend(licences::check(
        &metadata,
        &read(shell.root(), licences::LIST)?,
    ));
    findings.extend(rules::check(&tree, &roots));
    findings.extend(limits::check(&tree, &read(shell.root(), limits::PAGE)?));
    findings.extend(check_paths(shell.root(), &files)?);
    for finding in &findings {
        println!("{finding}");
    }
    // Which parses libsegue, and prints its own findings.
    let is_abi_sound = header::header(shell, true).is_ok();
    if findings.is_empty() && is_abi_sound {
        println!(
            "tidy: {} files and {} crates in order",
            files.len(),
            metadata.packages.len()
        );
        return Ok(());
    }
    let broken = findings.len() + usize::from(!is_abi_sound);
    fail(format!("tidy found {broken} broken rules"))
}

/// Everything git knows or would add, relative to the root with forward slashes.
fn list_files(shell: &Shell) -> Result<Vec<String>> {
    let mut git = shell.command("git");
    git.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let output = shell.output(&mut git)?;
    let exists = |file: &&str| !file.is_empty() && shell.root().join(file).is_file();
    Ok(output
        .split('\0')
        .filter(exists)
        .map(str::to_owned)
        .collect())
}

fn read_tree(root: &Path, files: &[String]) -> Result<Tree> {
    let is_rust = |file: &&String| file.ends_with(".rs");
    let sources = files
        .iter()
        .filter(is_rust)
        .map(|file| Ok(Source::new(file, read(root, file)?)))
        .collect::<Result<Vec<_>>>()?;
    Ok(Tree::new(sources))
}

fn check_paths(root: &Path, files: &[String]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| paths::is_checked(file)) {
        findings.extend(paths::check(file, &read(root, file)?));
    }
    Ok(findings)
}

/// `(package, file)` of every crate in the workspace.
fn crate_roots(metadata: &Metadata, root: &Path) -> Vec<(String, String)> {
    let relative = |file: &std::path::PathBuf| {
        let parts = file.strip_prefix(root).unwrap_or(file).components();
        parts
            .map(|part| part.as_os_str().to_string_lossy())
            .collect::<Vec<_>>()
            .join("/")
    };
    let of_package = |package: &crate::metadata::Package| {
        let name = package.name.clone();
        package
            .roots
            .iter()
            .map(move |file| (name.clone(), relative(file)))
            .collect::<Vec<_>>()
    };
    metadata
        .members()
        .flat_map(|(_, package)| of_package(package))
        .collect()
}

fn read(root: &Path, file: &str) -> Result<String> {
    match std::fs::read(root.join(file)) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => fail(format!("cannot read {file}: {error}")),
    }
}
