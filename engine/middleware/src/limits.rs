//! The one table of sizes of the interactive engine. docs/limits.md repeats [`LIMITS`], and
//! `cargo xtask tidy` compares the two.

macro_rules! limits {
    ($($name:ident, $key:literal, $value:expr, $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub const $name: usize = $value;
        )*

        /// All limits as (name, value, meaning), in the order of this file.
        pub const LIMITS: &[(&str, u64, &str)] = &[$(($key, $name as u64, $meaning)),*];
    };
}

limits! {
    NAME_BYTES, "interactive_name_bytes", 128, "Bytes of a name in the interactive part.";
    EVENTS, "events", 16_384, "Events in a project.";
    ACTIONS, "actions_per_event", 64, "Actions of one event.";
    TAGS, "tags_per_event", 16, "Tags of one event.";
    CONDITIONS, "conditions", 8, "Conditions of one action or one child of a group.";
    POST_DEPTH, "post_depth", 8, "Events that post events, inside one another.";
    CONTAINERS, "containers", 16_384, "Containers in a project.";
    CONTAINER_DEPTH, "container_depth", 8, "Containers inside one another.";
    BLEND_CHILDREN, "blend_children", 8, "Children of a blend container.";
    RANDOM_CHILDREN, "random_children", 16, "Children of a random container.";
    GROUP_CHILDREN, "group_children", 64, "Children of a group or of a value of a switch container.";
    STEPS, "sequence_steps", 32, "Steps of a sequence.";
    RTPCS, "rtpcs", 1_024, "RTPCs in a project.";
    HOST_PARAMS, "host_params", 64, "RTPCs that a host can automate.";
    STATE_GROUPS, "state_groups", 256, "State groups in a project.";
    SWITCH_GROUPS, "switch_groups", 256, "Switch groups in a project.";
    VALUES, "group_values", 64, "Values of a state or switch group, besides none.";
    CURVE_POINTS, "curve_points", 64, "Points of a curve.";
    BINDINGS, "bindings", 16, "RTPCs that move one container.";
    RTPC_TARGETS, "rtpc_targets", 64, "What one RTPC moves besides containers.";
    DUCKS, "ducks", 256, "Rules of ducking in a project.";
    SEGMENTS, "segments", 1_024, "Music segments in a project.";
    MARKERS, "markers", 256, "Markers of one music segment.";
    PLAYLISTS, "playlists", 1_024, "Playlists in a project.";
    PLAYLIST_ENTRIES, "playlist_entries", 256, "Entries of one playlist.";
    TRANSITIONS, "transitions", 1_024, "Music transitions in a project.";
    STINGERS, "stingers", 256, "Stingers in a project.";
    STAGE_BINDINGS, "stage_bindings", 4_096, "Stages that post events.";
    NOTE_EVENTS, "note_events", 1_024, "Notes that post events.";
    SIGNALS, "signals", 256, "Signals of the adaptive layers, those that are always there included.";
    RULES, "rules", 1_024, "Rules of the adaptive layers.";
    RULE_DEPTH, "rule_depth", 16, "Conditions of a rule inside one another.";
    RULE_LIST, "rule_list", 16, "Conditions in one list of a rule.";
    RULE_STEPS, "rule_steps", 65_536, "Steps of the conditions of all rules, compiled.";
    ADAPTIVE_TRANSITIONS, "adaptive_transitions", 256, "Transitions of the adaptive layers, besides those that are always there.";
    CONTEXTS, "contexts", 32, "Contexts of the adaptive layers.";
    LEVELS, "levels", 5, "Levels of a context.";
    LAYERS, "layers", 8, "Layers of one level of a context.";
    HELD_NOTES, "held_notes", 512, "Notes that are held and post when they end; the ends of more are not heard.";
    OBJECTS, "game_objects", 4_096, "Game objects, the global one not counted.";
    EMITTERS, "emitters", 8, "Emitters of one game object.";
    PLAYING, "playing", 4_096, "Posts that play at a time.";
    INSTANCES, "instances", 16_384, "Playing containers and sounds of all posts.";
    SET_TARGETS, "set_targets", 1_024, "Targets on game objects for which set and mute actions hold.";
    SCHEDULED, "scheduled", 16_384, "Actions and changes that wait for their frame.";
    TICK_ACTIONS, "tick_actions", 1_024, "Actions within 10 ms; further ones wait for the next.";
    TELEMETRY, "telemetry_rows", 16_384, "Rows of telemetry that wait for the reader.";
    BANK_BYTES, "bank_bytes", 100_000_000, "Bytes of a binary bank.";
    BANK_CHUNKS, "bank_chunks", 1_024, "Chunks of a binary bank.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_meanings_are_sentences() {
        let names: BTreeSet<_> = LIMITS.iter().map(|(name, ..)| name).collect();
        assert_eq!(names.len(), LIMITS.len());
        for (name, value, meaning) in LIMITS {
            assert!(*value > 0 && meaning.ends_with('.'), "{name}");
        }
    }
}
