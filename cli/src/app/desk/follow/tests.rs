use super::super::{Desk, Source};
use super::*;
use segue_gui::{Action, Control, LivePicture};
use std::fs;
use std::sync::mpsc::{Receiver, channel};

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

    fn save(&mut self) -> Told {
        let project = self.picture.project().unwrap().clone();
        let path = self.folder.path().to_owned();
        let held = Arc::clone(self.held.as_ref().unwrap());
        self.desk.ask(Order::Save(held, project, path));
        self.told()
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
