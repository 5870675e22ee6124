//! Programs in C and C++ that check the library, built and run in several ways.

use std::path::{Path, PathBuf};

use super::Outcome;
use super::kit::{Kit, Linking, Program};
use crate::shell::{Result, fail, on_path};

const PAGE: &str = "docs/c-abi.md";
const PLAYER: &str = "capi/tests/csharp/Play.cs";
const EXAMPLES: &str = "capi/examples";
/// How many engines live, and after how many of them one loads a project.
const LIVES: [&str; 2] = ["10000", "100"];
const LIVES_IN_VALGRIND: [&str; 2] = ["1000", "500"];
/// Sequences of calls that once went wrong, or are worth to be kept.
const SEQUENCES: &str = "capi/tests/sequences";
const SEQUENCE_COUNT: &str = "200";
/// AddressSanitizer brings LeakSanitizer.
const SANITIZERS: &[&str] = &[
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-fno-omit-frame-pointer",
];
/// Tests that sanitizers and valgrind look at.
const SUITES: &[&str] = &["table", "limits", "scenario"];

/// The header alone, in every language it is for.
pub(super) fn header(kit: &Kit<'_>) -> Result<Outcome> {
    let languages = [
        ("c", "c11"),
        ("c", "c17"),
        ("c++", "c++17"),
        ("c++", "c++20"),
    ];
    for (language, standard) in languages {
        let suffix = if language == "c" { "c" } else { "cpp" };
        let source = kit.out.join(format!("header.{suffix}"));
        let text = "#include <segue.h>\n#include <segue.h>\n#if SEGUE_MAKE_VERSION(1, 2, 3) != 1002003\n#error version\n#endif\nint main(void) { return SEGUE_STATUS_OK; }\n";
        if let Err(error) = std::fs::write(&source, text) {
            return fail(format!("cannot write {}: {error}", source.display()));
        }
        let mut compiler = kit.compiler(&source.to_string_lossy());
        compiler
            .arg(format!("-std={standard}"))
            .arg("-fsyntax-only")
            .arg(&source);
        kit.shell.output(&mut compiler)?;
    }
    let names: Vec<&str> = languages.iter().map(|(_, standard)| *standard).collect();
    Ok(Outcome::Done(format!(
        "{} without a warning",
        names.join(", ")
    )))
}

/// The snippets of C and C++ on the page about the ABI.
pub(super) fn page(kit: &Kit<'_>) -> Result<Outcome> {
    let text = match std::fs::read_to_string(kit.root().join(PAGE)) {
        Ok(text) => text,
        Err(error) => return fail(format!("cannot read {PAGE}: {error}")),
    };
    let mut count = 0;
    for language in ["c", "cpp"] {
        for (at, code) in snippets(&text, language).enumerate() {
            let source = kit.out.join(format!("page-{at}.{language}"));
            if let Err(error) = std::fs::write(&source, code) {
                return fail(format!("cannot write {}: {error}", source.display()));
            }
            let mut compiler = kit.compiler(&source.to_string_lossy());
            kit.shell
                .output(compiler.arg("-fsyntax-only").arg(&source))?;
            count += 1;
        }
    }
    match count {
        0 => fail(format!("{PAGE} has no snippets")),
        count => Ok(Outcome::Done(format!("{count} snippets of {PAGE} compile"))),
    }
}

/// The wrapper in C# on that page, compiled without a warning, and a program that plays through it.
pub(super) fn csharp(kit: &Kit<'_>) -> Result<Outcome> {
    if !on_path("mcs") || !on_path("mono") {
        return Ok(Outcome::NotRun(
            "`apt-get install mono-mcs mono-runtime` lets it run",
        ));
    }
    let page = kit.root().join(PAGE);
    let text = match std::fs::read_to_string(&page) {
        Ok(text) => text,
        Err(error) => return fail(format!("cannot read {PAGE}: {error}")),
    };
    let Some(wrapper) = snippets(&text, "csharp").next() else {
        return fail(format!("{PAGE} has no wrapper in C#"));
    };
    let (source, program) = (kit.out.join("Segue.cs"), kit.out.join("play.exe"));
    if let Err(error) = std::fs::write(&source, wrapper) {
        return fail(format!("cannot write {}: {error}", source.display()));
    }
    let mut compiler = kit.shell.command("mcs");
    compiler.args(["-warnaserror+", "-warn:4"]);
    compiler.arg(format!("-out:{}", program.display()));
    kit.shell.output(compiler.arg(&source).arg(PLAYER))?;
    let mut play = kit.shell.command("mono");
    play.env("LD_LIBRARY_PATH", &kit.built).arg(&program);
    Ok(Outcome::Done(kit.last_line(play.arg(&kit.projects))?))
}

/// What stands between ```` ```language ```` and the end of the block.
fn snippets<'a>(text: &'a str, language: &str) -> impl Iterator<Item = &'a str> {
    let fence = format!("```{language}\n");
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(&fence)?;
        let (code, after) = after.split_once("```")?;
        rest = after;
        Some(code)
    })
}

