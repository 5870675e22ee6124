//! From the author's music to its compiled form.

use segue_rt::game::NameId;

use super::{FadeForm, Goal, MarkerForm, MusicForm, PlaylistForm, RuleForm, SegmentForm};
use super::{Side, StingerForm};
use crate::adaptive::lookup::{Checks, Found, Hashed, Lookup, frames};
use crate::ids::{MusicIx, SegmentIx};
use crate::limits;
use crate::source::{self, Destination, FadeLength, MusicFade, Sync};

/// Longest wait, fade and place within a stinger, ms.
pub(crate) const LONGEST_MS: f32 = 600_000.0;
/// Most beats of a fade or a grid.
const MOST_BEATS: f32 = 1024.0;

/// What is needed everywhere.
struct Builder<'a> {
    checks: Checks,
    lookup: &'a Lookup<'a>,
    sample_rate: f64,
    segments: Vec<&'a str>,
    playlists: Vec<&'a str>,
}

pub(super) fn form(
    source: &source::Music,
    lookup: &Lookup<'_>,
    sample_rate: f64,
) -> Result<MusicForm, Vec<Found>> {
    let segments: Vec<&str> = source.segments.iter().map(|it| &*it.name).collect();
    let playlists: Vec<&str> = source.playlists.iter().map(|it| &*it.name).collect();
    let stinger_names: Vec<&str> = source.stingers.iter().map(|it| &*it.name).collect();
    let music: Vec<&str> = segments.iter().chain(&playlists).copied().collect();
    let mut build = Builder {
        checks: Checks::default(),
        lookup,
        sample_rate,
        segments,
        playlists,
    };
    let segments = build.each(&source.segments, "segments", Builder::segment);
    let playlists = build.each(&source.playlists, "playlists", Builder::playlist);
    let rules = build.each(&source.transitions, "transitions", |build, path, it| {
        build.rule(path, it, &source.segments)
    });
    let stingers = build.each(&source.stingers, "stingers", Builder::stinger);
    build.twice(&source.transitions);
    let own = source.segments.len();
    let at = |n: usize| match n.checked_sub(own) {
        None => format!("segments[{n}]"),
        Some(n) => format!("playlists[{n}]"),
    };
    build.checks.names_at(&at, &music);
    build.checks.names("stingers", &stinger_names);
    let form = MusicForm {
        segments,
        playlists,
        rules,
        stingers,
        sample_rate,
        music: Hashed::new(music.iter().copied()),
        stinger_names: Hashed::new(stinger_names.iter().copied()),
        ids: music.iter().map(|name| NameId::of(name)).collect(),
        stinger_ids: stinger_names.iter().map(|name| NameId::of(name)).collect(),
    };
    build.checks.done(form)
}

