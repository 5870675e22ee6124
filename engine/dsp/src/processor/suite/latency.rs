//! The latency that is reported is the one that is heard.

use super::*;

const RATES: [f64; 6] = [8_000.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0];

/// Random values of the structural parameters: the ones that make the latency.
fn structural(row: &ProcessorInfo, seed: u64) -> Vec<(u16, f32)> {
    let mut random = noise(seed).map(|x| 0.5 * x + 0.5);
    let rows = (0..).zip(row.params).filter(|(_, info)| info.structural);
    rows.map(|(number, info)| (number, value_at(info, random.next().unwrap())))
        .collect()
}

/// Doing nothing, the bare processor is a delay by what it reports: no slot around it that
/// would put the delay right.
#[test]
fn a_processor_at_rest_delays_by_what_it_reports() {
    for row in PROCESSORS {
        for (rate, seed) in RATES
            .into_iter()
            .flat_map(|rate| [1, 2, 3].map(|s| (rate, s)))
        {
            let mut scene = Scene::new(row, 2, 8_000);
            scene.setup.sample_rate = rate;
            scene.input.iter_mut().flatten().for_each(|x| *x *= 0.5);
            let Some(mut scene) = scene.neutral() else {
                continue;
            };
            scene.values.extend(structural(row, seed));
            assert_same(&scene.render(&[64]), &scene.delayed(), row.id);
        }
    }
}

/// At work, the output resembles the input most where the latency says.
#[test]
fn a_processor_at_work_lags_by_what_it_reports() {
    for (row, busy) in [
        ("compressor", Some(("threshold", -40.0))),
        ("limiter", Some(("input", 12.0))),
        ("gate", Some(("threshold", -12.0))),
        ("deesser", Some(("threshold", -60.0))),
        ("saturator", Some(("drive", 12.0))),
        ("convolution", None),
    ] {
        let row = info_of(row);
        for (rate, seed) in RATES
            .into_iter()
            .flat_map(|rate| [1, 2, 3].map(|s| (rate, s)))
        {
            let mut scene = Scene::new(row, 1, 16_000);
            scene.setup.sample_rate = rate;
            scene.response = vec![0.7, 0.2];
            scene.values = structural(row, seed);
            scene
                .values
                .extend(busy.and_then(|(id, value)| Some((row.param(id)?, value))));
            let reported = scene.insert(64).latency() as usize;
            let output = scene.render(&[64]).remove(0);
            let heard = lag(&scene.input[0], &output);
            assert_eq!(heard, reported, "{} at {rate}: {:?}", row.id, scene.values);
            assert_ne!(output, scene.delayed()[0], "{} is not at work", row.id);
        }
    }
}

fn info_of(id: &str) -> &'static ProcessorInfo {
    super::super::info(super::super::kind_from_id(id).unwrap())
}

/// The shift at which `output` resembles `input` most.
fn lag(input: &[f32], output: &[f32]) -> usize {
    let likeness = |lag: usize| {
        let pairs = input.iter().zip(&output[lag..]).take(3_000);
        pairs.map(|(x, y)| f64::from(x * y)).sum::<f64>()
    };
    let all = (0..4_100).map(|lag| (lag, likeness(lag)));
    all.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0
}
