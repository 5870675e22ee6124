//! The one table of size and count limits of the file formats.
//!
//! Every limit is checked before memory is taken for what it limits; exceeding one is
//! [`Error::Limit`](crate::Error::Limit) or a [`Problem`](crate::Problem) that names it.
//! docs/limits.md repeats [`LIMITS`] and is checked against it.

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
    PROJECT_JSON_BYTES, "project_json_bytes", 16 << 20, "Bytes of project.json, and of a slot game, a scenario, a profile or a trace of stages.";
    JSON_DEPTH, "json_depth", 64, "Objects and arrays inside one another in a project, a slot game, a scenario, a profile or a trace of stages.";
    JSON_VALUES, "json_values", 2 << 20, "Values in one JSON document.";
    NAME_BYTES, "name_bytes", 128, "Bytes of an id, a name, an author, a licence or a kind.";
    TEXT_BYTES, "text_bytes", 4096, "Bytes of a description.";
    ASSET_PATH_BYTES, "asset_path_bytes", 512, "Bytes of the path of an asset.";
    ASSETS, "assets", 65_536, "Assets in a project or a container.";
    BUSES, "buses", 256, "Buses in a project, the master bus included.";
    INSERTS_PER_BUS, "inserts_per_bus", 16, "Insert slots of one bus.";
    SENDS_PER_BUS, "sends_per_bus", 16, "Sends of one bus.";
    PARAMS_PER_INSERT, "params_per_insert", 256, "Parameter values of one insert.";
    SOUNDS, "sounds", 65_536, "Sounds in a project.";
    CLIPS, "clips", 65_536, "Clips in a project.";
    NOTES, "notes", 4_096, "Note mappings in a project.";
    MACROS, "macros", 32, "Macros in a project.";
    INTERACTIVE_LIST, "interactive_list", 65_536, "Entries of one list of the interactive part.";
    MACRO_TARGETS, "macro_targets", 64, "Parameters that one macro moves.";
    TEMPO_POINTS, "tempo_points", 4_096, "Tempo changes in a project.";
    TIME_SIGNATURES, "time_signatures", 4_096, "Time signature changes in a project.";
    CONTAINER_BYTES, "container_bytes", 100_000_000, "Bytes of a container (default).";
    CONTAINER_CHUNKS, "container_chunks", 66_560, "Chunks in a container.";
    META_CHUNK_BYTES, "meta_chunk_bytes", 1 << 20, "Bytes of a META chunk.";
    ASSET_CHUNK_BYTES, "asset_chunk_bytes", 100_000_000, "Bytes of an ASST chunk.";
    PLUGIN_CHUNK_BYTES, "plugin_chunk_bytes", 1 << 20, "Bytes of a PLUG chunk.";
    STATES, "states", 1_000, "States of plug-ins in a project.";
    STATE_BYTES, "state_bytes", 16 << 20, "Bytes of a state of a plug-in.";
    STATES_BYTES, "states_bytes", 64 << 20, "Bytes of all states of plug-ins in a project.";
    UNKNOWN_CHUNK_BYTES, "unknown_chunk_bytes", 64 << 20, "Bytes of a chunk with an unknown tag.";
    META_TAGS, "meta_tags", 64, "Tags in the metadata of a container.";
    LOG_HEADER_BYTES, "log_header_bytes", 16 << 20, "Bytes of a session log's JSON header.";
    LOG_ROW_BYTES, "log_row_bytes", 65_536, "Payload bytes of one session log row.";
    LOG_GROUP_BYTES, "log_group_bytes", 1 << 20, "Bytes of the rows under one checksum.";
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

    #[test]
    fn every_asset_and_the_fixed_chunks_fit_a_container() {
        const { assert!(ASSETS + STATES + 2 < CONTAINER_CHUNKS) }
    }
}