impl Builder<'_> {
    fn each<T, F>(
        &mut self,
        list: &[T],
        key: &str,
        make: impl Fn(&mut Self, &str, &T) -> F,
    ) -> Box<[F]> {
        let one = |(n, it)| make(self, &format!("{key}[{n}]"), it);
        list.iter().enumerate().map(one).collect()
    }

    fn segment(&mut self, path: &str, it: &source::Segment) -> SegmentForm {
        let node = self
            .lookup
            .node(&mut self.checks, &sub(path, "source"), &it.source);
        let tempo = sub(path, "tempo_bpm");
        let bpm = self.checks.range64(&tempo, it.tempo_bpm, 20.0, 400.0);
        let per_bar = u64::from(it.beats_per_bar);
        self.checks
            .whole(&sub(path, "beats_per_bar"), per_bar, 1, 64);
        if !it.beat_unit.is_power_of_two() || it.beat_unit > 64 {
            let message = format!("{} is not 1, 2, 4, 8, 16, 32 or 64", it.beat_unit);
            self.checks.add(&sub(path, "beat_unit"), message);
        }
        self.checks
            .whole(&sub(path, "bars"), u64::from(it.bars), 1, 100_000);
        let beat = 60.0 * self.sample_rate / bpm;
        let per_bar = it.beats_per_bar.max(1);
        let bar = beat * f64::from(per_bar);
        let (entry, exit) = self.cues(path, it, bar);
        SegmentForm {
            node,
            beat,
            per_bar,
            beats: f64::from(it.bars) * f64::from(per_bar),
            entry,
            exit,
            looping: self.segment_loop(path, it, node),
            markers: self.markers(path, it, node),
        }
    }

    /// Frames of the entry and the exit cue.
    fn cues(&mut self, path: &str, it: &source::Segment, bar: f64) -> (u64, u64) {
        let place = sub(path, "entry_cue_bars");
        let entry = self
            .checks
            .range64(&place, it.entry_cue_bars, 0.0, 100_000.0);
        let place = sub(path, "exit_cue_bars");
        let exit = self
            .checks
            .range64(&place, it.exit_cue_bars, 0.0, 200_000.0);
        if exit > 0.0 && exit <= entry {
            let message = format!("{exit} is not behind entry_cue_bars {entry}; 0 is after `bars`");
            self.checks.add(&place, message);
        }
        let exit = if exit > 0.0 {
            exit
        } else {
            entry + f64::from(it.bars)
        };
        (whole(entry * bar), whole(exit * bar))
    }

    fn segment_loop(
        &mut self,
        path: &str,
        it: &source::Segment,
        node: crate::ids::NodeIx,
    ) -> Option<[u64; 2]> {
        if it.loop_end_smp == 0 {
            if it.loop_start_smp > 0 {
                let message = "a loop needs a loop_end_smp above it; 0 and 0 is no loop";
                self.checks.add(&sub(path, "loop_start_smp"), message);
            }
            return None;
        }
        let ends = [it.loop_start_smp, it.loop_end_smp];
        self.lookup.looping(&mut self.checks, path, node, ends)
    }

    fn markers(
        &mut self,
        path: &str,
        it: &source::Segment,
        node: crate::ids::NodeIx,
    ) -> Box<[MarkerForm]> {
        let path = sub(path, "markers");
        self.checks
            .count(&path, "markers", it.markers.len(), limits::MARKERS);
        let names: Vec<&str> = it.markers.iter().map(|marker| &*marker.name).collect();
        self.checks.names(&path, &names);
        for (n, pair) in it.markers.windows(2).enumerate() {
            if pair[1].pos_smp < pair[0].pos_smp {
                let place = format!("{path}[{}].pos_smp", n + 1);
                let message = format!("{} is before the one above it; sort them", pair[1].pos_smp);
                self.checks.add(&place, message);
            }
        }
        let one = |marker: &source::Marker| MarkerForm {
            pos: (self.lookup.frame)(node, marker.pos_smp),
            kind: marker.kind,
            name: NameId::of(&marker.name),
        };
        it.markers.iter().map(one).collect()
    }

    fn playlist(&mut self, path: &str, it: &source::Playlist) -> PlaylistForm {
        let entries = sub(path, "entries");
        self.checks.count(
            &entries,
            "entries",
            it.entries.len(),
            limits::PLAYLIST_ENTRIES,
        );
        if it.entries.is_empty() {
            self.checks
                .add(&entries, "a playlist needs at least one segment");
        }
        let mut list = Vec::with_capacity(it.entries.len());
        for (n, (name, times)) in it.entries.iter().enumerate() {
            let place = format!("{entries}[{n}]");
            let segment = self.named_segment(&place, name);
            self.checks.whole(&place, u64::from(*times), 1, 1_000_000);
            list.push((segment.unwrap_or_default(), (*times).max(1)));
        }
        PlaylistForm {
            entries: list.into_boxed_slice(),
            shuffle: it.shuffle,
            looped: it.looped,
            name: it.name.as_bytes().into(),
        }
    }

    fn named_segment(&mut self, path: &str, name: &str) -> Option<SegmentIx> {
        let known = &self.segments;
        let found = self
            .lookup
            .place(&mut self.checks, path, "segment", name, known);
        found.map(|at| SegmentIx(index(at)))
    }

    fn rule(
        &mut self,
        path: &str,
        it: &source::Transition,
        segments: &[source::Segment],
    ) -> RuleForm {
        let to = self.side(&sub(path, "to"), &it.to);
        if it.overlap_ms != 0.0 {
            let message = "a segment comes in where the other one goes out, so this does nothing; \
                leave it out, and set fade_in and fade_out";
            self.checks.add(&sub(path, "overlap_ms"), message);
        }
        RuleForm {
            from: self.side(&sub(path, "from"), &it.from),
            to,
            sync: self.sync(&sub(path, "sync"), it.sync),
            max_wait: self.max_wait(&sub(path, "max_wait_ms"), it.max_wait_ms),
            fade_out: self.fade(&sub(path, "fade_out"), &it.fade_out),
            fade_in: self.fade(&sub(path, "fade_in"), &it.fade_in),
            destination: self.goal(path, &it.destination, to, segments),
            filler: it.filler.as_ref().and_then(|name| {
                let place = sub(path, "filler");
                self.named_segment(&place, name)
            }),
            filler_mode: it.filler_mode,
        }
    }

    /// Two rules for the same way: the second one would never be taken.
    fn twice(&mut self, list: &[source::Transition]) {
        for (n, it) in list.iter().enumerate() {
            let same = |other: &&source::Transition| other.from == it.from && other.to == it.to;
            if let Some(first) = list[..n].iter().position(|other| same(&other)) {
                let message = format!(
                    "it contradicts transitions[{first}]: both lead from {:?} to {:?}; leave one out",
                    it.from, it.to
                );
                self.checks.add(&format!("transitions[{n}]"), message);
            }
        }
    }

    fn side(&mut self, path: &str, name: &str) -> Side {
        if name == "*" {
            return Side::Any;
        }
        if let Some(at) = self.playlists.iter().position(|other| *other == name) {
            return Side::Playlist(MusicIx(index(self.segments.len() + at)));
        }
        let mut known = self.segments.clone();
        known.extend(&self.playlists);
        let what = "segment or playlist";
        let found = self
            .lookup
            .place(&mut self.checks, path, what, name, &known);
        Side::Segment(SegmentIx(index(found.unwrap_or_default())))
    }

    fn goal(
        &mut self,
        path: &str,
        it: &Destination,
        to: Side,
        segments: &[source::Segment],
    ) -> Goal {
        let name = match it {
            Destination::Entry => return Goal::Entry,
            Destination::SameTime => return Goal::SameTime,
            Destination::SameBeat => return Goal::SameBeat,
            Destination::SameRatio => return Goal::SameRatio,
            Destination::Marker(name) => name,
        };
        let meant = segments.iter().enumerate().filter(|(n, _)| match to {
            Side::Segment(one) => one.at() == *n,
            Side::Any | Side::Playlist(_) => true,
        });
        let markers = meant.flat_map(|(_, segment)| &segment.markers);
        let known: Vec<&str> = markers.map(|marker| &*marker.name).collect();
        if !known.contains(&name.as_str()) {
            let mut message = (self.lookup.unknown)("marker", name, &known);
            let list = known.iter().take(MARKERS_SHOWN).map(|it| format!("{it:?}"));
            message.push_str(&match known.len() {
                0 => "; where it leads there are no markers".to_owned(),
                _ => format!("; there are {}", list.collect::<Vec<_>>().join(", ")),
            });
            match known.len().saturating_sub(MARKERS_SHOWN) {
                0 => {}
                more => message.push_str(&format!(" and {more} more")),
            }
            self.checks.add(&sub(path, "marker"), message);
        }
        Goal::Marker(NameId::of(name))
    }

    fn stinger(&mut self, path: &str, it: &source::Stinger) -> StingerForm {
        let rate = self.sample_rate;
        let node = self
            .lookup
            .node(&mut self.checks, &sub(path, "source"), &it.source);
        let mut ms = |key: &str, value: f32, most: f32| {
            self.checks.frames(&sub(path, key), value, most, rate)
        };
        let anchor = u64::from(ms("anchor_ms", it.anchor_ms, LONGEST_MS));
        let attack = ms("attack_ms", it.attack_ms, 5000.0);
        let release = ms("release_ms", it.release_ms, 10_000.0);
        let look_ahead = u64::from(ms("look_ahead_ms", it.look_ahead_ms, 10_000.0));
        let priority = u64::from(it.priority);
        self.checks.whole(&sub(path, "priority"), priority, 0, 100);
        StingerForm {
            node,
            length: (self.lookup.length)(node),
            sync: self.sync(&sub(path, "sync"), it.sync),
            anchor,
            look_ahead,
            duck_db: self
                .checks
                .range(&sub(path, "duck_db"), it.duck_db, -96.0, 0.0),
            attack,
            release,
            priority: it.priority,
            can_interrupt: it.can_interrupt,
        }
    }

    fn sync(&mut self, path: &str, sync: Sync) -> Sync {
        check_sync(&mut self.checks, path, sync)
    }

    fn max_wait(&mut self, path: &str, ms: f32) -> u64 {
        max_wait(&mut self.checks, path, ms, self.sample_rate)
    }

    fn fade(&mut self, path: &str, fade: &MusicFade) -> FadeForm {
        check_fade(&mut self.checks, path, fade, self.sample_rate)
    }
}

