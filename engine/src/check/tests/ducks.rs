//! Ducks that come back to themselves.

use super::*;

/// The findings of ducks in a mixer of `sfx` with `steps` in it, `music`, and `echo`, to which
/// `music` sends.
fn ducks(ducks: &[[&str; 2]], trigger: &str, position: &str) -> Vec<String> {
    let ducks: Vec<Value> = ducks
        .iter()
        .map(|[from, to]| {
            json!({"name": format!("{from}_{to}"), "source_bus": from, "target_bus": to, "trigger": trigger})
        })
        .collect();
    let (mut project, source) = project(json!({"ducks": ducks}));
    let buses = json!([{"id": "sfx"}, {"id": "steps", "output": "sfx"}, {"id": "echo"},
        {"id": "music", "sends": [{"to": "echo", "position": position}]}]);
    project.buses = serde_json::from_value(buses).unwrap();
    let found = check(&project, &source, &BTreeMap::new());
    let found = found.iter().filter(|it| it.kind == Kind::DuckFeedback);
    found.map(|it| it.path.clone()).collect()
}

#[test]
fn a_duck_that_quietens_what_it_listens_to() {
    let level = |rules: &[[&str; 2]]| ducks(rules, "level", "post");
    let first = ["interactive.ducks[0]"];
    // A bus is made of those that play into it, and of what is sent to it.
    assert_eq!(level(&[["sfx", "steps"]]), first);
    assert_eq!(level(&[["master", "music"]]), first);
    assert_eq!(level(&[["echo", "music"]]), first);
    assert_eq!(ducks(&[["echo", "music"]], "level", "pre"), [""; 0]);
    assert_eq!(level(&[["steps", "sfx"], ["sfx", "music"]]), [""; 0]);
    // Two that push each other, and three; where it closes, it is told.
    let second = ["interactive.ducks[1]"];
    assert_eq!(level(&[["sfx", "music"], ["music", "sfx"]]), second);
    assert_eq!(level(&[["sfx", "music"], ["music", "steps"]]), second);
    assert_eq!(
        level(&[["sfx", "music"], ["echo", "steps"], ["sfx", "echo"]]),
        ["interactive.ducks[1]", "interactive.ducks[2]"]
    );
    // Who plays does so however quiet it is.
    let mutual = [["sfx", "music"], ["music", "sfx"]];
    assert_eq!(ducks(&mutual, "activity", "post"), [""; 0]);
}
