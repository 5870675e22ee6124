//! Files that are no recordings.

use super::super::*;
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Samples {
    let mut samples = Samples::new(1);
    samples.read("game.jsonl", bytes).unwrap();
    samples
}

fn errors(bytes: &[u8]) -> Vec<String> {
    read(bytes)
        .refused()
        .iter()
        .map(LineError::to_string)
        .collect()
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let deep = format!("{}1{}", "[".repeat(33), "]".repeat(33));
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(LINE_MAX_BYTES));
    let message = format!("{{\"a\":\"{}\"}}", "x".repeat(70_000));
    let cases: [(&[u8], &str); 8] = [
        (b"\"\xff\"", "not UTF-8 from byte 1 on"),
        (deep.as_bytes(), "nested deeper than 32"),
        (long.as_bytes(), "longer than 131072 bytes"),
        (
            message.as_bytes(),
            "a message of 70008 bytes; at most 65536 are taken",
        ),
        (b"{\"a\":1,\"a\":2}", "a key comes twice at line 1 column"),
        (b"{\"a\":NaN}", "not JSON that is taken"),
        (b"{\"a\":", "not JSON that is taken"),
        (b"12", "a message is a JSON object or a list"),
    ];
    for (line, expected) in cases {
        let bytes = [b"{\"ok\":1}\n\n", line, b"\n{\"ok\":2}"].concat();
        let errors = errors(&bytes);
        assert_eq!(errors.len(), 1, "{expected}");
        assert!(
            errors[0].starts_with("game.jsonl, line 3: "),
            "{}",
            errors[0]
        );
        assert!(errors[0].contains(expected), "{}", errors[0]);
        assert_eq!(read(&bytes).kept(), 2);
    }
}

#[test]
fn a_file_of_nothing_proposes_nothing() {
    for bytes in [&b""[..], b"\n\n\n", b"{", b"\xff\xff"] {
        let error = propose(&read(bytes), "test", None).unwrap_err().to_string();
        assert!(error.starts_with("there are no messages"), "{error}");
    }
    let error = propose(&read(b"{"), "test", None).unwrap_err().to_string();
    assert!(error.contains("game.jsonl, line 1"), "{error}");
    let error = propose(&read(b"{\"a\":1}\n{\"b\":[]}"), "test", None).unwrap_err();
    assert!(
        error.to_string().contains("nothing in 2 messages"),
        "{error}"
    );
}

#[test]
fn many_wrong_lines_are_counted() {
    let samples = read(&b"{\n".repeat(1000));
    assert_eq!(
        (samples.refused().len(), samples.refused_count()),
        (REFUSED_MAX, 1000)
    );
}

/// 3000 lines of 60 kB are 180 MB: what is held stays below its limit while they come.
#[test]
fn no_more_than_64_mb_are_held() {
    let line = format!("{{\"type\":\"spin\",\"a\":\"{}\"}}\n", "x".repeat(60_000));
    let mut samples = Samples::new(1);
    let lines = std::iter::repeat_n(line.trim_end().to_owned(), 3000);
    let stream = super::game::Stream::new(lines);
    samples
        .read("large", std::io::BufReader::new(stream))
        .unwrap();
    assert_eq!(samples.total(), 3000);
    assert!(samples.bytes() <= BYTES_MAX, "{}", samples.bytes());
    assert!(samples.bytes() > BYTES_MAX - 50 * line.len());
}

#[test]
fn fields_beyond_their_number_are_left_aside() {
    let line = |n: usize| {
        let name = if n.is_multiple_of(2) {
            "spin_start"
        } else {
            "spin_end"
        };
        format!("{{\"type\":\"{name}\",\"a{n}\":1,\"b{n}\":2}}")
    };
    let lines: Vec<String> = (0..1200).map(line).collect();
    let proposal = propose(&read(lines.join("\n").as_bytes()), "test", None).unwrap();
    let told = |text: &str| proposal.warnings.iter().any(|it| it.contains(text));
    assert!(
        told("more than 2000 different fields"),
        "{:?}",
        proposal.warnings
    );
}

/// 200 names are types of events, 201 are something else.
#[test]
fn names_beyond_their_number_are_no_types() {
    let numbered = |count: usize| -> String {
        let line = |n| format!("{{\"type\":\"spin_start.{n}\"}}\n");
        (0..count).map(line).collect()
    };
    assert_eq!(
        propose(&read(numbered(200).as_bytes()), "test", None)
            .unwrap()
            .events
            .len(),
        200
    );
    let error = propose(&read(numbered(201).as_bytes()), "test", None).unwrap_err();
    assert!(
        matches!(error, WizardError::NothingFound { messages: 201 }),
        "{error}"
    );
}

/// A line of a game with some of its bytes changed.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let lines: Vec<Vec<u8>> = [
        super::Format::Events,
        super::Format::RichSnapshots,
        super::Format::Batches,
    ]
    .into_iter()
    .map(|format| {
        super::lines(format, super::play(7, 12))
            .join("\n")
            .into_bytes()
    })
    .collect();
    let hit = (any::<prop::sample::Index>(), any::<u8>());
    (0..lines.len(), prop::collection::vec(hit, 0..12)).prop_map(move |(which, hits)| {
        let mut bytes = lines[which].clone();
        let marks = b"{}[]\",:0-.e\\ntf\n";
        for (at, value) in hits {
            let at = at.index(bytes.len());
            bytes[at] = match value {
                0..200 => marks[usize::from(value) % marks.len()],
                other => other,
            };
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: prop::test_runner::RngSeed::Fixed(39_470),
        ..ProptestConfig::with_cases(200)
    })]

    /// Whatever happens to a recording: a proposal that the adapter takes, or an error.
    #[test]
    fn mutated_recordings_give_a_file_or_an_error(bytes in mutated()) {
        let samples = read(&bytes);
        match propose(&samples, "test", None) {
            Ok(proposal) => prop_assert!(Adapter::read(&proposal.toml).is_ok()),
            Err(WizardError::Proposal(error)) => prop_assert!(false, "{error}"),
            Err(_) => {}
        }
    }

    /// Names and values of any kind.
    #[test]
    fn any_keys_and_names_give_a_file_or_an_error(
        keys in prop::collection::vec(".{0,12}", 1..8),
        names in prop::collection::vec("(spin|reel.stop|win|big_win|\\PC{0,3})\\PC{0,6}", 2..6),
    ) {
        let mut text = String::new();
        for (at, name) in names.iter().cycle().take(24).enumerate() {
            let mut object = serde_json::Map::new();
            object.insert("type".to_owned(), name.as_str().into());
            for (n, key) in keys.iter().enumerate() {
                object.insert(key.clone(), serde_json::json!(at * n));
            }
            text.push_str(&format!("{}\n", Json::Object(object)));
        }
        match propose(&read(text.as_bytes()), "test", None) {
            Ok(proposal) => prop_assert!(Adapter::read(&proposal.toml).is_ok()),
            Err(WizardError::Proposal(error)) => prop_assert!(false, "{error}"),
            Err(_) => {}
        }
    }
}
