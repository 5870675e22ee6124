use std::sync::atomic::AtomicU32;

use super::*;
use crate::atomic::TEMPORARY_PREFIX;
use crate::channels::Layout;
use crate::job::{Exists, LoudnessMode, Normalise, Range, Settings};
use crate::quantize::Dither;
use crate::sink::Encoding;
use crate::testing::{Noise, damaged};
use crate::wav::{WavFormat, WavSpec, WavWriter};

struct Space {
    dir: tempfile::TempDir,
}

impl Space {
    fn new(files: u32) -> Self {
        let space = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir(space.path("out")).unwrap();
        for n in 0..files {
            let mut noise = Noise(u64::from(n) + 1);
            let level = 0.05 + n as f32 * 0.01;
            let x: Vec<f32> = (0..30_000 + 1000 * n)
                .map(|_| noise.sample() * level)
                .collect();
            let spec = WavSpec {
                layout: Layout::usual(1),
                sample_rate: 44_100,
                format: WavFormat::F32,
                dither: Dither::None,
            };
            let mut writer = WavWriter::create(&space.path(&format!("{n}.wav")), spec).unwrap();
            writer.write(&x).unwrap();
            writer.finish().unwrap();
        }
        space
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn items(&self, files: u32) -> Vec<BatchItem> {
        let settings = Settings {
            rate: Some(48_000),
            normalise: Some(Normalise::new(LoudnessMode::Lufs, -23.0)),
            ..Settings::new(Encoding::Wav(WavFormat::I16))
        };
        let item = |n| BatchItem {
            job: Job {
                input: self.path(&format!("{n}.wav")),
                output: self.path(&format!("out/{n}.wav")),
                settings: settings.clone(),
            },
            group: None,
            refused: None,
            same_as: None,
        };
        (0..files).map(item).collect()
    }

    fn options(&self, workers: usize) -> BatchOptions {
        BatchOptions {
            detail: Detail::Full,
            workers,
            shard: Shard::ALL,
            journal: Some(self.path("journal")),
        }
    }

    /// Names and bytes of the results; empties the folder.
    fn take(&self) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(self.path("out"))
            .unwrap()
            .map(|entry| {
                let path = entry.unwrap().path();
                let bytes = std::fs::read(&path).unwrap();
                std::fs::remove_file(&path).unwrap();
                (
                    path.file_name().unwrap().to_string_lossy().into_owned(),
                    bytes,
                )
            })
            .collect();
        files.sort();
        files
    }
}

fn row(number: usize, report: &Report) -> String {
    format!(
        "{number} {} {:?}",
        report.output_hash, report.measured.integrated
    )
}

fn go(items: &[BatchItem], options: &BatchOptions) -> Vec<Option<Outcome>> {
    run_batch(items, options, &row, &|_| ControlFlow::Continue(())).unwrap()
}

#[test]
fn any_number_of_workers_and_shards_gives_the_same_bytes() {
    let space = Space::new(7);
    let items = space.items(7);
    let plain = |workers, shard| BatchOptions {
        detail: Detail::Full,
        workers,
        shard,
        journal: None,
    };
    let one = go(&items, &plain(1, Shard::ALL));
    let files = space.take();
    assert_eq!(files.len(), 7);
    let eight = go(&items, &plain(8, Shard::ALL));
    assert_eq!((&eight, &space.take()), (&one, &files));
    let mut merged = vec![None; 7];
    for index in 1..=3 {
        for (all, part) in merged
            .iter_mut()
            .zip(go(&items, &plain(2, Shard { index, count: 3 })))
        {
            assert!(all.is_none() || part.is_none());
            *all = all.take().or(part);
        }
    }
    assert_eq!((&merged, &space.take()), (&one, &files));
}

#[test]
fn one_failure_stops_no_other() {
    let space = Space::new(4);
    let mut items = space.items(4);
    std::fs::write(space.path("1.wav"), b"not audio").unwrap();
    items[2].job.output = space.path("nowhere/2.wav");
    let outcomes = go(&items, &space.options(2));
    let is_done = |n: usize| matches!(outcomes[n], Some(Outcome::Done(_)));
    assert!(is_done(0) && is_done(3));
    let text = |n: usize| match &outcomes[n] {
        Some(Outcome::Failed(text)) => text.clone(),
        other => panic!("{other:?}"),
    };
    assert!(text(1).contains("not an audio file"), "{}", text(1));
    assert!(text(2).contains("there is no folder"), "{}", text(2));
    let names: Vec<String> = space.take().into_iter().map(|file| file.0).collect();
    assert_eq!(names, ["0.wav", "3.wav"]);
}

