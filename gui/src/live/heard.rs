//! Which buses are heard while others are soloed.

use segue_engine::project::Project;

/// The buses, by their ids, that are silent because of a solo. While one is soloed, only soloed
/// buses, what feeds them and what they feed are heard.
pub(super) fn silenced(project: &Project) -> Vec<&str> {
    let soloed = project.buses.iter().filter(|bus| bus.solo);
    let mut heard: Vec<&str> = Vec::new();
    for bus in soloed {
        heard.extend(reach(project, &bus.id, feeds));
        heard.extend(reach(project, &bus.id, |project, from, to| {
            feeds(project, to, from)
        }));
    }
    if heard.is_empty() {
        return heard;
    }
    let ids = project.buses.iter().map(|bus| bus.id.as_str());
    ids.filter(|id| !heard.contains(id)).collect()
}

/// All buses that can be reached from one, itself included.
fn reach<'a>(
    project: &'a Project,
    start: &'a str,
    is_next: impl Fn(&Project, &str, &str) -> bool,
) -> Vec<&'a str> {
    let mut reached = vec![start];
    let mut at = 0;
    while let Some(&from) = reached.get(at) {
        at += 1;
        for bus in &project.buses {
            if is_next(project, from, &bus.id) && !reached.contains(&bus.id.as_str()) {
                reached.push(&bus.id);
            }
        }
    }
    reached
}

/// Whether `from` plays or sends into `to`.
fn feeds(project: &Project, from: &str, to: &str) -> bool {
    project.bus(from).is_some_and(|bus| {
        bus.output_id() == Some(to) || bus.sends.iter().any(|send| send.to == to)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_engine::format::project::{Bus, Send};

    /// kick and snare play into drums, and snare sends to hall.
    fn project(solo: &[&str]) -> Project {
        let bus = |id: &str, output: Option<&str>| Bus {
            output: output.map(str::to_owned),
            solo: solo.contains(&id),
            ..Bus::new(id)
        };
        let mut project = Project::new("solo");
        project.buses = vec![
            bus("master", None),
            bus("kick", Some("drums")),
            bus("snare", Some("drums")),
            bus("drums", None),
            bus("hall", None),
            bus("voice", None),
        ];
        project.buses[2].sends = vec![Send::new("hall")];
        project
    }

    #[test]
    fn what_feeds_a_soloed_bus_and_what_it_feeds_is_heard() {
        assert_eq!(silenced(&project(&[])), [""; 0]);
        assert_eq!(silenced(&project(&["kick"])), ["snare", "hall", "voice"]);
        assert_eq!(silenced(&project(&["hall"])), ["kick", "drums", "voice"]);
        assert_eq!(silenced(&project(&["drums"])), ["hall", "voice"]);
        assert_eq!(silenced(&project(&["master"])), [""; 0]);
        assert_eq!(silenced(&project(&["kick", "voice"])), ["snare", "hall"]);
    }
}
