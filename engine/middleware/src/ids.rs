//! Places in the flat arrays of a [`Bank`](crate::Bank).

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The place as a `usize`.
            pub const fn at(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

index! {
    /// An RTPC.
    RtpcIx;
    /// A state group.
    StateIx;
    /// A switch group.
    SwitchIx;
    /// A node: a sound or a container.
    NodeIx;
    /// An event.
    EventIx;
    /// A tag of events.
    TagIx;
    /// A curve.
    CurveIx;
    /// A list of conditions.
    ConditionIx;
    /// A music segment.
    SegmentIx;
    /// A segment or playlist that can be played.
    MusicIx;
    /// A stinger of the music.
    StingerIx;
    /// An adaptive signal.
    SignalIx;
    /// An adaptive context.
    ContextIx;
}
