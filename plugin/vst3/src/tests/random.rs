//! Ten thousand steps of a host that does anything at any time.

use std::sync::atomic::{AtomicBool, Ordering};

use vst3::Steinberg::Vst::*;
use vst3::Steinberg::*;

use super::clap::command;
use super::host::*;

/// xorshift64*.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as usize % sides as usize
    }

    fn value(&mut self) -> f64 {
        self.roll(1_001) as f64 / 1_000.0
    }
}

struct Player {
    dice: Dice,
    rig: Rig,
    views: Vec<vst3::ComPtr<IPlugView>>,
    states: Vec<Vec<u8>>,
}

impl Player {
    fn step(&mut self) {
        match self.dice.roll(24) {
            0..10 => self.block(),
            10..13 => self.set(),
            13 => self.switch(),
            14 => self.bus(),
            15 => self.view(),
            16 => self.state(),
            17 => self.rig.ear.turn(),
            18 => self.renew(),
            19 => self.arrange(),
            20 => self.command(),
            _ => self.ask(),
        }
        self.rig.ear.heard();
    }

    fn block(&mut self) {
        let frames = [0, 1, 17, 64, MAX, MAX + 1, 5 * MAX][self.dice.roll(7)];
        let mut block = Block::new(frames);
        for busses in [&mut block.inputs, &mut block.outputs] {
            match self.dice.roll(6) {
                0 => busses.clear(),
                1 => busses.truncate(1),
                2 => busses[1].clear(),
                3 => busses[0][1] = None,
                4 => busses.push(stereo(frames, f32::NAN)),
                _ => {}
            }
        }
        for _ in 0..self.dice.roll(20) {
            let id = self.rig.id(self.dice.roll(20) as i32);
            let at = self.dice.roll(400) as i32 - 50;
            let is_command = id == self.rig.id(4);
            let value = if is_command { 0.0 } else { self.dice.value() };
            block.changes.push((id, at, value));
            block
                .events
                .push(note(at, self.dice.roll(128) as i16, 0.5, at));
        }
        block.changes.sort_by_key(|(id, at, _)| (*id, *at));
        block.is_bare = self.dice.roll(10) == 0;
        self.rig.process(&mut block);
        let outputs = block.outputs.iter().take(2).flatten().flatten().flatten();
        let has_nan = outputs.clone().any(|sample| sample.is_nan());
        assert!(!has_nan);
    }

    fn set(&mut self) {
        let index = self.dice.roll(4) as i32;
        self.rig.set(self.rig.id(index), self.dice.value());
    }

    fn switch(&mut self) {
        let (rate, max) = (self.dice.roll(3) as f64 * 48_000.0, self.dice.roll(3) * MAX);
        // SAFETY: no pointers.
        unsafe {
            match self.dice.roll(6) {
                0 => self.rig.set_up(rate, max),
                1 | 2 => {
                    self.rig.component.setActive(1);
                }
                3 => {
                    self.rig.component.setActive(0);
                }
                state => {
                    self.rig.processor.setProcessing(u8::from(state == 4));
                }
            }
        }
    }

    fn bus(&mut self) {
        let (is_input, index) = (self.dice.roll(2) == 0, self.dice.roll(2) as i32);
        self.rig
            .activate_bus(is_input, index, self.dice.roll(2) == 0);
    }

    fn view(&mut self) {
        let mut size = ViewRect {
            left: 0,
            top: 0,
            right: 301,
            bottom: 299,
        };
        // SAFETY: the name is a constant; all places are on the stack.
        unsafe {
            match self.dice.roll(5) {
                0 => {
                    let view = self.rig.controller.createView(c"editor".as_ptr());
                    self.views.extend(vst3::ComPtr::from_raw(view));
                }
                1 => drop(self.views.pop()),
                2 => self.views.iter().for_each(|view| {
                    view.attached(std::ptr::dangling_mut(), kPlatformTypeX11EmbedWindowID);
                }),
                3 => self.views.iter().for_each(|view| {
                    view.onSize(&raw mut size);
                }),
                _ => self.views.iter().for_each(|view| {
                    view.removed();
                }),
            }
        }
    }

    fn state(&mut self) {
        if self.dice.roll(2) == 0 {
            self.states.push(self.rig.save());
        } else if let Some(mut state) = self.states.pop() {
            let at = self.dice.roll(state.len() as u64);
            match self.dice.roll(4) {
                0 => state.truncate(at),
                1 => state[at % 4] ^= 0x40,
                _ => {}
            }
            self.rig.load(&state);
        }
    }

    fn renew(&mut self) {
        if self.dice.roll(4) == 0 {
            self.rig = Rig::new();
        }
    }

    fn arrange(&mut self) {
        let mut arrangements = [SpeakerArr::kStereo; 3];
        arrangements[self.dice.roll(3)] = [SpeakerArr::kMono, 0, u64::MAX][self.dice.roll(3)];
        let pointer = arrangements.as_mut_ptr();
        let (inputs, outputs) = (self.dice.roll(4) as i32, self.dice.roll(4) as i32);
        // SAFETY: there are three.
        unsafe {
            self.rig
                .processor
                .setBusArrangements(pointer, inputs, pointer, outputs)
        };
    }

    fn command(&mut self) {
        let commands = [
            command::GESTURE,
            command::DIRTY,
            command::LATENCY,
            command::RENAME,
            command::VALUES,
            command::RESIZE,
            command::LONE,
            command::HOLD,
        ];
        let command = commands[self.dice.roll(8)];
        let mut block = Block::new(8);
        block.changes.push((self.rig.id(4), 0, command / 16.0));
        self.rig.process(&mut block);
        self.rig.set(self.rig.id(4), command / 16.0);
    }

    fn ask(&mut self) {
        let mut words = [0; 128];
        let id = self.rig.id(self.dice.roll(20) as i32);
        let value = self.dice.value();
        // SAFETY: the place is on the stack.
        unsafe {
            self.rig.processor.getLatencySamples();
            self.rig.processor.getTailSamples();
            self.rig.controller.getParamNormalized(id);
            self.rig
                .controller
                .getParamStringByValue(id, value, &raw mut words);
        }
    }
}

#[test]
fn ten_thousand_random_steps() {
    let mut player = Player {
        dice: Dice(0x5e90_e000_0001),
        rig: Rig::new(),
        views: Vec::new(),
        states: Vec::new(),
    };
    for _ in 0..10_000 {
        player.step();
    }
}

#[test]
fn the_main_thread_may_do_anything_while_blocks_run() {
    let rig = Rig::active();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let audio = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let mut block = Block::new(32);
                rig.process(&mut block);
                let is_whole = block.out(0, 0).iter().all(|sample| sample.is_finite());
                assert!(is_whole && block.out(0, 0).iter().all(|sample| *sample != 9.0));
            }
        });
        let mut dice = Dice(7);
        for _ in 0..500 {
            match dice.roll(5) {
                0 => rig.deactivate(),
                1 => rig.activate(),
                2 => drop(rig.set(rig.id(0), dice.value())),
                3 => drop(rig.load(&rig.save())),
                _ => rig.ear.turn(),
            }
        }
        is_over.store(true, Ordering::Relaxed);
        audio.join().unwrap();
    });
}