/// Markers that an error tells before the rest is only counted.
const MARKERS_SHOWN: usize = 20;

pub(crate) fn check_sync(checks: &mut Checks, path: &str, sync: Sync) -> Sync {
    if let Sync::Grid(beats) = sync {
        checks.range64(path, beats, 1.0 / 64.0, f64::from(MOST_BEATS));
    }
    sync
}

/// Frames; with 0 only a point of the grid at the very frame of the request fits.
pub(crate) fn max_wait(checks: &mut Checks, path: &str, ms: f32, sample_rate: f64) -> u64 {
    u64::from(frames(checks.range(path, ms, 0.0, LONGEST_MS), sample_rate))
}

pub(crate) fn check_fade(
    checks: &mut Checks,
    path: &str,
    fade: &MusicFade,
    sample_rate: f64,
) -> FadeForm {
    let mut form = FadeForm {
        shape: fade.shape,
        ..FadeForm::frames(0)
    };
    match fade.length {
        FadeLength::Ms(ms) => form.frames = checks.frames(path, ms, LONGEST_MS, sample_rate),
        FadeLength::Beats(beats) => form.beats = checks.range(path, beats, 0.0, MOST_BEATS),
    }
    form
}

fn sub(path: &str, key: &str) -> String {
    format!("{path}.{key}")
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be in range and not negative"
)]
fn whole(frames: f64) -> u64 {
    (frames + 0.5).floor() as u64
}

/// A place as it is stored; there are never 2^32 of them.
#[expect(clippy::cast_possible_truncation, reason = "far fewer than 2^32")]
fn index(at: usize) -> u32 {
    at as u32
}
