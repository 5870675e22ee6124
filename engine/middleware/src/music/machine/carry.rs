//! Another bank while music plays.

use super::{Line, Music, fade_out, plain};
use crate::ids::{MusicIx, SegmentIx};
use crate::music::command::Commands;
use crate::music::form::MusicForm;
use crate::music::grid::Outer;
use crate::source::Shape;

impl Music {
    /// Takes over what plays by the names of things: what the new bank has goes on, what it does
    /// not have fades out, and what was asked for is asked for again. `self` is new. `[audio-thread]`
    pub fn carry_over(
        &mut self,
        form: &MusicForm,
        at: u64,
        (old, old_form): (&Self, &MusicForm),
        transport: Option<&Outer<'_>>,
        out: &mut Commands,
    ) {
        let names = Names { old_form, form };
        (self.paused, self.pauses_at) = (old.paused, old.pauses_at);
        let at = self.time(at);
        self.plays = old.plays;
        self.filler = old.filler;
        self.carry_decks(old, &names);
        self.run.carry_over(form, &old.run, old_form);
        self.line = old.line.and_then(|line| names.line(&line));
        if let Some(line) = old.line.filter(|_| self.line.is_none()) {
            out.push(fade_out(
                line.play,
                &line.course,
                at,
                (plain(form), Shape::Linear),
            ));
        }
        (self.asked, self.follow) = (old.asked, old.follow);
        self.withdraw(form, at, out);
        self.stings = old.stings.carried(old_form, form);
        if old.stings.sounds.is_some() && self.stings.sounds.is_none() {
            self.stings.release(at, out);
        }
        match old.asked.and_then(|plan| names.music(plan.music)) {
            Some(music) => _ = self.play(form, at, music, transport, out),
            None => {
                self.plan_follow(form, at);
                self.move_sting(form, at, transport, out);
            }
        }
    }

    fn carry_decks(&mut self, old: &Self, names: &Names<'_>) {
        let first = names.old_form.segments.len();
        for (n, count) in old.decks.dealt.iter().enumerate() {
            let playlist = u32::try_from(first + n).map(MusicIx).ok();
            let known = playlist.and_then(|music| names.music(music));
            let place = known.and_then(|it| it.at().checked_sub(names.form.segments.len()));
            if let Some(deck) = place.and_then(|place| self.decks.dealt.get_mut(place)) {
                *deck = *count;
            }
        }
    }
}

/// From the places of one bank to those of another.
struct Names<'a> {
    old_form: &'a MusicForm,
    form: &'a MusicForm,
}

impl Names<'_> {
    fn music(&self, music: MusicIx) -> Option<MusicIx> {
        self.form.music(self.old_form.music_id(music))
    }

    fn segment(&self, segment: SegmentIx) -> Option<SegmentIx> {
        let music = self.music(MusicIx(segment.0))?;
        let segment = SegmentIx(music.0);
        (segment.at() < self.form.segments.len()).then_some(segment)
    }

    fn line(&self, line: &Line) -> Option<Line> {
        let segment = self.segment(line.segment)?;
        let mut place = line.place;
        let loops = |form: &MusicForm, segment| form.segment(segment).looping.is_some();
        if !loops(self.form, segment) || !loops(self.old_form, line.segment) {
            place.jumps = 0;
        }
        Some(Line {
            segment,
            music: self.music(line.music).unwrap_or(MusicIx(segment.0)),
            next: line.next.and_then(|next| self.segment(next)),
            place,
            ..*line
        })
    }
}
