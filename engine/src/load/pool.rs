//! The samples of all engines of this process: decoded once, in memory once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use segue_rt::sound::{Sound, SoundSettings, WeakSound};

/// What samples are: their file in the cache, which is named by the hash of its source and the rate,
/// and how many frames of it are in memory.
type Key = (PathBuf, u64);

/// The sound of a cache file with its first `resident` frames in memory: shared with whoever has it,
/// else made. `[thread-safe]`, blocks while it makes.
pub(super) fn sound<E>(
    path: &Path,
    resident: u64,
    settings: SoundSettings,
    make: impl FnOnce() -> Result<Sound, E>,
) -> Result<Sound, E> {
    let key = (path.to_owned(), resident);
    let shared = lock().get(&key).and_then(|weak| weak.upgrade(settings));
    if let Some(sound) = shared {
        return Ok(sound);
    }
    let made = make()?;
    let mut pool = lock();
    pool.retain(|_, weak| !weak.is_gone());
    // Whoever was faster shares; what was made here is dropped.
    if let Some(sound) = pool.get(&key).and_then(|weak| weak.upgrade(settings)) {
        return Ok(sound);
    }
    pool.insert(key, made.downgrade());
    Ok(made)
}

/// Never from the audio thread. A panic elsewhere leaves nothing half done in it.
fn lock() -> MutexGuard<'static, HashMap<Key, WeakSound>> {
    static POOL: OnceLock<Mutex<HashMap<Key, WeakSound>>> = OnceLock::new();
    let pool = POOL.get_or_init(Mutex::default);
    pool.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_rt::limits::LimitError;
    use segue_rt::sound::Planes;

    #[test]
    fn samples_are_made_once_while_somebody_has_them() {
        let made = std::cell::Cell::new(0);
        let settings = |max_instances| SoundSettings {
            max_instances,
            ..SoundSettings::default()
        };
        let get = |path: &str, max| {
            sound::<LimitError>(Path::new(path), 2, settings(max), || {
                made.set(made.get() + 1);
                Sound::resident(&Planes::F32(&[&[0.5, 0.25]]), settings(max))
            })
            .unwrap()
        };
        let (a, b) = (get("pool-test-a", 1), get("pool-test-a", 2));
        assert_eq!((made.get(), b.settings().max_instances), (1, 2));
        assert_eq!((b.frames(), b.channels()), (a.frames(), a.channels()));
        get("pool-test-b", 1);
        assert_eq!(made.get(), 2, "another file");
        drop((a, b));
        get("pool-test-a", 1);
        assert_eq!(made.get(), 3, "nobody had it any more");
    }
}