#[test]
fn a_second_run_does_only_what_changed() {
    let space = Space::new(4);
    let items = space.items(4);
    let first = go(&items, &space.options(2));
    // Done by a former run, output changed by somebody, input changed, and nothing.
    std::fs::write(space.path("out/1.wav"), b"other").unwrap();
    std::fs::copy(space.path("3.wav"), space.path("2.wav")).unwrap();
    std::fs::remove_file(space.path("out/3.wav")).unwrap();
    let second = go(&items, &space.options(2));
    let same = |n: usize| match (&first[n], &second[n]) {
        (Some(Outcome::Done(a)), Some(Outcome::Skipped(b) | Outcome::Done(b))) => a == b,
        _ => false,
    };
    assert!(matches!(second[0], Some(Outcome::Skipped(_))) && same(0));
    // Somebody else's file is not replaced without being asked.
    assert!(
        matches!(second[1], Some(Outcome::Failed(_))),
        "{:?}",
        second[1]
    );
    assert!(matches!(second[2], Some(Outcome::Done(_))) && !same(2));
    assert!(matches!(second[3], Some(Outcome::Done(_))) && same(3));
    let third = go(&items, &space.options(1));
    assert_eq!(
        third
            .iter()
            .filter(|o| matches!(o, Some(Outcome::Skipped(_))))
            .count(),
        3
    );
}

#[test]
fn going_on_after_a_cancel_equals_an_uninterrupted_run() {
    let space = Space::new(6);
    let items = space.items(6);
    let whole = go(
        &items,
        &BatchOptions {
            journal: None,
            ..space.options(1)
        },
    );
    let files = space.take();
    for stop_at in [1, 40, 120, 300] {
        _ = std::fs::remove_file(space.path("journal"));
        let seen = AtomicU32::new(0);
        let stopped = run_batch(&items, &space.options(2), &row, &|_| match seen
            .fetch_add(1, Ordering::Relaxed)
            + 1
            >= stop_at
        {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })
        .unwrap();
        assert!(stopped.iter().all(Option::is_some), "{stopped:?}");
        let temporaries = std::fs::read_dir(space.path("out"))
            .unwrap()
            .filter(|entry| {
                entry
                    .as_ref()
                    .unwrap()
                    .file_name()
                    .to_string_lossy()
                    .starts_with(".segue")
            });
        assert_eq!(temporaries.count(), 0);
        let rows = |outcomes: &[Option<Outcome>]| -> Vec<String> {
            let row = |outcome: &Option<Outcome>| match outcome {
                Some(Outcome::Done(row) | Outcome::Skipped(row)) => row.clone(),
                other => panic!("{other:?}"),
            };
            outcomes.iter().map(row).collect()
        };
        let after = go(&items, &space.options(2));
        assert_eq!(rows(&after), rows(&whole), "{stop_at}");
        assert_eq!(space.take(), files, "{stop_at}");
    }
}

/// A run that was killed between publishing a file and noting it.
#[test]
fn a_result_that_was_not_noted_is_done_again() {
    let space = Space::new(2);
    let items = space.items(2);
    let first = go(&items, &space.options(1));
    let journal = std::fs::read_to_string(space.path("journal")).unwrap();
    let lines: Vec<&str> = journal.lines().collect();
    assert_eq!(lines.len(), 4);
    std::fs::write(space.path("journal"), lines[..3].join("\n") + "\n").unwrap();
    let second = go(&items, &space.options(1));
    assert!(matches!(second[0], Some(Outcome::Skipped(_))), "{second:?}");
    assert_eq!(second[1], first[1]);
}

#[test]
fn groups_stay_together() {
    let space = Space::new(3);
    let mut items = space.items(3);
    items[0].group = Some("album".into());
    items[2].group = Some("album".into());
    let shard = |index| BatchOptions {
        shard: Shard { index, count: 2 },
        ..space.options(1)
    };
    let first = go(&items, &shard(1));
    assert!(
        first[0].is_some() && first[1].is_none() && first[2].is_some(),
        "{first:?}"
    );
    let again = go(&items, &shard(1));
    assert!(matches!(again[2], Some(Outcome::Skipped(_))), "{again:?}");
    assert!(go(&items, &shard(2))[1].is_some());
}

