//! What stands where in a message.

use serde_json::Value as Json;
use std::collections::HashMap;

/// Different paths that are followed; further ones are left aside.
pub(super) const PATHS_MAX: usize = 2000;
/// Steps of a path, as adapters have them.
const DEPTH_MAX: usize = 10;
/// Longest key in characters.
const KEY_MAX: usize = 128;

/// Paths by number, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Paths {
    numbers: HashMap<String, usize>,
    keys: Vec<Vec<String>>,
    /// Some were left aside.
    pub(super) is_full: bool,
}

impl Paths {
    /// Tells every value that is no object, with the number of its path; lists are told whole.
    pub(super) fn walk<'a>(&mut self, value: &'a Json, tell: &mut dyn FnMut(usize, &'a Json)) {
        let mut keys = Vec::new();
        self.step(value, &mut keys, tell);
    }

    fn step<'a>(
        &mut self,
        value: &'a Json,
        keys: &mut Vec<&'a str>,
        tell: &mut dyn FnMut(usize, &'a Json),
    ) {
        let Json::Object(object) = value else {
            if let Some(number) = self.number(keys) {
                tell(number, value);
            }
            return;
        };
        for (key, value) in object {
            if keys.len() < DEPTH_MAX && key.chars().count() <= KEY_MAX {
                keys.push(key);
                self.step(value, keys, tell);
                keys.pop();
            }
        }
    }

    fn number(&mut self, keys: &[&str]) -> Option<usize> {
        if keys.is_empty() {
            return None;
        }
        let pointer = pointer(keys);
        if let Some(number) = self.numbers.get(&pointer) {
            return Some(*number);
        }
        if self.keys.len() == PATHS_MAX {
            self.is_full = true;
            return None;
        }
        let number = self.keys.len();
        self.keys
            .push(keys.iter().map(|key| (*key).to_owned()).collect());
        self.numbers.insert(pointer, number);
        Some(number)
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn keys(&self, number: usize) -> &[String] {
        &self.keys[number]
    }

    pub(super) fn pointer(&self, number: usize) -> String {
        pointer(&self.keys[number])
    }
}

/// A JSON Pointer (RFC 6901).
pub(super) fn pointer<T: AsRef<str>>(keys: &[T]) -> String {
    let mut pointer = String::new();
    for key in keys {
        pointer.push('/');
        pointer.push_str(&key.as_ref().replace('~', "~0").replace('/', "~1"));
    }
    pointer
}

/// Lists of objects in a message: their paths, and the objects.
pub(super) fn lists(message: &Json) -> Vec<(String, &Vec<Json>)> {
    let mut found = Vec::new();
    let mut open = vec![(Vec::<&str>::new(), message)];
    while let Some((keys, value)) = open.pop() {
        match value {
            Json::Array(items) if !keys.is_empty() && items.iter().any(Json::is_object) => {
                found.push((pointer(&keys), items));
            }
            Json::Object(object) if keys.len() < DEPTH_MAX => {
                for (key, value) in object.iter().rev() {
                    let inner = keys.iter().copied().chain([key.as_str()]).collect();
                    open.push((inner, value));
                }
            }
            _ => {}
        }
    }
    found
}
