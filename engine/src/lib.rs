//! Segue: a real-time interactive-audio engine.
