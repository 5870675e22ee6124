use super::super::{Desk, Engine, Source};
use super::*;
use segue_engine::{EngineConfig, Renderer, create};
use segue_gui::{Action, Control, LiveEngine, LivePicture};
use std::fs;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Longer than anything takes on a busy machine.
const LONG: Duration = Duration::from_secs(60);

/// A desk without an output, and the window's side of it.
struct Rig {
    desk: Desk,
    woken: Receiver<()>,
    picture: LivePicture,
    held: Option<Arc<OpenProject>>,
    folder: tempfile::TempDir,
}

/// What the window was told in the end.
enum Told {
    Opened,
    Taken(Vec<String>),
    Refused(String),
    Saved,
    Failed(String),
}

impl Rig {
    fn new() -> Rig {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "P", "");
        let (sender, woken) = channel();
        let desk = Desk::start(move || _ = sender.send(())).unwrap();
        desk.ask(Order::Open(Source::Path(folder.path().to_owned())));
        let mut rig = Rig {
            desk,
            woken,
            picture: LivePicture::new(),
            held: None,
            folder,
        };
        assert!(matches!(rig.told(), Told::Opened));
        rig
    }

    /// Does what the window does until there is something to tell.
    fn told(&mut self) -> Told {
        loop {
            while let Some(news) = self.desk.news() {
                match news {
                    News::Opened { open, path, .. } => {
                        self.picture.hold(open.project.clone(), path);
                        self.held = Some(open);
                        return Told::Opened;
                    }
                    News::Changed(open) => {
                        let project = self.picture.renewed(&open.project);
                        self.desk.ask(Order::TakeOver(open, project));
                    }
                    News::Taken(taken) => {
                        drop(self.picture.renew(taken.open.project.clone()));
                        self.held = Some(taken.open);
                        let missing = taken.unplayable.into_iter();
                        return Told::Taken(missing.map(|it| it.file).collect());
                    }
                    News::NotTaken(failure) => return Told::Refused(failure.message),
                    News::Saved { .. } => return Told::Saved,
                    News::Failed(_, failure) => return Told::Failed(failure.message),
                    News::Reloaded(_) | News::Stayed { .. } => {}
                }
            }
            self.woken.recv().unwrap();
        }
    }

    /// The next save that is read; the window does not answer yet.
    fn changed(&mut self) -> Arc<OpenProject> {
        loop {
            match self.desk.news() {
                Some(News::Changed(open)) => return open,
                Some(_) => {}
                None => self.woken.recv().unwrap(),
            }
        }
    }

    fn save(&mut self) -> Told {
        self.ask_to_save();
        self.told()
    }

    fn save_at(&mut self, path: &Path) -> Told {
        let project = self.picture.project().unwrap().clone();
        let held = Arc::clone(self.held.as_ref().unwrap());
        self.desk.ask(Order::Save(held, project, path.to_owned()));
        self.told()
    }

    fn ask_to_save(&mut self) {
        let project = self.picture.project().unwrap().clone();
        let held = Arc::clone(self.held.as_ref().unwrap());
        let path = self.folder.path().to_owned();
        self.desk.ask(Order::Save(held, project, path));
    }
}

/// Writes `project.json` as editors do: all of it at once, under another name first.
fn write(folder: &Path, name: &str, more: &str) {
    let text = format!(
        "{{\"format\": \"segue.project\", \"version\": 1, \"name\": \"{name}\",\n\
         \"buses\": [{{\"id\": \"a\"}}, {{\"id\": \"b\"}}]{more}}}"
    );
    let new = folder.join("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, folder.join("project.json")).unwrap();
}

#[test]
fn a_save_is_taken_over_and_what_the_user_changed_stays() {
    let mut rig = Rig::new();
    let bus = rig.picture.snapshot().buses[0].id;
    rig.picture.act(&Action::Set(Control::Gain(bus), -6.0));
    write(rig.folder.path(), "Another", "");
    let Told::Taken(missing) = rig.told() else {
        panic!("it is taken over");
    };
    assert!(missing.is_empty());
    let now = rig.picture.project().unwrap();
    assert_eq!((now.name.as_str(), now.buses[0].gain_db), ("Another", -6.0));
    assert!(rig.picture.is_edited(), "it is not saved");
    assert_eq!(rig.held.as_ref().unwrap().project.name, "Another");
    assert!(matches!(rig.save(), Told::Saved));
    let saved = fs::read_to_string(rig.folder.path().join("project.json")).unwrap();
    assert!(saved.contains("Another") && saved.contains("-6"), "{saved}");
}

#[test]
fn an_invalid_save_changes_nothing_and_is_not_written_over() {
    let mut rig = Rig::new();
    write(rig.folder.path(), "Bad", ",\n\"seed\": 7");
    let Told::Refused(text) = rig.told() else {
        panic!("it is refused");
    };
    assert!(text.contains("seed") && text.contains("line 3"), "{text}");
    assert_eq!(rig.picture.project().unwrap().name, "P");
    let Told::Failed(text) = rig.save() else {
        panic!("it would be lost");
    };
    assert!(text.contains("somebody else"), "{text}");
    write(rig.folder.path(), "Good", "");
    assert!(matches!(rig.told(), Told::Taken(_)));
    assert!(matches!(rig.save(), Told::Saved));
}

#[test]
fn of_two_saves_before_the_window_answers_the_last_one_is_taken_over() {
    let mut rig = Rig::new();
    let mut seen = Vec::new();
    for name in ["First", "Second"] {
        write(rig.folder.path(), name, "");
        seen.push(rig.changed());
    }
    for open in seen {
        let project = rig.picture.renewed(&open.project);
        rig.desk.ask(Order::TakeOver(open, project));
    }
    assert!(matches!(rig.told(), Told::Taken(_)));
    assert_eq!(rig.held.as_ref().unwrap().project.name, "Second");
    assert!(matches!(rig.save(), Told::Saved));
}

#[test]
fn what_somebody_else_saved_is_never_written_over() {
    let mut rig = Rig::new();
    let read = |rig: &Rig| fs::read_to_string(rig.folder.path().join("project.json")).unwrap();
    write(rig.folder.path(), "Theirs", "");
    // While the window has not answered, under another spelling of the folder.
    let open = rig.changed();
    let spelled = rig.folder.path().join("..");
    let spelled = spelled.join(rig.folder.path().file_name().unwrap());
    let told = rig.save_at(&spelled);
    assert!(matches!(told, Told::Failed(text) if text.contains("somebody else")));
    // Queued behind the window's answer, but without what was taken over.
    let project = rig.picture.renewed(&open.project);
    let old = Arc::clone(rig.held.as_ref().unwrap());
    let mine = rig.picture.project().unwrap().clone();
    let path = rig.folder.path().to_owned();
    rig.desk.ask(Order::TakeOver(open, project));
    rig.desk.ask(Order::Save(old, mine, path));
    assert!(matches!(rig.told(), Told::Taken(_)));
    assert!(matches!(rig.told(), Told::Failed(_)));
    assert!(read(&rig).contains("Theirs"));
    // Twice at once is nobody else's save.
    rig.ask_to_save();
    rig.ask_to_save();
    assert!(matches!(rig.told(), Told::Saved));
    assert!(matches!(rig.told(), Told::Saved));
}

#[test]
fn a_save_that_the_watch_has_not_told_yet_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "P", "");
    let open = Arc::new(project::open(root).unwrap());
    let follow = Follow::start(root, &open).unwrap().unwrap();
    follow.check_save(&open, root).unwrap();
    write(root, "Theirs", "");
    assert!(follow.check_save(&open, root).is_err());
    follow.check_save(&open, &root.join("elsewhere")).unwrap();
}

