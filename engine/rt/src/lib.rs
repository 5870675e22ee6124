//! What runs on the audio thread.
