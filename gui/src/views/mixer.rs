//! The mixer: strips side by side, the master apart.

use std::collections::HashMap;

use egui::{Align2, Id, Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};

use super::layout::{MARGIN, SCROLL_ROOM, TITLE};
use super::{Caption, strip};
use crate::gesture::Requests;
use crate::model::snapshot::{Bus, BusId, Snapshot};
use crate::theme;
use crate::widgets::StripMeter;

/// What the mixer remembers between frames: the meters.
#[derive(Debug, Default)]
pub(crate) struct MixerView {
    meters: HashMap<BusId, StripMeter>,
}

impl MixerView {
    /// Lets time pass for all meters. True while one of them moves.
    pub(crate) fn update(&mut self, snapshot: &Snapshot, seconds: f32) -> bool {
        let buses = || snapshot.buses.iter().chain(&snapshot.master);
        let mut moves = false;
        for bus in buses() {
            let meter = self.meters.entry(bus.id).or_insert_with(StripMeter::new);
            moves |= meter.update(&bus.levels, seconds);
        }
        if self.meters.len() > buses().count() {
            self.meters.retain(|id, _| buses().any(|bus| bus.id == *id));
        }
        moves
    }

    pub(crate) fn show(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        snapshot: &Snapshot,
        requests: &mut Requests,
    ) {
        let (title, rest) = rect.split_top_bottom_at_y(rect.top() + TITLE);
        super::title(ui, title, "Mixer");
        let strips = rest.with_max_y(rest.bottom() - SCROLL_ROOM);
        let master_width = if snapshot.master.is_some() {
            strip::MASTER_WIDTH
        } else {
            0.0
        };
        let master = strips.with_min_x(strips.right() - master_width);
        let others = rest.with_max_x(master.left() - MARGIN);
        self.strips(ui, others, strips.height(), &snapshot.buses, requests);
        if let Some(bus) = &snapshot.master {
            self.strip(ui, master, bus, true, requests);
        }
    }

    fn strips(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        height: f32,
        buses: &[Bus],
        requests: &mut Requests,
    ) {
        if buses.is_empty() {
            let text = "This project has no buses besides the master.";
            let (font, color, align) = (theme::BODY, theme::TEXT_FAINT, Align2::CENTER_CENTER);
            Caption {
                text,
                font,
                color,
                align,
            }
            .show(ui, rect, Id::unique("no buses"));
            return;
        }
        let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id_salt("strips"));
        child.set_clip_rect(rect.intersect(ui.clip_rect()));
        ScrollArea::horizontal()
            .auto_shrink(false)
            .show(&mut child, |ui| {
                let step = strip::WIDTH + strip::GAP;
                let size = vec2(buses.len() as f32 * step - strip::GAP, height);
                let (field, _) = ui.allocate_exact_size(size, egui::Sense::hover());
                for (at, bus) in buses.iter().enumerate() {
                    let place = pos2(field.left() + at as f32 * step, field.top());
                    let rect = Rect::from_min_size(place, vec2(strip::WIDTH, height));
                    self.strip(ui, rect, bus, false, requests);
                }
            });
    }

    fn strip(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        bus: &Bus,
        is_master: bool,
        requests: &mut Requests,
    ) {
        let meter = self.meters.entry(bus.id).or_insert_with(StripMeter::new);
        strip::show(ui, rect, bus, is_master, meter, requests);
    }
}
