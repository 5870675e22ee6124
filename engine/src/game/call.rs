//! Calls of a game, as a person writes them.

use segue_middleware::stage::StageEvent;

/// A call. Names are those of the project; an object of `""` is the global one; times are seconds.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// Makes a game object, or moves one that is there: what is `None` stays as it was.
    Register {
        /// Which.
        object: String,
        /// -1 left to 1 right; 0 of a new one.
        pan: Option<f32>,
        /// Stereo width of what it plays, 0..=2; 1, that of a new one, is as it is.
        width: Option<f32>,
        /// What it plays goes on when it is unregistered; not of a new one.
        detach: Option<bool>,
    },
    /// Places one emitter of an object: what is `None` stays as it was.
    Place {
        /// Which object.
        object: String,
        /// 0..8.
        emitter: u8,
        /// -1..=1, added to the object's; 0 at first.
        pan: Option<f32>,
        /// 0..=2, times the object's; 1 at first.
        width: Option<f32>,
    },
    /// Ends a game object.
    Unregister {
        /// Which.
        object: String,
    },
    /// Posts an event.
    Post {
        /// Which.
        event: String,
        /// On which object.
        object: String,
        /// From which of its emitters, 0..8.
        emitter: u8,
        /// Of all that it plays, in decibels, -96..=24; 0 is as it is.
        gain_db: f32,
        /// A name for what it plays, for later calls.
        label: Option<String>,
    },
    /// Fades out what a post plays.
    StopPost {
        /// Its label.
        label: String,
        /// Seconds.
        fade: f64,
    },
    /// Pauses what a post plays, or goes on with it.
    PausePost {
        /// Its label.
        label: String,
        /// True: pause.
        on: bool,
        /// Seconds.
        fade: f64,
    },
    /// Stops everything on an object; on the global one: everything.
    StopAll {
        /// Which object.
        object: String,
        /// Seconds.
        fade: f64,
    },
    /// Sets an RTPC.
    Rtpc {
        /// Which.
        rtpc: String,
        /// In its unit, within its range.
        value: f32,
        /// On which object; `""` for everybody.
        object: String,
        /// Only for what this post plays.
        label: Option<String>,
        /// Seconds until it is reached.
        ramp: f64,
    },
    /// Takes a value of an RTPC back.
    ResetRtpc {
        /// Which.
        rtpc: String,
        /// On which object.
        object: String,
        /// Only for what this post plays.
        label: Option<String>,
    },
    /// Sets a state group.
    State {
        /// Which.
        group: String,
        /// Its value, or `none`.
        value: String,
    },
    /// Sets a switch group.
    Switch {
        /// Which.
        group: String,
        /// Its value.
        value: String,
        /// On which object.
        object: String,
    },
    /// Sets an adaptive signal.
    Signal {
        /// Which.
        signal: String,
        /// Raw value.
        value: f32,
    },
    /// Enters an adaptive context.
    Context {
        /// Which.
        context: String,
        /// 0..=1, for those that begin by strength.
        strength: f32,
    },
    /// Leaves the adaptive context as its exit says.
    Leave {
        /// Which summary stinger plays.
        summary: Summary,
    },
    /// Sets the adaptive level, whatever the rules say.
    Level {
        /// 0..=4.
        level: u8,
    },
    /// A new spin or round begins.
    Spin,
    /// A stage of a slot game.
    Stage {
        /// What happens; its own time does not count.
        event: Box<StageEvent>,
        /// On which object.
        object: String,
        /// Which of several games says it; `""` where there is one.
        game: String,
    },
    /// Posts an event as one of several games: what of it goes on ends with that game.
    PostOf {
        /// Which game; `""` where there is one.
        game: String,
        /// Which event.
        event: String,
        /// On which object.
        object: String,
    },
    /// Everything that stages and posts of games have begun ends: the game is gone.
    EndStages {
        /// Which of several games; `None` for all.
        game: Option<String>,
    },
    /// Everything that stages and posts of one game have begun is paused, or goes on.
    PauseStages {
        /// Which of several games.
        game: String,
        /// True: pause.
        on: bool,
    },
    /// Plays a stinger of the music.
    Stinger {
        /// Which.
        stinger: String,
    },
    /// The next play of a container on an object is that of this number, to hear a choice of a seed
    /// log again.
    PlayCount {
        /// Which container.
        container: String,
        /// Plays before it.
        play_n: u64,
        /// On which object.
        object: String,
    },
    /// A new seed: from here on everything random draws as if the project had begun with it.
    /// Containers keep what they know of what they played.
    Reseed {
        /// Any number.
        seed: u64,
    },
    /// Moves a macro of the project.
    Macro {
        /// Its id.
        id: String,
        /// 0..=1.
        value: f64,
    },
    /// A key goes down (velocity above 0) or is let go.
    Note {
        /// 0..128.
        key: u8,
        /// 0..=1; 0 lets it go.
        velocity: f32,
        /// 0..16.
        channel: u8,
    },
    /// Runs the transport.
    TransportPlay,
    /// Stops the transport.
    TransportStop,
    /// Moves the transport.
    TransportSeek {
        /// Quarter notes from the start.
        beats: f64,
    },
}

/// How a context went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Summary {
    /// Nothing is said about it.
    #[default]
    None,
    /// A small result.
    Small,
    /// A big one.
    Big,
    /// A mega one.
    Mega,
}
