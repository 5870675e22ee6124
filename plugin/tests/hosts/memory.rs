//! Counts what is allocated, below the check that a block allocates nothing; and what all
//! instances of a process share.

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use assert_no_alloc::AllocDisabler;

use crate::host::{Event, Host};
use crate::soak::alone;
use segue_plugin::Kind;

static LIVE: AtomicUsize = AtomicUsize::new(0);

/// The allocator of the tests.
pub(crate) struct Counting;

// SAFETY: everything is passed on.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Relaxed);
        // SAFETY: as the caller's.
        unsafe { AllocDisabler.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller's.
        unsafe { AllocDisabler.dealloc(pointer, layout) }
    }
}

/// Bytes that are allocated now.
pub(crate) fn live() -> usize {
    LIVE.load(Relaxed)
}

/// A new instance that plays the factory project.
fn factory_instance() -> Host {
    use clack_extensions::preset_discovery::prelude::{Location, PluginPresetLoad};
    let mut host = Host::new(Kind::Instrument);
    let handle = host.instance.plugin_handle();
    let preset: PluginPresetLoad = handle.get_extension().unwrap();
    let key = Some(c"factory/night-chase");
    preset
        .load_from_location(&handle, Location::Plugin, key)
        .unwrap();
    host.start(48_000.0, 512);
    host
}

#[test]
fn instances_share_the_samples_of_a_project() {
    alone("memory::instances_share_the_samples_of_a_project", || {
        let before = live();
        let start = std::time::Instant::now();
        let mut hosts = vec![factory_instance()];
        let (first, first_time) = (live() - before, start.elapsed());
        let start = std::time::Instant::now();
        hosts.extend((1..32).map(|_| factory_instance()));
        let each = (live() - before - first) / 31;
        eprintln!(
            "the first instance: {:.1} MB in {first_time:?}; each further one: {:.1} MB in {:?}",
            first as f64 / 1e6,
            each as f64 / 1e6,
            start.elapsed() / 31,
        );
        // Of the project's sounds, 12 MB of samples are in memory; a further instance has none.
        assert!(each + 8_000_000 < first, "{first} and then {each}");
        // All of them play them, also when the one that had read them is gone.
        hosts.remove(0);
        let mut first = None;
        for host in &mut hosts {
            let out = host.render(4_096, &[], &[(5, Event::On(60, 1.0))], &[512]);
            assert_eq!(first.get_or_insert_with(|| out.clone()), &out);
        }
        assert!(first.unwrap()[0].iter().any(|x| x.abs() > 0.01));
        hosts.clear();
        let after = live();
        assert!(after < before + 1_000_000, "{before} and then {after}");
    });
}
