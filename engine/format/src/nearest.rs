//! The name that was probably meant.

/// Longest name that is compared, in characters.
const LONGEST: usize = 128;

/// The one of `known` that is nearest to `name`, if it is near enough to be meant: at most a third of
/// its letters differ, upper and lower case being the same. `[thread-safe]`
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = letters(name);
    let most = (wanted.len() / 3).max(1);
    let rated = known
        .into_iter()
        .map(|other| (distance(&wanted, &letters(other)), other));
    let near = rated.filter(|(distance, _)| *distance <= most);
    near.min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

fn letters(name: &str) -> Vec<char> {
    name.chars()
        .take(LONGEST)
        .flat_map(char::to_lowercase)
        .collect()
}

/// How many letters have to be changed, inserted, removed or swapped with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut cost = (last[j] + usize::from(x != y))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                let swapped: &Vec<usize> = &before;
                cost = cost.min(swapped[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_understood_and_other_words_are_not() {
        let known = ["Play_Footstep", "Play_Door", "Stop_All"];
        for (name, expected) in [
            ("Play_Footstpe", Some("Play_Footstep")),
            ("play_footstep", Some("Play_Footstep")),
            ("PlayDoor", Some("Play_Door")),
            ("Play_Dor", Some("Play_Door")),
            ("Explosion", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known), expected, "{name}");
        }
        assert_eq!(
            nearest("x", ["y"]),
            Some("y"),
            "one letter may always differ"
        );
    }
}
