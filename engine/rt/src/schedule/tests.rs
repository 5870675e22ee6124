use proptest::prelude::*;

use super::*;
use crate::graph::{Graph, InsertMeta, SendTap};

fn insert(latency: u32, key: Option<BusId>) -> InsertMeta {
    InsertMeta {
        kind: 0,
        latency,
        key,
        mix: 1.0,
        bypass: false,
    }
}

/// drums (10) and bass (0, keyed by drums) -> group (7) -> master; bass -> verb (100) -> master.
fn scene() -> Graph {
    let mut g = Graph::new(&Limits::default());
    let group = g.add_bus("group", g.master()).unwrap();
    let drums = g.add_bus("drums", group).unwrap();
    let bass = g.add_bus("bass", group).unwrap();
    let verb = g.add_bus("verb", g.master()).unwrap();
    g.add_send(bass, verb, 0.5, SendTap::PreFader).unwrap();
    g.add_insert(drums, 0, insert(10, None)).unwrap();
    g.add_insert(bass, 0, insert(0, Some(drums))).unwrap();
    g.add_insert(group, 0, insert(7, None)).unwrap();
    g.add_insert(verb, 0, insert(100, None)).unwrap();
    g
}

fn compiled(g: &Graph) -> Schedule {
    compile(g, &Limits::default()).unwrap()
}

#[test]
fn ways_into_a_sum_have_equal_latency() {
    let g = scene();
    let s = compiled(&g);
    assert_eq!(s.latency(), 110);
    let step = |name: &str| s.buses.iter().find(|b| Some(b.id) == g.find(name)).unwrap();
    let arrive = ["drums", "bass", "group", "verb", "master"].map(|n| step(n).arrive);
    assert_eq!(arrive, [0, 10, 10, 10, 110]);
    let delays: Vec<u32> = s.edges_of(step("master")).iter().map(|e| e.delay).collect();
    assert_eq!(delays, [93, 0], "group lags 17, verb 110");
    assert!(step("bass").pre_read && step("drums").pre_read && !step("group").pre_read);
    assert_eq!(s, compiled(&g), "pure");
}

#[test]
fn relatives_are_ancestors_and_descendants() {
    let g = scene();
    let s = compiled(&g);
    let related = |a: &str, b: &str| {
        let mut other = BusSet::default();
        other.set(g.find(b).unwrap().index(), true);
        let step = s.buses.iter().find(|x| Some(x.id) == g.find(a)).unwrap();
        step.relatives.intersects(&other)
    };
    assert!(related("bass", "verb") && related("verb", "bass") && related("drums", "master"));
    assert!(!related("drums", "bass") && !related("group", "verb"));
}

#[test]
fn a_latency_budget_names_the_insert() {
    let mut g = scene();
    g.set_max_latency(g.master(), Some(64)).unwrap();
    let e = compile(&g, &Limits::default()).unwrap_err().to_string();
    assert_eq!(
        e,
        "bus \"master\" has 110 frames of latency, over its 64; insert 3v1 on bus \"verb\" adds \
         100: shorten its look-ahead or remove it"
    );
    g.set_max_latency(g.master(), None).unwrap();
    g.add_insert(g.master(), 0, insert(u32::MAX, None)).unwrap();
    let e = compile(&g, &Limits::default());
    assert!(matches!(
        e,
        Err(CompileError::Latency {
            max: MAX_LATENCY,
            ..
        })
    ));
}

#[test]
fn a_circle_that_slipped_in_is_named() {
    let mut g = scene();
    let [group, drums] = ["group", "drums"].map(|name| g.find(name).unwrap());
    g.force_output(group, drums);
    let e = compile(&g, &Limits::default()).unwrap_err().to_string();
    let ways = ["group -> drums -> group", "drums -> group -> drums"];
    assert!(
        ways.iter()
            .any(|way| e == format!("a bus feeds itself: {way}")),
        "{e}"
    );
}