#[test]
fn an_audio_file_that_comes_is_heard_of() {
    let mut rig = Rig::new();
    let more = ",\n\"assets\": [{\"id\": \"x\", \"file\": \"assets/x.wav\"}]";
    write(rig.folder.path(), "P", more);
    let Told::Taken(missing) = rig.told() else {
        panic!("it is taken over");
    };
    assert_eq!(missing, ["assets/x.wav"]);
    fs::create_dir(rig.folder.path().join("assets")).unwrap();
    fs::write(rig.folder.path().join("assets/x.wav"), "x").unwrap();
    assert!(matches!(rig.told(), Told::Taken(missing) if missing.is_empty()));
}

/// Puts a file where somebody may be reading it: all of it at once.
fn put(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let new = path.with_extension("new");
    fs::write(&new, bytes).unwrap();
    fs::rename(new, path).unwrap();
}

/// A second at 48 kHz, 16 bits, mono, with one value throughout.
fn wav(value: i16) -> Vec<u8> {
    let data: Vec<u8> = (0..48_000).flat_map(|_| value.to_le_bytes()).collect();
    let size = u32::try_from(data.len()).unwrap();
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + size).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(48_000_u32.to_le_bytes());
    wav.extend(96_000_u32.to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend(size.to_le_bytes());
    wav.extend(data);
    wav
}

/// What is heard at the end of a tenth of a second.
fn level(worker: &mut Worker, renderer: &mut Renderer) -> f32 {
    let (mut left, mut right) = (vec![0.0; 4_800], vec![0.0; 4_800]);
    renderer.process(&mut [&mut left, &mut right]);
    worker.engines[0].control.update().unwrap();
    left[4_799]
}

#[test]
fn a_saved_file_is_heard_by_the_engine_that_plays() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(&root.join("assets/x.wav"), &wav(16_384));
    let more = ", \"assets\": [{\"id\": \"x\", \"file\": \"assets/x.wav\"}],
        \"sounds\": [{\"id\": \"x\", \"asset\": \"x\", \"loop\": {}}],
        \"clips\": [{\"sound\": \"x\", \"at_beats\": 0}]";
    write(root, "P", more);
    let open = Arc::new(project::open(root).unwrap());
    let (_orders, incoming) = channel();
    let (outgoing, news) = channel();
    let (state, signals) = Default::default();
    let mut worker = Worker::new((incoming, outgoing), state, signals, Box::new(|| ()));
    worker.follow = Follow::start(root, &open).unwrap();
    let mut config = EngineConfig::for_project(&open.project, Some(48_000));
    config.cache = Some(root.join("cache"));
    let (mut control, mut renderer, _) = create(config).unwrap();
    let go = &mut |_: segue_engine::LoadProgress<'_>| ControlFlow::Continue(());
    control.load_project(&open, go).unwrap();
    control.play().unwrap();
    let live = LiveEngine::new(&mut control);
    worker.engines.push(Engine {
        control,
        live,
        start: None,
    });
    level(&mut worker, &mut renderer);
    let before = level(&mut worker, &mut renderer);
    assert!(before > 0.1, "{before}");
    put(&root.join("assets/x.wav"), &wav(8_192));
    let end = Instant::now() + LONG;
    while (level(&mut worker, &mut renderer) - before / 2.0).abs() > 1e-3 {
        assert!(Instant::now() < end, "the new file is not heard");
        worker.look_at_disk();
        if let Ok(News::Changed(open)) = news.try_recv() {
            let project = open.project.clone();
            worker.take_over(&open, project);
        }
    }
    assert_eq!(worker.engines.len(), 1, "it is the same engine");
}
