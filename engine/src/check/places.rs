//! Where findings are in the files, and what the reader of the files has to say.

use std::path::Path;

use segue_format::project::interactive::Profile;
use segue_format::{Place, Project, Warning};

use super::{Finding, Findings, Kind};
use crate::error::{Error, ErrorKind, Result};
use crate::project::{self, OpenProject, PROJECT_FILE};

/// Gives findings file, line and column, where they have none yet.
pub(super) fn locate(open: &OpenProject, findings: &mut [Finding]) {
    let text = open.text();
    for finding in findings.iter_mut().filter(|it| it.line == 0) {
        if finding.file == PROJECT_FILE && !finding.path.is_empty() {
            let place = Project::locate(&text, open.profile_text(), &finding.path);
            put(finding, place);
        }
    }
}

fn put(finding: &mut Finding, place: Place) {
    if !place.file.is_empty() {
        finding.file = place.file;
    }
    (finding.path, finding.line, finding.column) = (place.path, place.line, place.column);
}

/// Keys without effect, and those that should be there.
pub(super) fn keys(open: &OpenProject, findings: &mut Findings) {
    let text = open.text();
    let own = Project::from_json(&text).map(|(_, warnings)| warnings);
    add(own.unwrap_or_default(), PROJECT_FILE, &text, findings);
    if let Some((file, text)) = open.profile_text() {
        let own = Profile::from_json(text).map(|(_, warnings)| warnings);
        add(own.unwrap_or_default(), file, text, findings);
    }
}

fn add(warnings: Vec<Warning>, file: &str, text: &[u8], findings: &mut Findings) {
    for warning in warnings {
        let kind = match warning {
            Warning::UnknownKey { .. } | Warning::MoreUnknownKeys(_) => Kind::UnknownKey,
            Warning::IdleKey { .. } => Kind::IdleKey,
            Warning::MissingKey { .. } => Kind::MissingValue,
            _ => continue,
        };
        let path = warning.path().unwrap_or_default().to_owned();
        let place = Project::locate(text, None, &path);
        findings.add(kind, path, warning.message());
        if let Some(finding) = findings.0.last_mut() {
            file.clone_into(&mut finding.file);
            (finding.line, finding.column) = (place.line, place.column);
        }
    }
}

/// What an error says about the files of the project in `folder`; an error of another kind comes
/// back.
pub(super) fn refused(folder: &Path, error: Error) -> Result<Vec<Finding>> {
    let mut findings = Findings::default();
    match error {
        Error::Format { path, source } => {
            let file = file_of(folder, &path);
            format(folder, &file, *source, &mut findings);
        }
        Error::Io { path, source, .. } if is_profile(folder, &path) => {
            let text = std::fs::read(folder.join(PROJECT_FILE)).unwrap_or_default();
            let key = "interactive.adaptive";
            let message = format!("{} cannot be read: {source}", file_of(folder, &path));
            findings.add(Kind::Invalid, key.to_owned(), message);
            if let Some(finding) = findings.0.last_mut() {
                put(finding, Project::locate(&text, None, key));
            }
        }
        error if is_said_by_the_project(&error) => {
            findings.add(Kind::Invalid, String::new(), error.to_string());
        }
        error => return Err(error),
    }
    Ok(findings.0)
}

fn format(folder: &Path, file: &str, error: segue_format::Error, findings: &mut Findings) {
    use segue_format::Error as Format;
    let mut add = |place: Place, message: String| {
        findings.add(Kind::Invalid, String::new(), message);
        if let Some(finding) = findings.0.last_mut() {
            file.clone_into(&mut finding.file);
            put(finding, place);
        }
    };
    match error {
        Format::Invalid(problems) => {
            for problem in problems.list {
                add(problem.place, problem.message);
            }
            if problems.more > 0 {
                let message = format!("and {} more problems", problems.more);
                add(Place::default(), message);
            }
        }
        Format::Json { place, message, .. } => add(place, message),
        other => add(stamp(&folder.join(file), &other), other.to_string()),
    }
}

/// Where a file says what it is, if that is what is wrong with it.
fn stamp(file: &Path, error: &segue_format::Error) -> Place {
    let key = match error {
        segue_format::Error::Newer { .. } => "version",
        _ => return Place::default(),
    };
    let text = project::read_all(
        file,
        "project_json_bytes",
        segue_format::limits::PROJECT_JSON_BYTES,
    );
    // What is no text, such as a packed project, has no lines.
    let text = text.ok().filter(|text| std::str::from_utf8(text).is_ok());
    text.map_or_else(Place::default, |text| Project::locate(&text, None, key))
}

/// The path in the project folder; errors about `project.json` name the folder itself.
fn file_of(folder: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(folder).ok();
    let inside = inside.filter(|it| !it.as_os_str().is_empty() && path.extension().is_some());
    let is_json = |it: &&Path| it.extension().is_some_and(|it| it == "json");
    match inside.filter(is_json) {
        Some(file) => file.to_string_lossy().into_owned(),
        None => PROJECT_FILE.to_owned(),
    }
}

/// Whether this is the file that the project names for its adaptive profile.
fn is_profile(folder: &Path, path: &Path) -> bool {
    let text = project::read_all(
        &folder.join(PROJECT_FILE),
        "project_json_bytes",
        segue_format::limits::PROJECT_JSON_BYTES,
    );
    let read = text.ok().and_then(|text| Project::from_json(&text).ok());
    read.is_some_and(|(project, _)| {
        let file = project.interactive.profile_file();
        file.is_some_and(|file| folder.join(file) == path)
    })
}

/// Whether the words of the project are to blame, and not the machine or whoever asked.
fn is_said_by_the_project(error: &Error) -> bool {
    let is_of_a_file = matches!(error, Error::TooLarge { .. } | Error::Audio(_));
    let said = matches!(
        error.kind(),
        ErrorKind::Invalid | ErrorKind::NewerVersion | ErrorKind::TooLarge
    );
    said && !is_of_a_file
}
