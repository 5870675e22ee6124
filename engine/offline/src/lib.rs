//! Offline audio files: decode, resample, encode.
