//! A renderer with what the plug-in needs to drive it.

use segue_engine::format::project::{MASTER, MidiSource};
use segue_engine::project::Project;
use segue_engine::rt::command::Plain;
use segue_engine::rt::ids::BusId;
use segue_engine::rt::renderer::{BusInput, BusOutput, Renderer};
use segue_engine::{Control, MacroTarget, Tail};

use crate::document::{host_rtpc, host_value};
use crate::kind::{INPUT_BUS, SIDECHAIN_BUS};
use crate::line::Line;
use crate::params::{COUNT, MACROS, Param, RTPCS};

/// Frames that are rendered at once.
pub(crate) const CHUNK: usize = 256;
/// Outputs for single buses in the multi-out layout.
pub(crate) const AUX: usize = 16;

/// A stereo signal of one chunk.
pub(crate) type Pair = [[f32; CHUNK]; 2];

/// What a deck makes of one chunk.
pub(crate) struct Block {
    /// The main output, then one for each bus.
    pub(crate) outs: [Pair; 1 + AUX],
    /// The main input, as late as the main output.
    pub(crate) dry: Pair,
}

impl Block {
    pub(crate) fn silent() -> Box<Self> {
        Box::new(Self {
            outs: [[[0.0; CHUNK]; 2]; 1 + AUX],
            dry: [[0.0; CHUNK]; 2],
        })
    }
}

/// One project, ready to be rendered. Made and dropped by the worker, everything else is
/// `[audio-thread]` and neither allocates nor frees.
pub(crate) struct Deck {
    renderer: Renderer,
    latency: u32,
    routes: Box<Routes>,
    /// The values that the macros' targets have.
    applied: [f64; MACROS],
    /// The values that RTPCs were set to; what the project begins with while they were not.
    rtpcs_applied: [f64; RTPCS],
    dry: Line,
}

/// Where parameters, MIDI controllers and audio go in a project: other ones after a reload. Made and
/// dropped by the worker.
pub(crate) struct Routes {
    /// Where the main input and the side-chain play into.
    inputs: [Option<BusId>; 2],
    /// The buses of the multi-out layout, at most [`AUX`].
    buses: Box<[BusId]>,
    /// What makes each of them as late as the main output.
    aux: Box<[Line]>,
    macros: Box<[Vec<Told>]>,
    midi: Box<[(MidiSource, usize)]>,
    /// The RTPCs that hosts automate, by their parameter's number.
    rtpcs: Box<[Option<MacroTarget>]>,
    /// What the project begins with.
    rtpcs_begin: [f64; RTPCS],
}

/// What a macro moves, and the macro's value that it has heard of; NaN before the first one.
struct Told {
    target: MacroTarget,
    value: f64,
}

/// What travels between worker and audio thread.
pub(crate) enum Parcel {
    /// A project, to be played instead of the one that plays.
    Deck(Box<Deck>),
    /// For the deck that went before.
    Routes(Box<Routes>),
}

impl Routes {
    /// Those of the project that `control` has loaded. `[worker]`
    pub(crate) fn new(control: &Control, project: &Project) -> Self {
        let midi = project.macros.iter().enumerate();
        let told = |target: &MacroTarget| Told {
            target: *target,
            value: f64::NAN,
        };
        let macros = control.macro_targets().iter();
        let bus = |name: &str| control.bus(name).ok();
        let outputs = project.buses.iter().filter(|bus| bus.id != MASTER);
        let buses: Box<[BusId]> = outputs.take(AUX).filter_map(|it| bus(&it.id)).collect();
        Self {
            inputs: [bus(INPUT_BUS).or_else(|| bus(MASTER)), bus(SIDECHAIN_BUS)],
            aux: buses.iter().map(|_| Line::new(control.latency())).collect(),
            buses,
            macros: macros
                .map(|targets| targets.iter().map(told).collect())
                .collect(),
            midi: midi
                .filter_map(|(number, entry)| Some((entry.midi?, number)))
                .collect(),
            rtpcs: rtpcs(control),
            rtpcs_begin: std::array::from_fn(|number| {
                let found = host_rtpc(project, number);
                found.map_or(0.0, |rtpc| host_value(project, rtpc))
            }),
        }
    }
}

