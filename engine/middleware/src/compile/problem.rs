//! What is wrong with a project, and what its author may have meant.

use std::fmt;

/// Something that keeps a project from being compiled. `[thread-safe]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, as keys from the interactive part on: `containers[3].children[1].child`.
    pub path: String,
    /// What is wrong: the value, what is allowed, and the way out.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// Collects problems; all of them, not only the first.
#[derive(Debug, Default)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

impl Problems {
    pub(crate) fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem {
            path: path.into(),
            message: message.into(),
        });
    }

    /// `value` when it is a number in `least..=most`; else a problem and `least`.
    pub(crate) fn range(&mut self, path: &str, value: f32, least: f32, most: f32) -> f32 {
        if (least..=most).contains(&value) {
            return value;
        }
        let message = format!("{value} is not in {least}..={most}");
        self.add(path, message);
        least
    }

    /// The same in double precision.
    pub(crate) fn range64(&mut self, path: &str, value: f64, least: f64, most: f64) -> f64 {
        if (least..=most).contains(&value) {
            return value;
        }
        let message = format!("{value} is not in {least}..={most}");
        self.add(path, message);
        least
    }

    /// True when `count` is at most `most`; else a problem that names the limit.
    pub(crate) fn count(&mut self, path: &str, what: &str, count: usize, most: usize) -> bool {
        if count > most {
            let message = format!("{count} {what} are over the limit of {most}");
            self.add(path, message);
        }
        count <= most
    }
}

/// The known name that is nearest to `name`, when it is near enough to have been meant.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let reach = (name.chars().count() / 3).max(2);
    known
        .map(|other| (distance(name, other), other))
        .filter(|(far, _)| *far <= reach)
        .min()
        .map(|(_, other)| other)
}

/// Letters to insert, drop, exchange or swap until one name is the other; case is free.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().flat_map(char::to_lowercase).collect();
    let b: Vec<char> = b.chars().flat_map(char::to_lowercase).collect();
    let mut rows = [vec![0; b.len() + 1], (0..=b.len()).collect(), Vec::new()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = rows[1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(row[j - 1] + 1).min(rows[1][j] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[0][j - 2] + 1);
            }
            row.push(best);
        }
        rows[2] = row;
        rows.rotate_left(1);
    }
    rows[1][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_definition() {
        for (a, b, far) in [
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("ab", "ba", 1),
            ("Music", "music", 0),
        ] {
            assert_eq!(distance(a, b), far, "{a} {b}");
        }
    }

    #[test]
    fn only_a_near_name_is_suggested() {
        let known = ["footstep", "explosion"];
        assert_eq!(
            nearest("fotstep", known.into_iter()),
            Some("footstep")
        );
        assert_eq!(nearest("window", known.into_iter()), None);
    }
}
