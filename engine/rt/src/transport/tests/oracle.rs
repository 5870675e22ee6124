//! A transport that looks at every clip on every frame, in whole frames.

use super::*;

/// Frames of a quarter of a beat at 8 kHz and 960 bpm.
const STEP: u64 = 125;

struct Oracle {
    clips: Vec<Clip<u8>>,
    position: u64,
    playing: bool,
    range: Option<(u64, u64)>,
    armed: bool,
    moved: bool,
    active: bool,
    calls: Vec<Call>,
}

fn frames(beats: f64) -> u64 {
    nearest(beats * 500.0).unsigned_abs()
}

impl Oracle {
    fn render(mut self, inputs: &[(u64, Input)], length: u64) -> Vec<Call> {
        for at in 0..length {
            if self.playing && self.armed && self.range.is_some_and(|r| r.1 == self.position) {
                self.position = self.range.map_or(0, |range| range.0);
                self.moved = true;
            }
            for (_, input) in inputs.iter().filter(|input| input.0 == at) {
                if let Input::Command(command) = input {
                    self.command(*command);
                }
            }
            self.frame(at);
            self.position += u64::from(self.playing);
        }
        self.calls
    }

    fn command(&mut self, command: TransportCommand) {
        match command {
            TransportCommand::Play | TransportCommand::Stop => {
                let on = command == TransportCommand::Play;
                if on == self.playing {
                    return;
                }
                self.playing = on;
                self.moved = true;
            }
            TransportCommand::Seek { beats } => {
                self.position = frames(beats);
                self.moved |= self.playing;
            }
            TransportCommand::Loop {
                enabled,
                start_beats,
                end_beats,
            } => self.range = enabled.then(|| (frames(start_beats), frames(end_beats))),
        }
        self.armed = self.range.is_some_and(|range| self.position < range.1);
    }

    fn frame(&mut self, at: u64) {
        let here = self.position;
        let start = |clip: &Clip<u8>| frames(clip.start_beats);
        let rings = |clip: &Clip<u8>| clip.length_frames.is_none_or(|n| start(clip) + n > here);
        let cut = |clip: &Clip<u8>| clip.length_beats.map(|n| start(clip) + frames(n));
        let lasts = |clip: &Clip<u8>| rings(clip) && cut(clip).is_none_or(|end| end > here);
        let moved = std::mem::take(&mut self.moved);
        if moved && std::mem::take(&mut self.active) {
            self.calls.push(Call::Stop(at));
        }
        if !self.playing {
            return;
        }
        let mut cuts: Vec<_> = self
            .clips
            .iter()
            .filter(|clip| cut(clip) == Some(here))
            .collect();
        cuts.retain(|clip| rings(clip) && !moved);
        cuts.sort_by_key(|clip| clip.index);
        self.calls
            .extend(cuts.iter().map(|clip| Call::Cut(at, clip.index)));
        for clip in &self.clips {
            if lasts(clip) && (start(clip) == here || (moved && start(clip) < here)) {
                self.active = true;
                self.calls
                    .push(Call::Start(at, clip.index, here - start(clip)));
            }
        }
    }
}

fn step() -> impl Strategy<Value = f64> {
    (0..40_u8).prop_map(|steps| f64::from(steps) / 4.0)
}

fn any_command() -> impl Strategy<Value = Input> {
    prop_oneof![
        Just(0).prop_map(|_| PLAY),
        Just(0).prop_map(|_| PLAY),
        Just(0).prop_map(|_| STOP),
        step().prop_map(seek),
        (step(), step()).prop_map(|(start, length)| looped(start, start + length + 0.25)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn it_does_what_a_frame_by_frame_transport_does(
        list in prop::collection::vec(
            (step(), prop::option::of(step()), prop::option::of(1..20_u64)), 0..12),
        inputs in prop::collection::vec((0..80_u64, 0..3_u64, any_command()), 0..15),
    ) {
        let list: Vec<_> = (0..)
            .zip(list)
            .map(|(index, (start, cut, length))| {
                clip(index, start, cut.map(|n| n + 0.25), length.map(|n| n * STEP))
            })
            .collect();
        let mut inputs: Vec<_> = inputs
            .into_iter()
            .map(|(step, off, input)| (step * STEP + off / 2, input))
            .collect();
        inputs.insert(0, (0, PLAY));
        inputs.sort_by_key(|input| input.0);
        let mut transport = Transport::new(tempo(8_000, 960.0), clips(&list));
        let calls = render(&mut transport, inputs.clone(), &[333], 12_000);
        let oracle = Oracle {
            clips: Timeline::new(list).unwrap().clips().to_vec(),
            position: 0,
            playing: false,
            range: None,
            armed: false,
            moved: false,
            active: false,
            calls: Vec::new(),
        };
        prop_assert_eq!(calls, oracle.render(&inputs, 12_000));
    }
}
