//! What must be equal to the bit.

use super::*;
use proptest::prelude::*;

/// Random events, sorted by frame.
fn events(
    row: &'static ProcessorInfo,
    frames: usize,
) -> impl Strategy<Value = Vec<(usize, Event)>> {
    let param = (0..row.params.len(), 0.0..=1.0_f32).prop_map(move |(number, position)| {
        let value = value_at(&row.params[number], position);
        Event::Param(u16::try_from(number).unwrap(), value)
    });
    let event = prop_oneof![
        8 => param,
        1 => any::<bool>().prop_map(Event::Bypass),
        1 => (0.0..64.0_f64, any::<bool>()).prop_map(|(beats, on)| Event::Song(beats, on)),
        1 => prop_oneof![Just(0.0), Just(1.0), 0.0..=1.0_f32].prop_map(Event::Mix),
    ];
    prop::collection::vec((0..frames, event), 0..40).prop_map(|mut events| {
        events.sort_by_key(|(frame, _)| *frame);
        events
    })
}

fn scenes() -> impl Strategy<Value = Scene> {
    let row = 0..PROCESSORS.len();
    let more = (1..=3_usize, any::<u64>(), any::<bool>(), 0..64_u64);
    (row, more).prop_flat_map(|(row, (channels, seed, keyed, start))| {
        let row = &PROCESSORS[row];
        events(row, 9000).prop_map(move |events| {
            let mut scene = Scene::new(row, channels, 9000);
            scene.values = random_values(row, seed);
            scene.events = events;
            scene.start = start;
            let key = |seed| noise(seed).take(9000).collect();
            scene.key = keyed.then(|| [key(seed), key(seed + 1)]);
            scene
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 160,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_cut_of_time_gives_the_same_bits(
        scene in scenes(),
        cuts in prop::collection::vec(prop_oneof![0..4096_usize, 0..70_usize], 1..30),
    ) {
        prop_assume!(cuts.iter().any(|cut| *cut > 16));
        assert_same(&scene.render(&[64]), &scene.render(&cuts), scene.row.id);
    }

    #[test]
    fn a_shift_by_whole_cells_gives_the_same_bits(scene in scenes(), cells in 1..1_000_000_u64) {
        let (scene, cells) = periodic(scene, cells);
        let mut later = scene.clone();
        later.start += 32 * cells;
        assert_same(&scene.render(&[64]), &later.render(&[64]), scene.row.id);
    }
}

/// Oscillators are tied to the absolute clock: they come back to the same bits after whole
/// cycles only. Their rate becomes 48000/32768 Hz, and the shift whole cycles.
fn periodic(mut scene: Scene, cells: u64) -> (Scene, u64) {
    let Some(rate) = scene.row.param("rate") else {
        return (scene, cells);
    };
    scene.values.retain(|(number, _)| *number != rate);
    scene.values.push((rate, 375.0 / 256.0));
    let moves = |event: &Event| matches!(event, Event::Param(number, _) if *number == rate);
    let stops = |event: &Event| matches!(event, Event::Song(_, false));
    scene
        .events
        .retain(|(_, event)| !moves(event) && !stops(event));
    (scene, 1024 * (cells % 10_000))
}

#[test]
fn neutral_dry_and_bypassed_are_pure_delays() {
    for row in PROCESSORS {
        if let Some(scene) = Scene::new(row, 2, 6000).neutral() {
            assert_same(&scene.render(&[64]), &scene.delayed(), row.id);
        }
        for seed in 0..8 {
            let mut scene = Scene::new(row, 2, 6000);
            scene.values = random_values(row, seed);
            let processor = build(row.kind, scene.setup, &scene.values).unwrap();
            let mut dry = Insert::new(processor, scene.setup, 64).with_mix(0.0);
            assert_same(
                &scene.render_with(&mut dry, &[64]),
                &scene.delayed(),
                row.id,
            );
            let mut bypassed = scene.insert(64).bypassed();
            assert_same(
                &scene.render_with(&mut bypassed, &[64]),
                &scene.delayed(),
                row.id,
            );
            assert!(bypassed.is_fully_bypassed());
        }
    }
}

#[test]
fn silence_stays_silence() {
    for row in PROCESSORS {
        for seed in 0..8 {
            let mut scene = Scene::new(row, 2, 3000);
            scene.values = random_values(row, seed);
            scene.input.iter_mut().for_each(|channel| channel.fill(0.0));
            for channel in scene.render(&[64]) {
                assert!(channel.iter().all(|x| *x == 0.0), "{}", row.id);
            }
        }
    }
}

/// Random values that treat all channels alike: what parts the sides keeps its default, or 0.
fn fair_values(row: &ProcessorInfo, seed: u64) -> Vec<(u16, f32)> {
    const SIDED: [&str; 6] = [
        "invert_left",
        "invert_right",
        "mid_side",
        "pan",
        "pan_left",
        "pan_right",
    ];
    let id = |number: u16| row.params[usize::from(number)].id;
    let one_sided = |number: u16| id(number).ends_with("_channel") || SIDED.contains(&id(number));
    let values = random_values(row, seed).into_iter();
    let mut values: Vec<_> = values.filter(|(number, _)| !one_sided(*number)).collect();
    for sided in ["ping_pong", "stereo_phase"] {
        if let Some(number) = row.param(sided) {
            values.retain(|(other, _)| *other != number);
            values.push((number, 0.0));
        }
    }
    values
}

#[test]
fn channels_may_change_places() {
    for row in PROCESSORS.iter().filter(|row| !tells_channels_apart(row)) {
        for seed in 0..6 {
            let mut scene = Scene::new(row, 5, 3000);
            scene.values = fair_values(row, seed);
            let output = scene.render(&[64]);
            scene.input.rotate_left(2);
            let mut rotated = scene.render(&[64]);
            rotated.rotate_right(2);
            assert_same(&output, &rotated, row.id);
        }
    }
}

#[test]
fn equal_channels_stay_equal() {
    for row in PROCESSORS.iter().filter(|row| !tells_channels_apart(row)) {
        for seed in 0..6 {
            let mut scene = Scene::new(row, 2, 3000);
            scene.values = fair_values(row, seed);
            scene.input[1] = scene.input[0].clone();
            let output = scene.render(&[64]);
            assert_same(&output[..1], &output[1..], row.id);
        }
    }
}

#[test]
fn reset_gives_the_bits_of_a_fresh_processor() {
    for row in PROCESSORS {
        for seed in 0..6 {
            let mut scene = Scene::new(row, 2, 5000);
            scene.values = random_values(row, seed);
            let fresh = scene.render(&[64]);
            let mut used = scene.insert(64);
            scene.render_with(&mut used, &[64]);
            assert_no_alloc(|| used.reset());
            assert_same(&scene.render_with(&mut used, &[64]), &fresh, row.id);
        }
    }
}

#[test]
fn reset_finishes_every_change() {
    for row in PROCESSORS {
        let mut scene = Scene::new(row, 2, 2000);
        let values = random_values(row, 5);
        let live = |&&(number, _): &&(u16, f32)| !row.params[usize::from(number)].structural;
        let values: Vec<_> = values.iter().filter(live).copied().collect();
        let mut changed = scene.insert(64);
        for (number, value) in &values {
            changed.set_param(*number, *value);
        }
        scene.render_with(&mut changed, &[64]);
        changed.reset();
        let output = scene.render_with(&mut changed, &[64]);
        scene.values = values;
        assert_same(&output, &scene.render(&[64]), row.id);
    }
}