/// Every function with every pointer NULL.
pub(super) fn table(kit: &Kit<'_>) -> Result<Outcome> {
    kit.generate("table", "table_calls.h")?;
    suite(kit, "table")
}

/// What is called often allocates nothing: not on the audio thread, not on the game's.
pub(super) fn allocations(kit: &Kit<'_>) -> Result<Outcome> {
    suite(kit, "allocations")
}

pub(super) fn limits(kit: &Kit<'_>) -> Result<Outcome> {
    suite(kit, "limits")
}

pub(super) fn scenario(kit: &Kit<'_>) -> Result<Outcome> {
    suite(kit, "scenario")
}

fn suite(kit: &Kit<'_>, name: &str) -> Result<Outcome> {
    let program = compile_suite(kit, name)?;
    let line = kit.last_line(kit.shell.command(program).arg(&kit.projects))?;
    Ok(Outcome::Done(line))
}

fn compile_suite(kit: &Kit<'_>, name: &str) -> Result<PathBuf> {
    kit.compile(&Program {
        source: &format!("capi/tests/c/{name}.c"),
        name,
        linking: Linking::Shared,
        options: &[],
    })
}

pub(super) fn cycles(kit: &Kit<'_>) -> Result<Outcome> {
    let program = compile_cycles(kit)?;
    let text = kit
        .shell
        .report(kit.shell.command(program).arg(&kit.projects).args(LIVES))?;
    Ok(Outcome::Done(
        text.lines().next().unwrap_or_default().to_owned(),
    ))
}

fn compile_cycles(kit: &Kit<'_>) -> Result<PathBuf> {
    kit.compile(&Program {
        source: "capi/tests/c/cycles.c",
        name: "cycles",
        linking: Linking::Shared,
        options: &[],
    })
}

/// Compiles every example, and runs it on the projects that come with Segue.
pub(super) fn examples(kit: &Kit<'_>) -> Result<Outcome> {
    let names = example_names(kit.root())?;
    for name in &names {
        let program = compile_example(kit, name, Linking::Shared, &[])?;
        let mut command = kit.shell.command(&program);
        let said = kit.shell.report(command.arg(&kit.projects).arg(&kit.out))?;
        if said.trim().is_empty() {
            return fail(format!("{name} has said nothing"));
        }
    }
    Ok(Outcome::Done(names.join(", ")))
}

fn compile_example(
    kit: &Kit<'_>,
    name: &str,
    linking: Linking,
    options: &[&str],
) -> Result<PathBuf> {
    let source = format!("{EXAMPLES}/{name}");
    let stem = name.split('.').next().unwrap_or(name);
    let suffix = if linking == Linking::Static {
        "-static"
    } else {
        ""
    };
    kit.compile(&Program {
        source: &source,
        name: &format!("example-{stem}{suffix}"),
        linking,
        options,
    })
}

/// The sources of the examples, which are one file each.
fn example_names(root: &Path) -> Result<Vec<String>> {
    let entries = match std::fs::read_dir(root.join(EXAMPLES)) {
        Ok(entries) => entries,
        Err(error) => return fail(format!("cannot read {EXAMPLES}: {error}")),
    };
    let names = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    let is_source = |name: &String| name.ends_with(".c") || name.ends_with(".cpp");
    let mut names: Vec<String> = names.filter(is_source).collect();
    names.sort();
    Ok(names)
}

/// What leaves a sink ends the process, in the profile of the tests; [`panics`] has the one that is shipped.
pub(super) fn exceptions(kit: &Kit<'_>) -> Result<Outcome> {
    let program = compile_exceptions(kit)?;
    let line = kit.last_line(kit.shell.command(program).arg(&kit.projects))?;
    Ok(Outcome::Done(line))
}

fn compile_exceptions(kit: &Kit<'_>) -> Result<PathBuf> {
    kit.compile(&Program {
        source: "capi/tests/c/exceptions.cpp",
        name: "exceptions",
        linking: Linking::Shared,
        options: &[],
    })
}

/// A panic in every boundary, with the profile that is shipped: one that aborts would end the program.
/// The profile in which the library is shipped.
pub(super) const RELEASE: &str = "release";

/// The library as it is shipped, but that a test can ask it for panics.
pub(super) fn built_for_panics<'a>(kit: &Kit<'a>) -> Result<Kit<'a>> {
    let mut build = kit.shell.cargo();
    build.args(["build", "--quiet", "--profile", RELEASE, "-p", "segue-capi"]);
    kit.shell.run(build.args(["--features", "test-panics"]))?;
    Ok(kit.built_as(RELEASE))
}

pub(super) fn panics(kit: &Kit<'_>) -> Result<Outcome> {
    kit.generate("table", "table_calls.h")?;
    let kit = built_for_panics(kit)?;
    let program = kit.compile(&Program {
        source: "capi/tests/c/panics.c",
        name: "panics",
        linking: Linking::Shared,
        options: &[],
    })?;
    let mut command = kit.shell.command(program);
    // Cargo puts the libraries of its own profile before all others.
    command.env_remove("LD_LIBRARY_PATH");
    // Each panic is printed; where it came from is known.
    command.env("RUST_BACKTRACE", "0");
    let line = kit.last_line(command.arg(&kit.projects))?;
    kit.renew_projects()?;
    let mut thrown = kit.shell.command(compile_exceptions(&kit)?);
    thrown.env_remove("LD_LIBRARY_PATH").arg(&kit.projects);
    let thrown = kit.last_line(&mut thrown)?;
    Ok(Outcome::Done(format!(
        "in the profile `{RELEASE}`: {line}; {thrown}"
    )))
}