#[test]
fn a_graph_for_larger_limits_is_refused() {
    let check = |limits: Limits, expect: &str| {
        let e = compile(&scene(), &limits).unwrap_err().to_string();
        assert_eq!(e, expect);
    };
    let limits = Limits::default();
    check(
        Limits {
            buses: 2,
            ..limits.clone()
        },
        "buses: 5 is over the limit of 2",
    );
    check(
        Limits {
            sends: 0,
            ..limits.clone()
        },
        "sends: 1 is over the limit of 0",
    );
    check(
        Limits {
            inserts: 3,
            ..limits
        },
        "inserts: 4 is over the limit of 3",
    );
}

#[test]
fn the_verifier_finds_every_tampering() {
    let check = |tamper: &dyn Fn(&mut Schedule), expect: Flaw| {
        let mut s = compiled(&scene());
        tamper(&mut s);
        assert_eq!(verify(&s), Err(expect));
    };
    check(&|s| s.buses.swap(0, 3), Flaw::Twice);
    check(&|s| s.edges[0].delay += 1, Flaw::Misaligned);
    check(&|s| s.buses[1].arrive += 1, Flaw::Misaligned);
    check(&|s| s.latency -= 1, Flaw::Misaligned);
    check(&|s| s.inserts[0].latency += 1, Flaw::Misaligned);
    check(&|s| s.buses[1].id = s.buses[0].id, Flaw::Twice);
    check(&|s| s.inserts[1].id = s.inserts[0].id, Flaw::Twice);
    check(&|s| s.buses[0].id = BusId::new(64, 1), Flaw::OutOfBounds);
    check(
        &|s| s.inserts[0].id = InsertId::new(256, 1),
        Flaw::OutOfBounds,
    );
    check(
        &|s| s.edges[0].source = BusId::new(4, 9),
        Flaw::ReadBeforeWrite,
    );
    check(&|s| s.buses[4].edges.end += 1, Flaw::OutOfBounds);
    check(&|s| s.buses[4].edges.end -= 1, Flaw::Loose);
    check(&|s| s.layout.buses = 4, Flaw::OutOfBounds);
    check(&|s| s.layout.sends = 0, Flaw::OutOfBounds);
    check(&|s| s.inserts.clear(), Flaw::OutOfBounds);
    check(
        &|s| {
            let key = s.inserts.iter_mut().find_map(|i| i.key.as_mut());
            key.unwrap().delay += 3;
        },
        Flaw::Misaligned,
    );
    check(&|s| s.buses.clear(), Flaw::Loose);
}

/// A random edit: (what, a, b, n) reduced to what exists.
pub(crate) type Edit = (u8, u8, u8, u8);

/// Applies random edits; refused ones leave the graph as it was.
fn edited(edits: &[Edit]) -> Graph {
    let mut g = Graph::new(&Limits::default());
    for &(what, a, b, n) in edits {
        let bus = |k: u8| g.buses()[usize::from(k) % g.buses().len()].id;
        let (a, b) = (bus(a), bus(b));
        let _refused = match what % 7 {
            0 | 1 => g.add_bus(&format!("bus {}", g.buses().len()), a).is_err(),
            2 => g.set_output(a, b).is_err(),
            3 => g.add_send(a, b, 1.0, SendTap::PreFader).is_err(),
            4 => g.add_insert(a, 0, insert(u32::from(n), Some(b))).is_err(),
            5 => g.add_insert(a, 0, insert(u32::from(n), None)).is_err(),
            _ => n < 64 && g.remove_bus(a).is_err(),
        };
    }
    g
}

proptest! {
    #[test]
    fn any_edited_graph_compiles_and_verifies(
        edits in prop::collection::vec(any::<Edit>(), 0..120),
        budget in prop::option::of(0_u32..600),
    ) {
        let mut g = edited(&edits);
        g.set_max_latency(g.master(), budget).unwrap();
        match compile(&g, &Limits::default()) {
            Ok(s) => {
                prop_assert_eq!(verify(&s), Ok(()));
                prop_assert!(s.latency() <= budget.unwrap_or(MAX_LATENCY));
            }
            Err(CompileError::Latency { insert, .. }) => prop_assert!(insert.is_some()),
            Err(CompileError::Limit(limit)) => prop_assert_eq!(limit.limit, ""),
            Err(e) => prop_assert!(false, "{}", e),
        }
    }
}
