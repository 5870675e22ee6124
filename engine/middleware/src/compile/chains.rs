//! Things that lead to each other: no circle, and not too deep.

use crate::values::check::Checks;

/// Reports every circle, with its way, or every chain of more than `most` links; true when there
/// is none.
///
/// `edges[n]` are the places that place n leads to.
pub(super) fn check(
    path: &str,
    what: &str,
    edges: &[Vec<u32>],
    names: &[&str],
    most: usize,
    checks: &mut Checks,
) -> bool {
    let mut walk = Walk {
        edges,
        depths: vec![Depth::Unknown; edges.len()],
        way: Vec::new(),
        circles: Vec::new(),
    };
    let depths: Vec<usize> = (0..edges.len()).map(|n| walk.depth(n)).collect();
    for circle in &walk.circles {
        let way: Vec<&str> = circle.iter().map(|n| names[*n]).collect();
        let message = format!("{what} each other in a circle: {}", way.join(" → "));
        checks.say(format!("{path}[{}]", circle[0]), message);
    }
    if !walk.circles.is_empty() {
        return false;
    }
    let mut fine = true;
    for (n, depth) in depths
        .into_iter()
        .enumerate()
        .filter(|(_, depth)| *depth > most)
    {
        let message = format!("{what} each other {depth} deep, the limit is {most}");
        checks.say(format!("{path}[{n}]"), message);
        fine = false;
    }
    fine
}

#[derive(Clone, Copy)]
enum Depth {
    Unknown,
    OnTheWay,
    Known(usize),
}

struct Walk<'a> {
    edges: &'a [Vec<u32>],
    depths: Vec<Depth>,
    way: Vec<usize>,
    circles: Vec<Vec<usize>>,
}

impl Walk<'_> {
    /// Links in the longest chain from `n` on, itself included. The stack is our own, so a long
    /// chain does no harm.
    fn depth(&mut self, n: usize) -> usize {
        let mut open = vec![(n, 0, 1)];
        while let Some((at, next, best)) = open.pop() {
            if next == 0 {
                match self.depths[at] {
                    Depth::Known(depth) => {
                        fold(&mut open, depth);
                        continue;
                    }
                    Depth::OnTheWay => {
                        self.circle(at);
                        fold(&mut open, 0);
                        continue;
                    }
                    Depth::Unknown => {
                        self.depths[at] = Depth::OnTheWay;
                        self.way.push(at);
                    }
                }
            }
            if let Some(child) = self.edges[at].get(next) {
                open.push((at, next + 1, best));
                open.push((*child as usize, 0, 1));
                continue;
            }
            self.depths[at] = Depth::Known(best);
            self.way.pop();
            fold(&mut open, best);
        }
        match self.depths[n] {
            Depth::Known(depth) => depth,
            _ => 0,
        }
    }

    fn circle(&mut self, at: usize) {
        let start = self.way.iter().position(|other| *other == at).unwrap_or(0);
        let mut circle = self.way[start..].to_vec();
        circle.push(at);
        self.circles.push(circle);
    }
}

/// Tells the one above how deep its child is.
fn fold(open: &mut [(usize, usize, usize)], depth: usize) {
    if let Some((_, _, best)) = open.last_mut() {
        *best = (*best).max(depth + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(edges: &[Vec<u32>], most: usize) -> Vec<String> {
        let mut checks = Checks::new();
        check(
            "c",
            "they hold",
            edges,
            &["a", "b", "c", "d"],
            most,
            &mut checks,
        );
        let found = checks.finish(Some(())).err().unwrap_or_default();
        found
            .into_iter()
            .map(|it| format!("{}: {}", it.path, it.message))
            .collect()
    }

    #[test]
    fn a_circle_is_shown_with_its_way() {
        let edges = [vec![1], vec![2], vec![1], vec![3]];
        assert_eq!(
            problems(&edges, 8),
            [
                "c[1]: they hold each other in a circle: b → c → b",
                "c[3]: they hold each other in a circle: d → d",
            ]
        );
    }

    #[test]
    fn depth_counts_the_longest_chain() {
        let edges = [vec![1, 3], vec![2], vec![3], vec![]];
        assert_eq!(problems(&edges, 4), [""; 0]);
        assert_eq!(
            problems(&edges, 3),
            ["c[0]: they hold each other 4 deep, the limit is 3"]
        );
    }
}
