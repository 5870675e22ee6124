//! What an engine that plays cannot take over.

use segue_format::Project;
use segue_format::project::{Bus, Insert};
use segue_rt::graph::Graph;
use segue_rt::limits::Limits;

use crate::load::{buses, goes_on, renames};
use crate::project::{OpenProject, PROJECT_FILE};

/// The first of what an engine of these limits cannot take over while it plays: its path in the
/// project, and what it is.
pub(super) fn change(
    before: &Project,
    after: &Project,
    graph: &Graph,
    limits: &Limits,
) -> Option<(String, String)> {
    if before.voices != after.voices {
        let what = "the limits of voices changed";
        return Some(("voices".to_owned(), what.to_owned()));
    }
    let more = More::new(before, after);
    let here = graph.buses().iter();
    let inserts = here.clone().map(|bus| bus.inserts.len()).sum();
    let sends = here.map(|bus| bus.sends.len()).sum();
    let rows = [
        ("buses", graph.buses().len(), limits.buses, more.buses),
        ("inserts", inserts, limits.inserts, more.inserts),
        ("sends", sends, limits.sends, more.sends),
    ];
    rows.into_iter().find_map(|(what, now, most, more)| {
        let path = more.get(most.saturating_sub(now))?;
        let what = format!(
            "the engine was made for {most} {what}, and {} come to the {now} that play until the old ones \
             have gone",
            more.len()
        );
        Some((path.clone(), what))
    })
}

/// What a project brings to a mixer, by the paths where it is written.
#[derive(Default)]
struct More {
    buses: Vec<String>,
    inserts: Vec<String>,
    sends: Vec<String>,
}

impl More {
    fn new(before: &Project, after: &Project) -> Self {
        let (old, new) = (buses(before), buses(after));
        let renames = renames(&old, &new);
        let mut more = Self::default();
        for bus in &new {
            let was = |it: &&Bus| renames.get(&it.id).unwrap_or(&it.id) == &bus.id;
            let was = old.iter().find(was);
            let path = path_of(after, bus);
            if was.is_none() {
                more.buses.push(path.clone());
            }
            for (n, insert) in bus.inserts.iter().enumerate() {
                let stays = |it: &Insert| goes_on(it, insert);
                if !was.is_some_and(|was| was.inserts.iter().any(stays)) {
                    more.inserts.push(format!("{path}.inserts[{n}]"));
                }
            }
            for (n, send) in bus.sends.iter().enumerate() {
                let name = |to: &String| renames.get(to).unwrap_or(to) == &send.to;
                if !was.is_some_and(|was| was.sends.iter().any(|it| name(&it.to))) {
                    more.sends.push(format!("{path}.sends[{n}]"));
                }
            }
        }
        more
    }
}

/// The same as people read it, with its line in the text that was saved.
pub(super) fn at(open: &OpenProject, path: &str, what: &str) -> String {
    let place = Project::locate(&open.text(), open.profile_text(), path);
    match place.line {
        0 => format!("{PROJECT_FILE}: {path}: {what}"),
        line => format!(
            "{PROJECT_FILE}: {path} (line {line}, column {}): {what}",
            place.column
        ),
    }
}

/// Where a bus is written; a master bus need not be.
fn path_of(project: &Project, bus: &Bus) -> String {
    let mut listed = project.buses.iter();
    let place = listed.position(|it| it.id == bus.id);
    place.map_or_else(|| "buses".to_owned(), |n| format!("buses[{n}]"))
}
