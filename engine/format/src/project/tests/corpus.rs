//! A generated corpus: every value of a full project and of a draft, replaced by every kind of
//! odd value, removed, and moved.

use super::*;

/// Values that are odd somewhere.
fn odd_values() -> Vec<Value> {
    let mut deep = json!(0);
    for _ in 0..20 {
        deep = json!({"a": [deep]});
    }
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(0.5),
        json!(1e308),
        json!(5e-324),
        json!(-0.0),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!("\u{0}\u{1f}\"\\\u{1f600}"),
        json!("master"),
        json!("k"),
        json!("a".repeat(5000)),
        json!([]),
        json!([[], {}, null]),
        json!({}),
        json!({"id": "x", "id ": [1]}),
        deep,
    ]
}

/// The JSON pointers of all values inside of `value`.
fn pointers(value: &Value, at: &str, out: &mut Vec<String>) {
    let mut visit = |key: &str, child: &Value| {
        let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        out.push(at.clone());
        pointers(child, &at, out);
    };
    match value {
        Value::Object(object) => object.iter().for_each(|(key, child)| visit(key, child)),
        Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(index, child)| visit(&index.to_string(), child));
        }
        _ => {}
    }
}

/// Reads a project: either an error that says something, or a project that is stable from then on.
fn check_stable(value: &Value, what: &str) {
    match read(value) {
        Ok((project, _)) => {
            let written = project
                .to_json()
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            let (again, _) = Project::from_json(&written).unwrap();
            assert_eq!(again, project, "{what}");
            assert_eq!(again.to_json().unwrap(), written, "{what}");
        }
        Err(error) => assert!(!error.to_string().is_empty(), "{what}"),
    }
}

#[test]
fn every_odd_value_in_every_place_is_an_error_or_stable() {
    for base in [full(), draft()] {
        let mut all = Vec::new();
        pointers(&base, "", &mut all);
        assert!(all.len() > 8);
        for pointer in &all {
            for odd in odd_values() {
                let mut project = base.clone();
                *project.pointer_mut(pointer).unwrap() = odd.clone();
                check_stable(&project, &format!("{pointer} = {odd}"));
            }
        }
    }
}

#[test]
fn every_missing_value_is_an_error_or_stable() {
    for base in [full(), draft()] {
        let mut all = Vec::new();
        pointers(&base, "", &mut all);
        for pointer in &all {
            let mut project = base.clone();
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            match project.pointer_mut(parent).unwrap() {
                Value::Object(object) => drop(object.shift_remove(key)),
                Value::Array(list) => drop(list.remove(key.parse().unwrap())),
                other => panic!("{pointer} leads into {other}"),
            }
            check_stable(&project, &format!("without {pointer}"));
        }
    }
}

#[test]
fn every_value_in_the_place_of_its_neighbour_is_an_error_or_stable() {
    let base = full();
    let mut all = Vec::new();
    pointers(&base, "", &mut all);
    for pair in all.windows(2) {
        let mut project = base.clone();
        let value = base.pointer(&pair[0]).unwrap().clone();
        *project.pointer_mut(&pair[1]).unwrap() = value;
        check_stable(&project, &format!("{} at {}", pair[0], pair[1]));
    }
}