#[test]
fn what_cannot_be_is_refused_up_front() {
    let space = Space::new(2);
    let mut items = space.items(2);
    items[1].job.output = space.path("out/0.WAV");
    let refuse = |items: &[BatchItem], options: &BatchOptions| {
        run_batch(items, options, &row, &|_| ControlFlow::Continue(()))
            .unwrap_err()
            .to_string()
    };
    assert!(refuse(&items, &space.options(1)).contains("two jobs write this file"));
    items.truncate(1);
    assert!(refuse(&items, &space.options(0)).contains("workers 0 is not in 1..=64"));
    let many = refuse(&space.items(100_001), &space.options(1));
    assert!(
        many.contains("number of files 100001 is not in 0..=100000"),
        "{many}"
    );
    items[0].job.settings.exists = Exists::Overwrite;
    for bad in ["0/2", "3/2", "x", "1/0", "-1/2"] {
        assert!(Shard::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(Shard::parse("2/3").unwrap(), Shard { index: 2, count: 3 });
    assert!(space.take().is_empty());
}

#[test]
fn a_damaged_journal_costs_work_and_nothing_else() {
    let space = Space::new(2);
    let items = space.items(2);
    let options = space.options(1);
    let row = |n: usize, _: &Report| n.to_string();
    let go_on = |_: BatchEvent<'_>| ControlFlow::Continue(());
    run_batch(&items, &options, &row, &go_on).unwrap();
    let whole = std::fs::read(space.path("journal")).unwrap();
    let good = space.take();
    let mut skipped = 0;
    for bytes in damaged(&whole, 60) {
        for (name, bytes) in &good {
            std::fs::write(space.path("out").join(name), bytes).unwrap();
        }
        std::fs::write(space.path("journal"), &bytes).unwrap();
        let outcomes = match run_batch(&items, &options, &row, &go_on) {
            // Of one line, and that damaged at its beginning.
            Err(Error::NotAJournal { .. }) => continue,
            outcomes => outcomes.unwrap(),
        };
        for outcome in outcomes.into_iter().flatten() {
            match outcome {
                Outcome::Skipped(row) => {
                    assert!(["0", "1"].contains(&row.as_str()), "{row}");
                    skipped += 1;
                }
                // What it forgot is in the way, which is told.
                Outcome::Done(_) | Outcome::Failed(_) => {}
                Outcome::Cancelled => panic!("nobody cancelled"),
            }
        }
        assert!(space.take() == good);
    }
    assert!((20..120).contains(&skipped), "{skipped}");
}

/// A job that failed has no right to a file that somebody puts there afterwards.
#[test]
fn a_failed_job_replaces_nothing_later() {
    let space = Space::new(2);
    let items = space.items(2);
    let sound = std::fs::read(space.path("0.wav")).unwrap();
    std::fs::write(space.path("0.wav"), &sound[..sound.len() / 2]).unwrap();
    let cancel = AtomicU32::new(0);
    let monitor = |event: BatchEvent<'_>| match event {
        BatchEvent::Progress(1, _) if cancel.fetch_add(1, Ordering::Relaxed) > 1 => {
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    };
    let first = run_batch(&items, &space.options(1), &row, &monitor).unwrap();
    assert!(matches!(first[0], Some(Outcome::Failed(_))), "{first:?}");
    assert_eq!(first[1], Some(Outcome::Cancelled));
    for name in ["out/0.wav", "out/1.wav"] {
        std::fs::write(space.path(name), b"the user's").unwrap();
    }
    std::fs::write(space.path("0.wav"), &sound).unwrap();
    let second = go(&items, &space.options(1));
    for outcome in second.into_iter().flatten() {
        assert!(
            matches!(&outcome, Outcome::Failed(text) if text.contains("exists already")),
            "{outcome:?}"
        );
    }
    assert!(space.take().iter().all(|file| file.1 == b"the user's"));
}

/// A file that comes while its job is under way.
#[test]
fn what_appears_meanwhile_is_not_replaced() {
    let space = Space::new(1);
    let target = space.path("out/0.wav");
    let monitor = |event: BatchEvent<'_>| {
        if matches!(event, BatchEvent::Progress(..)) {
            std::fs::write(&target, b"the user's").unwrap();
        }
        ControlFlow::Continue(())
    };
    let outcomes = run_batch(&space.items(1), &space.options(1), &row, &monitor).unwrap();
    let outcome = outcomes[0].as_ref().unwrap();
    assert!(
        matches!(outcome, Outcome::Failed(text) if text.contains("exists already")),
        "{outcome:?}"
    );
    assert_eq!(space.take(), [("0.wav".to_owned(), b"the user's".to_vec())]);
}

#[test]
fn suffixed_results_are_found_again() {
    let space = Space::new(1);
    let mut items = space.items(1);
    items[0].job.settings.exists = Exists::Suffix;
    std::fs::write(space.path("out/0.wav"), b"the user's").unwrap();
    let real = |_: usize, report: &Report| report.output.display().to_string();
    let run = |items: &[BatchItem]| {
        let go_on = |_: BatchEvent<'_>| ControlFlow::Continue(());
        let mut outcomes = run_batch(items, &space.options(1), &real, &go_on).unwrap();
        outcomes.remove(0).unwrap()
    };
    let second = space.path("out/0-2.wav");
    let written = second.display().to_string();
    assert_eq!(run(&items), Outcome::Done(written.clone()));
    assert_eq!(run(&items), Outcome::Skipped(written.clone()));
    std::fs::remove_file(&second).unwrap();
    assert_eq!(run(&items), Outcome::Done(written.clone()));
    // Other settings: the result of the former ones is replaced.
    items[0].job.settings.rate = None;
    assert_eq!(run(&items), Outcome::Done(written));
    let names: Vec<String> = space.take().into_iter().map(|file| file.0).collect();
    assert_eq!(names, ["0-2.wav", "0.wav"]);
}

/// Jobs that write what they read, and would take another tenth of a second each time.
fn in_place(space: &Space, files: u32) -> Vec<BatchItem> {
    let mut items = space.items(files);
    for item in &mut items {
        item.job.output = item.job.input.clone();
        item.job.settings = Settings {
            range: Range {
                start: 0.1,
                end: None,
            },
            exists: Exists::Overwrite,
            ..Settings::new(Encoding::Wav(WavFormat::F32))
        };
    }
    items
}

#[test]
fn what_replaces_its_input_is_done_once() {
    let space = Space::new(4);
    let items = in_place(&space, 4);
    let lengths = || -> Vec<u64> {
        let length = |item: &BatchItem| item.job.input.metadata().unwrap().len();
        items.iter().map(length).collect()
    };
    let wanted: Vec<u64> = lengths().iter().map(|bytes| bytes - 4_410 * 4).collect();
    let cancel = |event: BatchEvent<'_>| match event {
        BatchEvent::Ended(1, _) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let first = run_batch(&items, &space.options(1), &row, &cancel).unwrap();
    assert_eq!(first[3], Some(Outcome::Cancelled));
    let second = go(&items, &space.options(1));
    assert_eq!(lengths(), wanted);
    let text = |outcome: &Option<Outcome>| match outcome {
        Some(Outcome::Done(row) | Outcome::Skipped(row)) => row.clone(),
        other => panic!("{other:?}"),
    };
    let rows: Vec<String> = second.iter().map(text).collect();
    let third = go(&items, &space.options(2));
    assert!(
        third
            .iter()
            .all(|it| matches!(it, Some(Outcome::Skipped(_)))),
        "{third:?}"
    );
    assert_eq!(third.iter().map(text).collect::<Vec<_>>(), rows);
    assert_eq!(lengths(), wanted);
    // What somebody puts there is an input again.
    std::fs::copy(space.path("1.wav"), space.path("0.wav")).unwrap();
    assert!(matches!(
        go(&items, &space.options(1))[0],
        Some(Outcome::Done(_))
    ));
    // A run that was killed before it could publish what it had noted.
    let other = Space::new(1);
    let original = std::fs::read(other.path("0.wav")).unwrap();
    let items = in_place(&other, 1);
    go(&items, &other.options(1));
    std::fs::write(other.path("0.wav"), &original).unwrap();
    assert!(matches!(
        go(&items, &other.options(1))[0],
        Some(Outcome::Done(_))
    ));
    assert_ne!(std::fs::read(other.path("0.wav")).unwrap(), original);
}

/// The result is noted before it replaces the input, or not published.
#[test]
fn what_replaces_its_input_is_noted_first() {
    let space = Space::new(1);
    let items = in_place(&space, 1);
    let original = std::fs::read(space.path("0.wav")).unwrap();
    let noted = AtomicU32::new(0);
    let before = |number: usize, report: &Report| {
        if std::fs::read(space.path("0.wav")).unwrap() == original {
            noted.fetch_add(1, Ordering::Relaxed);
        }
        row(number, report)
    };
    run_batch(&items, &space.options(1), &before, &|_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(noted.into_inner(), 1);
}

#[test]
fn half_a_group_that_replaced_its_inputs_is_told() {
    let space = Space::new(3);
    let mut items = in_place(&space, 3);
    for item in &mut items {
        item.group = Some("album".into());
        item.job.settings.normalise = Some(Normalise::new(LoudnessMode::Lufs, -23.0));
    }
    let all = go(&items[..2], &space.options(1));
    assert!(
        all.iter().all(|it| matches!(it, Some(Outcome::Done(_)))),
        "{all:?}"
    );
    let again = go(&items[..2], &space.options(1));
    assert!(
        again
            .iter()
            .all(|it| matches!(it, Some(Outcome::Skipped(_)))),
        "{again:?}"
    );
    let files: Vec<_> = (0..3)
        .map(|n| std::fs::read(space.path(&format!("{n}.wav"))).unwrap())
        .collect();
    for outcome in go(&items, &space.options(1)) {
        assert!(
            matches!(&outcome, Some(Outcome::Failed(text)) if text.contains("put the inputs back")),
            "{outcome:?}"
        );
    }
    for (n, bytes) in files.iter().enumerate() {
        assert!(std::fs::read(space.path(&format!("{n}.wav"))).unwrap() == *bytes);
    }
}

#[cfg(unix)]
#[test]
fn a_link_stays_when_its_file_is_replaced() {
    let space = Space::new(1);
    let link = space.path("out/link.wav");
    std::os::unix::fs::symlink(space.path("0.wav"), &link).unwrap();
    let mut items = in_place(&space, 1);
    (items[0].job.input, items[0].job.output) = (link.clone(), link.clone());
    let bytes = std::fs::read(space.path("0.wav")).unwrap();
    // Of another machine, two days old.
    let left = space.path(&format!("{TEMPORARY_PREFIX}0-8-4194305-0"));
    let days = std::time::Duration::from_secs(2 * 24 * 3600);
    let file = std::fs::File::create(&left).unwrap();
    file.set_modified(std::time::SystemTime::now() - days)
        .unwrap();
    let done = go(&items, &space.options(1));
    assert!(matches!(done[0], Some(Outcome::Done(_))), "{done:?}");
    assert_eq!(left.exists(), !cfg!(target_os = "linux"));
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_ne!(std::fs::read(space.path("0.wav")).unwrap(), bytes);
    assert!(matches!(
        go(&items, &space.options(1))[0],
        Some(Outcome::Skipped(_))
    ));
}

#[test]
fn what_another_job_writes_is_no_input() {
    let space = Space::new(3);
    let mut items = space.items(3);
    items[0].job.input = space.path("out/../out/2.WAV");
    assert_eq!(dependent(&items), Some((0, 2)));
    let error = run_batch(&items, &space.options(1), &row, &|_| {
        ControlFlow::Continue(())
    });
    let text = error.unwrap_err().to_string();
    assert!(
        text.contains("job 1 reads this file, and job 3 writes it"),
        "{text}"
    );
    assert!(space.take().is_empty() && !space.path("journal").exists());
    assert_eq!(dependent(&in_place(&space, 3)), None);
}

#[test]
fn a_job_that_is_the_same_as_another_has_its_result() {
    let space = Space::new(2);
    let mut items = space.items(2);
    std::fs::copy(space.path("0.wav"), space.path("1.wav")).unwrap();
    items[1].job.output = items[0].job.output.clone();
    items[1].same_as = Some(0);
    let outcomes = go(&items, &space.options(2));
    match (&outcomes[0], &outcomes[1]) {
        (Some(Outcome::Done(first)), Some(Outcome::Skipped(second))) => assert_eq!(first, second),
        other => panic!("{other:?}"),
    }
    assert_eq!(space.take().len(), 1);
}
