//! What goes wrong in a plug-in.

/// What this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a plug-in could not do what it was asked to. What it played goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The engine cannot load or play it.
    #[error(transparent)]
    Engine(#[from] segue_engine::Error),
    /// A state chunk or preset cannot be read or written.
    #[error("the state: {0}")]
    State(Box<segue_engine::format::Error>),
    /// The host's stream broke, a file cannot be read, or the system has no thread left.
    #[error("the system refused: {0}")]
    Io(#[from] std::io::Error),
    /// A state chunk is larger than any project may be.
    #[error("the state is larger than the limit of {max} bytes (container_bytes)")]
    TooLarge {
        /// The limit.
        max: usize,
    },
    /// There is no preset of this name.
    #[error("there is no preset {0:?}")]
    UnknownPreset(String),
    /// A path is not text.
    #[error("the path is not UTF-8")]
    BadPath,
    /// The worker has ended.
    #[error("the plug-in's worker has ended; open the plug-in again")]
    NoWorker,
    /// The editor's window cannot be opened or drawn.
    #[error("the editor's window: {0}")]
    Window(String),
}

impl From<baseview::Error> for Error {
    fn from(error: baseview::Error) -> Error {
        Error::Window(error.to_string())
    }
}

impl From<segue_engine::format::Error> for Error {
    fn from(error: segue_engine::format::Error) -> Error {
        Error::State(Box::new(error))
    }
}
