//! What a user learns about inserts, and inserts in time with the song.

use crate::support::Space;

#[test]
fn inserts_are_listed_with_parameters_and_presets() {
    let space = Space::new();
    let list = space.segue(&["inserts", "--json"]).ok().json();
    let kinds: Vec<&str> = list["inserts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["kind"].as_str().unwrap())
        .collect();
    assert!(kinds.len() >= 14 && kinds.contains(&"convolution"));
    for kind in kinds {
        let one = space.segue(&["inserts", kind, "--json"]).ok().json();
        assert!(!one["params"].as_array().unwrap().is_empty(), "{kind}");
    }
    let text = space.segue(&["inserts", "compressor"]).ok().stdout;
    assert!(text.contains("threshold        -60 to 0 dB; -18"), "{text}");
    assert!(text.contains("glue             threshold -20"), "{text}");
    space
        .segue(&["inserts", "compresor"])
        .fails(2)
        .says("compressor, limiter");
}

#[test]
fn a_chain_in_beats_goes_by_the_tempo_or_the_projects() {
    let space = Space::new();
    // 8 kHz, a click.
    let mut click = crate::support::wav(8_000);
    click[44..].fill(0);
    click[45] = 0x40;
    space.write("a.wav", &click);
    let insert = r#"{"id": "echo", "kind": "delay", "params": {"sync": 1, "beats": 1}}"#;
    space.write(
        "chain.json",
        format!(r#"{{"inserts": [{insert}]}}"#).as_bytes(),
    );
    let echo = |more: &[&str]| {
        let words = [
            "convert",
            "a.wav",
            "-o",
            "b.wav",
            "--exists",
            "overwrite",
            "--bits",
            "16",
        ];
        space.segue(&[&words[..], more].concat()).ok();
        let bytes = space.read("b.wav");
        let data = bytes.windows(4).position(|w| w == b"data").unwrap() + 8;
        let samples = bytes[data..].as_chunks::<2>().0.iter();
        // The highest sample after the click itself.
        let samples = samples.map(|s| i16::from_le_bytes(*s)).enumerate();
        let echo = samples.skip(100).max_by_key(|(_, x)| *x);
        echo.map(|(at, _)| at)
    };
    assert_eq!(echo(&["--chain", "chain.json"]), Some(4_000));
    assert_eq!(
        echo(&["--chain", "chain.json", "--tempo", "240"]),
        Some(2_000)
    );
    space.project("game");
    let text = String::from_utf8(space.read("game/project.json")).unwrap();
    let mut project: serde_json::Value = serde_json::from_str(&text).unwrap();
    let insert: serde_json::Value = serde_json::from_str(insert).unwrap();
    let echoes = serde_json::json!({"id": "echoes", "inserts": [insert]});
    project["buses"].as_array_mut().unwrap().push(echoes);
    space.write("game/project.json", project.to_string().as_bytes());
    let bus = ["--project", "game", "--bus", "echoes"];
    // 90 beats a minute.
    assert_eq!(echo(&bus), Some(5_333));
    assert_eq!(echo(&[&bus[..], &["--tempo", "60"]].concat()), Some(8_000));
    let more = ["--chain", "chain.json", "--tempo", "0"];
    let words = [&["convert", "a.wav", "-o", "c.wav"], &more[..]].concat();
    space
        .segue(&words)
        .fails(2)
        .says("tempo 0 is not in 1..=999");
}
