//! What stands on the time line of a real project.

use super::*;
use crate::model::song::Piece;
use segue_engine::format::project::{Clip, Sound};

#[test]
fn clips_lie_on_the_lanes_of_their_buses() {
    let mut project = project();
    project.sounds = vec![Sound::new("hit", "hit")];
    let mut clip = Clip::new("hit", 4.0);
    clip.length_beats = Some(2.0);
    project.clips = vec![clip, Clip::new("hit", 40.0)];
    let mut picture = LivePicture::new();
    picture.hold(project, None);
    let song = &picture.snapshot().song;
    assert_eq!(song.lanes.len(), 1);
    assert_eq!(song.lanes[0].name, "Master");
    let piece = |from, to| Piece {
        name: "hit".to_owned(),
        from,
        to,
    };
    // Nobody knows yet how long the second one is.
    assert_eq!(song.lanes[0].pieces, [piece(4.0, 6.0), piece(40.0, 40.0)]);
    assert_eq!(song.end, 40.0);
    assert_eq!(
        song.bars,
        (0..10).map(|bar| f64::from(bar * 4)).collect::<Vec<_>>()
    );
}

#[test]
fn the_place_and_the_loop_follow_the_transport() {
    let mut rig = Rig::new();
    rig.act(Action::SeekTo(6.0));
    rig.act(Action::SetLoop(true));
    rig.run(0.1);
    let song = &rig.picture.snapshot().song;
    assert_eq!((song.place, song.range), (6.0, Some([4.0, 12.0])));
    rig.act(Action::Play);
    rig.run(0.5);
    let place = rig.picture.snapshot().song.place;
    assert!((6.9..7.1).contains(&place), "{place}");
}