impl Deck {
    /// A deck for a project that was loaded with the macros at these values. `[worker]`
    pub(crate) fn new(
        control: &Control,
        renderer: Renderer,
        project: &Project,
        values: &[f64; COUNT],
    ) -> Self {
        let mut routes = Box::new(Routes::new(control, project));
        let applied: [f64; MACROS] =
            std::array::from_fn(|number| values[Param::Macro(number).index()]);
        for (targets, value) in routes.macros.iter_mut().zip(applied) {
            targets.iter_mut().for_each(|told| told.value = value);
        }
        let latency = control.latency();
        Self {
            renderer,
            latency,
            applied,
            rtpcs_applied: routes.rtpcs_begin,
            routes,
            dry: Line::new(latency),
        }
    }

    /// Frames from input to output.
    pub(crate) fn latency(&self) -> u32 {
        self.latency
    }

    /// How long it sounds after its input fell silent.
    pub(crate) fn tail(&self) -> Tail {
        self.renderer.tail()
    }

    /// Whether streamed sounds wait for the disk instead of dropping out.
    pub(crate) fn set_offline(&mut self, offline: bool) {
        let wait: fn() = std::thread::yield_now;
        self.renderer.set_wait(offline.then_some(wait));
    }

    /// Does something at the next frame; false when that many things wait already.
    pub(crate) fn schedule(&mut self, plain: Plain) -> bool {
        self.renderer.schedule(self.renderer.now(), plain)
    }

    /// Exchanges the routes: `routes` are the old ones then. What macros move hears of them with the
    /// next [`Deck::set_macro`], as a reload has brought it to the values that it was made for; not so
    /// RTPCs that a macro moved before, which stay where macro or game brought them last. RTPCs of the
    /// host that are new hear of it with the next [`Deck::set_rtpc`]. The latency is the same.
    pub(crate) fn exchange(&mut self, routes: &mut Box<Routes>) {
        std::mem::swap(&mut self.routes, routes);
        let (new, old) = (&mut self.routes, routes);
        for (bus, line) in new.buses.iter().zip(&mut new.aux) {
            let mut known = old.buses.iter().zip(&mut old.aux);
            if let Some((_, before)) = known.find(|(known, _)| *known == bus) {
                std::mem::swap(line, before);
            }
        }
        self.applied.fill(f64::NAN);
        for (new, old) in new.macros.iter_mut().zip(&old.macros) {
            for told in new.iter_mut().filter(|it| it.target.is_rtpc()) {
                let before = old.iter().find(|it| it.target == told.target);
                told.value = before.map_or(f64::NAN, |before| before.value);
            }
        }
        for (number, applied) in self.rtpcs_applied.iter_mut().enumerate() {
            if new.rtpcs.get(number) != old.rtpcs.get(number) {
                *applied = new.rtpcs_begin[number];
            }
        }
    }

    /// Moves what a macro moves, from the next frame on; false as for [`Deck::schedule`].
    pub(crate) fn set_macro(&mut self, number: usize, value: f64) -> bool {
        let Some(applied) = self.applied.get_mut(number) else {
            return true;
        };
        if *applied == value {
            return true;
        }
        *applied = value;
        let Some(targets) = self.routes.macros.get_mut(number) else {
            return true;
        };
        let at = self.renderer.now();
        let mut targets = targets.iter_mut().filter(|told| told.value != value);
        targets.all(|told| {
            let done = self.renderer.schedule(at, told.target.command(value));
            // What found no room is told again.
            told.value = if done { value } else { f64::NAN };
            done
        })
    }

