use super::*;

fn graph() -> (Graph, BusId) {
    let graph = Graph::new(&Limits::default());
    let master = graph.master();
    (graph, master)
}

fn insert(key: Option<BusId>) -> InsertMeta {
    InsertMeta {
        kind: 0,
        latency: 0,
        key,
        mix: 1.0,
        bypass: false,
    }
}

#[test]
fn a_cycle_is_refused_with_its_path() {
    let (mut g, master) = graph();
    let b = g.add_bus("b", master).unwrap();
    let a = g.add_bus("a", b).unwrap();
    let text = |e: GraphError| e.to_string();
    let e = g.set_output(b, a).unwrap_err();
    assert_eq!(text(e), "this would feed a bus into itself: b -> a -> b");
    let e = g.add_send(a, a, 1.0, SendTap::PreFader).unwrap_err();
    assert_eq!(text(e), "this would feed a bus into itself: a -> a");
    let e = g.add_insert(a, 0, insert(Some(master))).unwrap_err();
    let path = "this would feed a bus into itself: master -> a -> b -> master";
    assert_eq!(text(e), path);
    let side = g.add_bus("side", master).unwrap();
    g.add_insert(side, 0, insert(Some(a))).unwrap();
    assert!(matches!(
        g.set_output(side, a),
        Err(GraphError::Cycle { .. })
    ));
}

#[test]
fn stale_ids_are_errors() {
    let (mut g, master) = graph();
    let a = g.add_bus("a", master).unwrap();
    let send = g.add_send(a, master, 1.0, SendTap::PostFader).unwrap();
    let node = g.add_insert(a, 0, insert(None)).unwrap();
    g.remove_bus(a).unwrap();
    let b = g.add_bus("b", master).unwrap();
    assert_eq!(a.index(), b.index());
    assert!(g.rename(a, "x").is_err() && g.set_output(a, master).is_err());
    assert!(g.remove_send(send).is_err() && g.remove_insert(node).is_err());
    assert!(g.add_bus("c", a).is_err());
    let e = g.remove_bus(a).unwrap_err().to_string();
    assert_eq!(
        e,
        "no bus has the id 0x100000001; it was removed or never made"
    );
}

#[test]
fn removing_a_bus_leaves_nothing_dangling() {
    let (mut g, master) = graph();
    let mid = g.add_bus("mid", master).unwrap();
    let low = g.add_bus("low", mid).unwrap();
    let side = g.add_bus("side", master).unwrap();
    g.add_send(side, mid, 1.0, SendTap::PostFader).unwrap();
    let ducked = g.add_bus("ducked", master).unwrap();
    let keyed = g.add_insert(ducked, 0, insert(Some(mid))).unwrap();
    g.remove_bus(mid).unwrap();
    assert_eq!(g.bus(low).unwrap().output, Some(master));
    assert!(g.bus(side).unwrap().sends.is_empty());
    assert_eq!(g.insert(keyed).unwrap().meta.key, None);
}

#[test]
fn names_limits_ranges_and_the_master_are_guarded() {
    let (mut g, master) = graph();
    let a = g.add_bus("a", master).unwrap();
    assert!(matches!(
        g.add_bus("a", master),
        Err(GraphError::NameTaken { .. })
    ));
    assert!(matches!(
        g.rename(a, ""),
        Err(GraphError::NameLength { .. })
    ));
    assert!(matches!(
        g.rename(a, &"x".repeat(129)),
        Err(GraphError::NameLength { .. })
    ));
    assert!(g.rename(a, "a").is_ok());
    assert!(matches!(
        g.remove_bus(master),
        Err(GraphError::Master { .. })
    ));
    assert!(matches!(
        g.set_output(master, a),
        Err(GraphError::Master { .. })
    ));
    let send = g.add_send(master, a, 1.0, SendTap::PreFader);
    assert!(matches!(send, Err(GraphError::Master { .. })));
    let send = g.add_send(a, master, f32::NAN, SendTap::PreFader);
    assert!(matches!(send, Err(GraphError::Range { .. })));
    let loud = Strip {
        gain: 17.0,
        ..Strip::default()
    };
    let e = g.set_strip(a, loud).unwrap_err().to_string();
    assert_eq!(e, "gain 17 is not in 0..=16");
    assert!(matches!(
        g.add_insert(a, 1, insert(None)),
        Err(GraphError::Position { .. })
    ));
    let small = Limits {
        buses: 2,
        sends: 0,
        inserts: 0,
        ..Limits::default()
    };
    let mut g = Graph::new(&small);
    let a = g.add_bus("a", g.master()).unwrap();
    let e = g.add_bus("b", a).unwrap_err().to_string();
    assert_eq!(e, "buses: 3 is over the limit of 2");
    assert!(matches!(
        g.add_insert(a, 0, insert(None)),
        Err(GraphError::Limit(_))
    ));
    let send = g.add_send(a, g.master(), 1.0, SendTap::PreFader);
    assert!(matches!(send, Err(GraphError::Limit(_))));
}

#[test]
fn inserts_move_on_their_bus() {
    let (mut g, master) = graph();
    let ids: Vec<_> = (0..3)
        .map(|i| g.add_insert(master, i, insert(None)).unwrap())
        .collect();
    g.move_insert(ids[0], 2).unwrap();
    let order: Vec<_> = g
        .bus(master)
        .unwrap()
        .inserts
        .iter()
        .map(|n| n.id)
        .collect();
    assert_eq!(order, [ids[1], ids[2], ids[0]]);
    assert!(g.move_insert(ids[0], 3).is_err());
}