/// The static library below programs that look at every access, and at what is left at the end.
pub(super) fn sanitizers(kit: &Kit<'_>) -> Result<Outcome> {
    kit.generate("table", "table_calls.h")?;
    let mut programs = Vec::new();
    let projects = kit.projects.to_string_lossy().into_owned();
    for name in SUITES {
        let source = format!("capi/tests/c/{name}.c");
        let named = format!("{name}-sanitized");
        let program = Program {
            source: &source,
            name: &named,
            linking: Linking::Static,
            options: SANITIZERS,
        };
        programs.push((kit.compile(&program)?, vec![projects.clone()]));
    }
    for name in example_names(kit.root())? {
        let program = compile_example(kit, &name, Linking::Static, SANITIZERS)?;
        let out = kit.out.to_string_lossy().into_owned();
        programs.push((program, vec![projects.clone(), out]));
    }
    for (program, arguments) in &programs {
        let mut command = kit.shell.command(program);
        command.args(arguments);
        // Limits are tried with more than there can be.
        command.env(
            "ASAN_OPTIONS",
            "detect_leaks=1:detect_stack_use_after_return=1",
        );
        command.env("UBSAN_OPTIONS", "print_stacktrace=1");
        kit.shell.report(&mut command)?;
    }
    let count = programs.len();
    Ok(Outcome::Done(format!(
        "{count} programs under ASan, LSan and UBSan, nothing found"
    )))
}

/// Calls in any order with anything, from seeds that stay the same, and the sequences that were kept.
pub(super) fn fuzz(kit: &Kit<'_>) -> Result<Outcome> {
    kit.generate("fuzz", "fuzz_calls.h")?;
    let program = kit.compile(&Program {
        source: "capi/tests/c/fuzz.c",
        name: "fuzz",
        linking: Linking::Static,
        options: SANITIZERS,
    })?;
    let folder = kit.root().join(SEQUENCES);
    let kept = match std::fs::read_dir(&folder) {
        Ok(entries) => entries
            .flatten()
            .map(|entry| entry.path())
            .collect::<Vec<_>>(),
        Err(error) => return fail(format!("cannot read {SEQUENCES}: {error}")),
    };
    let mut again = kit.shell.command(&program);
    kit.shell.report(again.arg(&kit.projects).args(&kept))?;
    let mut anew = kit.shell.command(&program);
    let line = kit.last_line(anew.arg(&kit.projects).args([SEQUENCE_COUNT, "1"]))?;
    Ok(Outcome::Done(format!(
        "{line}, under ASan, LSan and UBSan; {} kept",
        kept.len()
    )))
}

pub(super) fn valgrind(kit: &Kit<'_>) -> Result<Outcome> {
    if !on_path("valgrind") {
        return Ok(Outcome::NotRun("valgrind is not installed"));
    }
    let cycles = compile_cycles(kit)?;
    let scenario = compile_suite(kit, "scenario")?;
    kit.generate("table", "table_calls.h")?;
    let table = compile_suite(kit, "table")?;
    let projects = kit.projects.to_string_lossy();
    let out = kit.out.to_string_lossy();
    let mut programs = vec![
        (
            cycles,
            [[&*projects].as_slice(), &LIVES_IN_VALGRIND].concat(),
        ),
        (scenario, vec![&*projects]),
    ];
    for name in example_names(kit.root())? {
        let program = compile_example(kit, &name, Linking::Shared, &[])?;
        programs.push((program, vec![&*projects, &*out]));
    }
    // The last, because it writes into the projects.
    programs.push((table, vec![&*projects]));
    for (program, arguments) in &programs {
        let mut command = kit.shell.command("valgrind");
        command.args([
            "--quiet",
            "--leak-check=full",
            "--show-leak-kinds=definite,indirect",
            // What was freed is kept for a while, which the program takes for growth.
            "--freelist-vol=1000000",
        ]);
        command.args([
            "--errors-for-leak-kinds=definite,indirect",
            "--error-exitcode=9",
        ]);
        command.arg("--fair-sched=yes").arg(program).args(arguments);
        kit.shell.report(&mut command)?;
    }
    let note = format!(
        "table, scenario, {} examples and {} lives, no error and no leak",
        programs.len() - 3,
        LIVES_IN_VALGRIND[0]
    );
    Ok(Outcome::Done(note))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_are_those_of_one_language() {
        let text = "a\n```c\none\n```\n```cpp\ntwo\n```\nb\n```c\nthree\n```\n";
        assert_eq!(
            snippets(text, "c").collect::<Vec<_>>(),
            ["one\n", "three\n"]
        );
        assert_eq!(snippets(text, "cpp").collect::<Vec<_>>(), ["two\n"]);
    }
}