    /// Moves an RTPC that the host automates, from the next frame on; false as for
    /// [`Deck::schedule`]. While the host leaves it where the project begins, the game alone moves it.
    pub(crate) fn set_rtpc(&mut self, number: usize, value: f64) -> bool {
        let target = self.routes.rtpcs.get(number).copied().flatten();
        let (Some(target), Some(applied)) = (target, self.rtpcs_applied.get_mut(number)) else {
            return true;
        };
        if *applied == value {
            return true;
        }
        *applied = value;
        self.schedule(target.command(value))
    }

    /// The macros that a MIDI control moves.
    pub(crate) fn moved_by(&self, source: MidiSource) -> impl Iterator<Item = usize> {
        let rows = self.routes.midi.iter();
        rows.filter(move |row| row.0 == source).map(|row| row.1)
    }

    /// Renders `frames` frames, at most [`CHUNK`], with the main input and the side-chain, if there
    /// are any; of the outputs of single buses those that are `wanted`, by the bit of their place.
    pub(crate) fn render(
        &mut self,
        frames: usize,
        inputs: Option<&[Pair; 2]>,
        wanted: u32,
        block: &mut Block,
    ) {
        let Some([main, sidechain]) = inputs else {
            return self.render_buses(frames, &[], wanted, block);
        };
        let into = self.routes.inputs;
        let master = into[0].or(into[1]);
        let given = [(into[0], main), (into[1], sidechain)];
        let mut count = 0;
        let mut list = [(None, main); 2];
        for input in given.into_iter().filter(|input| input.0.is_some()) {
            list[count] = input;
            count += 1;
        }
        if let Some(any) = master {
            let list = list.map(|(bus, [left, right])| BusInput {
                bus: bus.unwrap_or(any),
                sides: [&left[..frames], &right[..frames]],
            });
            self.render_buses(frames, &list[..count], wanted, block);
        }
        for (to, from) in block.dry.iter_mut().zip(main) {
            to[..frames].copy_from_slice(&from[..frames]);
        }
        self.dry
            .process(self.latency, sides(&mut block.dry, frames));
    }

    fn render_buses(
        &mut self,
        frames: usize,
        inputs: &[BusInput<'_>],
        wanted: u32,
        block: &mut Block,
    ) {
        // The main output has place 0.
        let last = (u32::BITS - (wanted >> 1).leading_zeros()) as usize;
        let Routes { buses, aux, .. } = &mut *self.routes;
        let used = last.min(buses.len());
        let mut number = 0;
        let mut outputs = block.outs.each_mut().map(|pair| {
            let bus = buses.get(usize::wrapping_sub(number, 1)).copied();
            number += 1;
            BusOutput {
                bus,
                sides: sides(pair, frames),
            }
        });
        self.renderer
            .process_buses(frames, inputs, &mut outputs[..=used]);
        for (pair, (line, bus)) in block.outs[1..=used]
            .iter_mut()
            .zip(aux.iter_mut().zip(&*buses))
        {
            line.process(self.renderer.bus_lead(*bus), sides(pair, frames));
        }
        if last > used {
            // Ports without a bus; nobody reads what lies behind the last wanted one.
            for pair in &mut block.outs[used + 1..] {
                pair.iter_mut().for_each(|side| side[..frames].fill(0.0));
            }
        }
    }

    /// Ends everything that sounds, at once.
    pub(crate) fn reset(&mut self) {
        self.renderer.reset();
        self.dry.reset();
        self.routes.aux.iter_mut().for_each(Line::reset);
    }
}

fn sides(pair: &mut Pair, frames: usize) -> [&mut [f32]; 2] {
    pair.each_mut().map(|side| &mut side[..frames])
}

/// The RTPCs that hosts automate, each at the place of its parameter.
fn rtpcs(control: &Control) -> Box<[Option<MacroTarget>]> {
    let params = control.host_params();
    let target = |number: usize| params.iter().find(|it| usize::from(it.0) == number);
    (0..RTPCS)
        .map(|number| target(number).map(|it| it.1))
        .collect()
}
