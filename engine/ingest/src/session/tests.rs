use super::*;
use serde_json::json;

fn config(role: Role, token: Option<&str>) -> Config {
    Config {
        role,
        token: token.map(|token| Token::new(token).unwrap()),
        hello: Hello {
            game_id: format!("{role:?}"),
            ..Hello::default()
        },
    }
}

fn outputs(session: &mut Session) -> Vec<Output> {
    std::iter::from_fn(|| session.poll()).collect()
}

/// Both ends of a wire with a way of `delay` us, on one virtual clock.
struct Pair {
    ends: [Session; 2],
    heard: [Vec<Output>; 2],
    wire: VecDeque<(u64, usize, String)>,
    now: u64,
    delay: u64,
}

impl Pair {
    fn new(server: Config, client: Config) -> Self {
        Self {
            ends: [Session::new(server, 0), Session::new(client, 0)],
            heard: [Vec::new(), Vec::new()],
            wire: VecDeque::new(),
            now: 0,
            delay: 2000,
        }
    }

    fn open() -> Self {
        let mut pair = Self::new(config(Role::Server, None), config(Role::Client, None));
        pair.run(1_500_000);
        assert!(pair.ends[0].is_open() && pair.ends[1].is_open());
        pair.heard = [Vec::new(), Vec::new()];
        pair
    }

    fn collect(&mut self) {
        for end in 0..2 {
            for output in outputs(&mut self.ends[end]) {
                match output {
                    Output::Send(text) => {
                        self.wire.push_back((self.now + self.delay, 1 - end, text));
                    }
                    other => self.heard[end].push(other),
                }
            }
        }
    }

    fn run(&mut self, until: u64) {
        loop {
            self.collect();
            let arrival = self.wire.front().map(|(at, ..)| *at);
            let wakes = self.ends.iter().filter_map(Session::next_wake);
            let Some(next) = wakes.chain(arrival).min().filter(|next| *next <= until) else {
                self.now = until;
                return;
            };
            self.now = next.max(self.now);
            if arrival == Some(next) {
                let (_, end, text) = self.wire.pop_front().unwrap();
                self.ends[end].receive(text.as_bytes(), self.now);
            } else {
                self.ends.iter_mut().for_each(|end| end.tick(next));
            }
        }
    }
}

fn frame(kind: &str, seq: u64, t_us: i64, data: Value) -> Vec<u8> {
    json!({"type": kind, "seq": seq, "t_us": t_us, "data": data})
        .to_string()
        .into_bytes()
}

fn hello(seq: u64) -> Vec<u8> {
    frame("hello", seq, 0, json!({"protocol": "segue", "version": 1}))
}

/// An open server that has said all it has to say.
fn server() -> Session {
    let mut session = Session::new(config(Role::Server, None), 0);
    session.receive(&hello(1), 0);
    assert!(session.is_open());
    outputs(&mut session);
    session
}

fn rows(session: &mut Session) -> Vec<Row> {
    let row = |output| match output {
        Output::Row(row) => Some(row),
        _ => None,
    };
    outputs(session).into_iter().filter_map(row).collect()
}

fn messages(session: &mut Session) -> Vec<Message> {
    let message = |output| match output {
        Output::Message(message) => Some(message),
        _ => None,
    };
    outputs(session).into_iter().filter_map(message).collect()
}

fn close(session: &mut Session) -> Option<Close> {
    outputs(session)
        .into_iter()
        .find_map(|output| match output {
            Output::Close(close) => Some(close),
            _ => None,
        })
}

#[test]
fn two_sides_greet_and_stay() {
    let pair = {
        let mut pair = Pair::new(config(Role::Server, None), config(Role::Client, None));
        pair.run(60_000_000);
        pair
    };
    for (end, other) in [(0, "Client"), (1, "Server")] {
        assert!(pair.ends[end].is_open());
        let [Output::Open(theirs)] = &pair.heard[end][..] else {
            panic!("{:?}", pair.heard[end]);
        };
        assert_eq!(theirs.game_id, other);
    }
}

#[test]
fn heartbeats_probe_the_clock() {
    let mut pair = Pair::open();
    pair.run(20_000_000);
    let clock = pair.ends[0].clock();
    assert_eq!((clock.offset_us(), clock.rtt_us()), (Some(0.0), Some(4000)));
}

#[test]
fn three_silent_seconds_end_it_and_can_be_tried_again() {
    let mut session = server();
    session.tick(2_999_999);
    assert!(session.is_open());
    session.tick(3_000_000);
    let close = close(&mut session).unwrap();
    assert_eq!((close.reason, close.is_permanent), ("silent", false));
    session.receive(&hello(2), 3_000_001);
    assert_eq!(
        (outputs(&mut session), session.next_wake()),
        (Vec::new(), None)
    );
}

#[test]
fn a_token_is_asked_for_and_given() {
    let mut pair = Pair::new(
        config(Role::Server, Some("secret")),
        config(Role::Client, Some("secret")),
    );
    pair.run(100_000);
    assert!(pair.ends[0].is_open() && pair.ends[1].is_open());
    let said = format!("{:?} {:?}", pair.heard, pair.ends);
    assert!(!said.contains("secret"));
}

#[test]
fn a_wrong_token_ends_both_for_good() {
    for token in [
        None,
        Some("secreT"),
        Some("secret "),
        Some(&*"s".repeat(256)),
    ] {
        let mut pair = Pair::new(
            config(Role::Server, Some("secret")),
            config(Role::Client, token),
        );
        pair.run(100_000);
        let ends: Vec<Close> = pair
            .heard
            .iter()
            .filter_map(|heard| match heard.last() {
                Some(Output::Close(close)) => Some(close.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(
            (ends[0].code, ends[0].is_permanent),
            (4401, true),
            "{token:?}"
        );
        assert!(ends[1].is_permanent, "{:?}", ends[1]);
    }
}

/// A server that lets nobody in says why before any hello.
#[test]
fn a_token_that_is_refused_before_hello_is_the_reason() {
    let mut client = Session::new(config(Role::Client, Some("very-secret")), 0);
    let data = json!({"code": "wrong_token", "message": "very-secret is wrong", "fatal": true});
    client.receive(&frame("error", 1, 0, data), 1000);
    let outputs = outputs(&mut client);
    let Some(Output::Close(close)) = outputs.last() else {
        panic!("{outputs:?}");
    };
    assert_eq!(
        (close.text.as_str(), close.is_permanent, close.code),
        ("*** is wrong", true, close_code::REFUSED_THERE)
    );
    assert!(!format!("{outputs:?}").contains("is to be auth"));
}

/// What a game says is recorded and shown; the token is not.
#[test]
fn a_token_in_any_frame_is_hidden() {
    let token = "very-secret";
    let mut session = Session::new(config(Role::Server, Some(token)), 0);
    session.receive(&frame("auth", 1, 0, json!({"token": token})), 0);
    let theirs = json!({"protocol": "segue", "version": 1, "role": "client", "game_id": token});
    session.receive(&frame("hello", 2, 0, theirs), 0);
    assert!(session.is_open());
    let data = json!({"stage": token, "a": [{token: format!("it is {token}!")}]});
    session.receive(&frame("stage_event", 3, 0, data.clone()), 0);
    session.receive(&frame("custom", 4, 0, data.clone()), 0);
    session.receive(&frame("state_update", 5, 0, data.clone()), 0);
    let items = json!({"items": [{"type": "custom", "data": data}]});
    session.receive(&frame("batch", 6, 0, items), 0);
    let command = json!({"id": "1", "name": token, "args": data});
    session.receive(&frame("command", 7, 0, command), 0);
    let all = outputs(&mut session);
    let messages = all.iter().filter(|it| matches!(it, Output::Message(_)));
    assert_eq!(messages.count(), 4, "{all:?}");
    let told = format!("{all:?}");
    assert!(
        told.contains("it is ***!") && !told.contains(token),
        "{told}"
    );
}

/// Who refuses a token may repeat it, in any shape.
#[test]
fn what_the_other_side_says_is_told_without_the_token() {
    let mut client = Session::new(config(Role::Client, Some("very-secret")), 0);
    let before = "x".repeat(195);
    let message = format!("{before}very-\u{1b}secret \u{1b}[31mvery-secret is wrong");
    let data = json!({"code": "hello", "message": message, "fatal": true});
    let hello = json!({"protocol": "segue", "version": 1, "role": "server"});
    for (seq, kind, data) in [(1, "hello", hello), (2, "error", data)] {
        let frame = json!({"type": kind, "seq": seq, "t_us": 0, "data": data});
        client.receive(frame.to_string().as_bytes(), 1000);
    }
    let outputs = outputs(&mut client);
    let expected = format!("{before}*** [");
    let Some(Output::Close(close)) = outputs.last() else {
        panic!("{outputs:?}");
    };
    assert_eq!(
        (close.text.as_str(), close.is_permanent),
        (&*expected, true)
    );
    let row = Row::TheirError {
        code: "hello".to_owned(),
        message: expected,
    };
    assert!(outputs.contains(&Output::Row(row)), "{outputs:?}");
}

/// What a game says where something else should be may be the token; what is told of it is not.
#[test]
fn a_token_in_the_wrong_place_is_not_told() {
    for token in ["secret", "se\"cr\\et", "s\u{1}ecret"] {
        for is_admitted in [false, true] {
            let mut session = Session::new(config(Role::Server, Some(token)), 0);
            let auth = json!({"type": "auth", "seq": 1, "t_us": 0, "data": {"token": token}});
            let twice = format!(r#"{{"a":{{{0}:1,{0}:2}}}}"#, json!(token));
            let wrong = json!({"type": token, "seq": 2, "t_us": 0, "data": {}}).to_string();
            if is_admitted {
                session.receive(auth.to_string().as_bytes(), 0);
            }
            session.receive(wrong.as_bytes(), 0);
            session.receive(twice.as_bytes(), 0);
            let told = format!("{:?}", outputs(&mut session));
            assert_eq!(told.matches("there is no frame type").count(), 2, "{told}");
            assert!(told.contains("***"), "{told}");
            assert!(!told.contains("ecret") && !told.contains("cr\\"), "{told}");
        }
    }
}

#[test]
fn no_token_within_two_seconds_ends_it() {
    let mut session = Session::new(config(Role::Server, Some("secret")), 0);
    assert_eq!(session.poll(), None, "nothing is told before the token");
    session.tick(1_999_999);
    assert_eq!(session.poll(), None);
    session.tick(2_000_000);
    assert_eq!(close(&mut session).unwrap().reason, "auth_timeout");
}

#[test]
fn a_token_has_1_to_256_bytes() {
    assert!(Token::new("x").is_ok() && Token::new("x".repeat(256)).is_ok());
    assert_eq!(Token::new(""), Err(TokenError { bytes: 0 }));
    let error = Token::new("x".repeat(257)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a token of 257 bytes is not in 1..=256 bytes"
    );
}

#[test]
fn tokens_are_equal_or_not() {
    for (expected, given, is_equal) in [
        ("a", Some("a"), true),
        ("a", Some("b"), false),
        ("a", Some("a\0"), false),
        ("ab", Some("a"), false),
        ("", None, false),
    ] {
        assert_eq!(
            hello::is_token(Some(expected), given),
            is_equal,
            "{expected} {given:?}"
        );
    }
    let long = "x".repeat(TOKEN_MAX_BYTES);
    assert!(hello::is_token(Some(&long), Some(&long)));
    let longer = "x".repeat(TOKEN_MAX_BYTES + 1);
    assert!(!hello::is_token(Some(&longer), Some(&longer)));
}

#[test]
fn another_version_ends_it_for_good() {
    let mut session = Session::new(config(Role::Server, None), 0);
    let theirs = json!({"protocol": "segue", "version": 2});
    session.receive(&frame("hello", 1, 0, theirs), 0);
    let close = close(&mut session).unwrap();
    assert_eq!((close.code, close.is_permanent), (1002, true));
    assert!(close.text.contains("version 2 is not spoken here, only 1"));
}

#[test]
fn anything_before_hello_ends_it() {
    let mut session = Session::new(config(Role::Server, None), 0);
    session.receive(&frame("stage_event", 1, 0, json!({})), 0);
    assert_eq!(close(&mut session).unwrap().code, 4401);
}

#[test]
fn another_project_is_told_and_goes_on() {
    let mut server = config(Role::Server, None);
    server.hello.project_hash = "aa".to_owned();
    let mut session = Session::new(server, 0);
    let theirs = json!({"protocol": "segue", "version": 1, "project_hash": "bb"});
    session.receive(&frame("hello", 1, 0, theirs), 0);
    assert!(session.is_open());
    let row = Row::OtherProject {
        theirs: "bb".to_owned(),
    };
    assert_eq!(rows(&mut session), [row]);
}

#[test]
fn gaps_and_doubles_have_one_row_each() {
    let mut session = server();
    for seq in [2, 3, 3, 6, 5, 7] {
        session.receive(&frame("custom", seq, 0, json!({})), 0);
    }
    let all = outputs(&mut session);
    let rows: Vec<&Output> = all.iter().filter(|o| matches!(o, Output::Row(_))).collect();
    assert_eq!(
        rows,
        [
            &Output::Row(Row::Duplicate { seq: 3 }),
            &Output::Row(Row::Gap { from: 4, to: 5 }),
            &Output::Row(Row::Duplicate { seq: 5 }),
        ]
    );
    let taken = all
        .iter()
        .filter(|o| matches!(o, Output::Message(_)))
        .count();
    assert_eq!(taken, 4);
    let is_gap = |o: &&Output| matches!(o, Output::Send(text) if text.contains(r#""type":"gap""#));
    assert_eq!(all.iter().filter(is_gap).count(), 1);
}

#[test]
fn a_silent_peer_is_told_why_it_ends() {
    let mut session = server();
    session.tick(3_000_000);
    let all = outputs(&mut session);
    let [.., Output::Send(text), Output::Close(_)] = &all[..] else {
        panic!("{all:?}");
    };
    let told: Value = serde_json::from_str(text).unwrap();
    assert_eq!(
        told["data"],
        json!({"code": "silent", "message": "no frame for 3 s", "fatal": true})
    );
    // Who is gone reads nothing.
    let mut session = server();
    session.close(
        close_code::GOING_AWAY,
        "gone",
        "closed by the other side",
        0,
    );
    assert!(matches!(&outputs(&mut session)[..], [Output::Close(_)]));
}

#[test]
fn good_items_of_a_batch_are_taken_and_bad_ones_listed() {
    let mut session = server();
    let items = json!([
        {"type": "stage_event", "data": {"n": 0}},
        {"type": "hello", "data": {}},
        {"type": "state_update", "t_us": 40, "data": {"n": 1}},
        7,
        {"type": "custom", "data": 3},
    ]);
    session.receive(&frame("batch", 2, 30, json!({"items": items})), 0);
    let all = outputs(&mut session);
    let taken: Vec<(FrameKind, i64)> = all
        .iter()
        .filter_map(|o| match o {
            Output::Message(message) => Some((message.kind, message.t_us)),
            _ => None,
        })
        .collect();
    assert_eq!(
        taken,
        [(FrameKind::StageEvent, 30), (FrameKind::StateUpdate, 40)]
    );
    let listed: Vec<&String> = all
        .iter()
        .filter_map(|o| match o {
            Output::Row(Row::Refused { text, .. }) => Some(text),
            _ => None,
        })
        .collect();
    assert_eq!(listed.len(), 3);
    for (text, at) in listed.iter().zip([1, 3, 4]) {
        assert!(text.starts_with(&format!("items[{at}]")), "{text}");
    }
}

#[test]
fn a_batch_is_taken_to_1000_items() {
    let items = |count| json!({"items": vec![json!({"type": "custom", "data": {}}); count]});
    let mut session = server();
    session.receive(&frame("batch", 2, 0, items(BATCH_MAX)), 0);
    assert_eq!(messages(&mut session).len(), BATCH_MAX);
    session.receive(&frame("batch", 3, 0, items(BATCH_MAX + 1)), 0);
    let all = outputs(&mut session);
    assert!(!all.iter().any(|o| matches!(o, Output::Message(_))));
    let is_limit = |o: &Output| {
        matches!(
            o,
            Output::Row(Row::Refused {
                code: "batch_max",
                ..
            })
        )
    };
    assert!(all.iter().any(is_limit));
}

#[test]
fn a_frame_that_is_refused_leaves_no_gap() {
    let mut session = server();
    session.receive(&frame("nonsense", 2, 0, json!({})), 0);
    session.receive(br#"{"type":"custom","seq":3,"t_us":0.5}"#, 0);
    session.receive(br#"{"type":"custom","seq":4,"t_us":0,"data":7}"#, 0);
    session.receive(&frame("custom", 5, 0, json!({})), 0);
    let all = rows(&mut session);
    let seqs: Vec<Option<u64>> = all
        .iter()
        .map(|row| match row {
            Row::Refused { seq, .. } => *seq,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(seqs, [Some(2), Some(3), Some(4)]);
    // What comes twice is dropped, also where it is wrong.
    session.receive(&frame("nonsense", 4, 0, json!({})), 0);
    assert_eq!(rows(&mut session), [Row::Duplicate { seq: 4 }]);
}

#[test]
fn a_frame_that_is_too_long_leaves_no_gap_where_its_number_is_read() {
    let mut session = server();
    let long = json!({"a": "x".repeat(PAYLOAD_MAX_BYTES)}).to_string();
    let long = format!(r#"{{"type":"custom","seq":2,"t_us":0,"data":{long}}}"#);
    session.receive(long.as_bytes(), 0);
    session.refuse_line(Some(3), 0);
    session.receive(&frame("custom", 4, 0, json!({})), 0);
    let all = rows(&mut session);
    assert!(
        matches!(
            &all[..],
            [
                Row::Refused { seq: Some(2), .. },
                Row::Refused { seq: Some(3), .. }
            ]
        ),
        "{all:?}"
    );
}

#[test]
fn what_is_malformed_before_hello_is_not_counted() {
    let mut session = Session::new(config(Role::Server, None), 0);
    session.receive(br#"{"type":"custom","seq":7,"t_us":0.5}"#, 0);
    session.receive(&hello(1), 0);
    session.receive(&frame("custom", 2, 0, json!({})), 0);
    let all = rows(&mut session);
    assert!(
        matches!(&all[..], [Row::Refused { seq: Some(7), .. }]),
        "no gap, no double: {all:?}"
    );
    assert!(session.is_open());
}

#[test]
fn what_was_refused_behind_the_frame_is_told_to_the_game() {
    let mut session = server();
    let refused = Refused {
        code: "unknown",
        text: "there is no stage".to_owned(),
        seq: 7,
    };
    session.refused(&refused, 0);
    let all = outputs(&mut session);
    let [Output::Send(text)] = &all[..] else {
        panic!("{all:?}");
    };
    let data = serde_json::from_str::<Value>(text).unwrap()["data"].take();
    let expected = json!({"code": "unknown", "message": "there is no stage", "seq": 7,
        "fatal": false});
    assert_eq!(data, expected);
}

#[test]
fn what_is_not_json_is_refused_and_too_much_of_it_ends_it() {
    let mut session = server();
    for _ in 0..100 {
        session.receive(b"{", 1000);
        assert!(session.is_open());
    }
    session.receive(b"{", 10_000_001);
    assert_eq!(close(&mut session).unwrap().code, 1008);
    let mut session = server();
    for n in 0..1000 {
        session.receive(b"\xff", n * 110_000);
    }
    assert!(session.is_open(), "less than 100 in 10 s");
}

#[test]
fn commands_have_exactly_one_answer() {
    let mut pair = Pair::open();
    let id = pair.ends[0]
        .command("play_spin", json!({"spin_id": "a"}), pair.now)
        .unwrap();
    pair.run(pair.now + 10_000);
    let Some(Output::Command {
        id: there,
        name,
        args,
    }) = pair.heard[1].first().cloned()
    else {
        panic!("{:?}", pair.heard[1]);
    };
    assert_eq!(
        (&there, name.as_str(), &args["spin_id"]),
        (&id, "play_spin", &json!("a"))
    );
    let ack = Ack {
        id: there,
        success: true,
        data: json!(3),
        error: None,
    };
    pair.ends[1].acknowledge(ack.clone(), pair.now);
    pair.ends[1].acknowledge(ack.clone(), pair.now);
    pair.run(pair.now + 6_000_000);
    let asked = Row::Asked {
        id,
        name: "play_spin".to_owned(),
    };
    assert_eq!(pair.heard[0], [Output::Row(asked), Output::Ack(ack)]);
}

#[test]
fn a_command_without_an_answer_times_out_on_both_sides_once() {
    let mut pair = Pair::open();
    let id = pair.ends[0]
        .command("pause", Value::Null, pair.now)
        .unwrap();
    pair.run(pair.now + 8_000_000);
    let acks: Vec<&Output> = pair.heard[0]
        .iter()
        .filter(|o| matches!(o, Output::Ack(_)))
        .collect();
    assert_eq!(acks, [&Output::Ack(Ack::timeout(id.clone()))]);
    // The other side's own timeout arrives later and is dropped.
    assert!(pair.heard[0].contains(&Output::Row(Row::LateAck { id })));
}

#[test]
fn sixty_four_commands_wait_and_the_next_is_busy() {
    let mut pair = Pair::open();
    for _ in 0..COMMANDS_MAX {
        pair.ends[0]
            .command("pause", Value::Null, pair.now)
            .unwrap();
    }
    assert_eq!(
        pair.ends[0].command("pause", Value::Null, pair.now),
        Err(Busy)
    );
    // A game that does not count is told by the other side.
    let mut session = server();
    for n in 0..=COMMANDS_MAX as u64 {
        let command = json!({"id": format!("x{n}"), "name": "get_state"});
        session.receive(&frame("command", n + 2, 0, command), 0);
    }
    let busy: Vec<String> = outputs(&mut session)
        .into_iter()
        .filter_map(|o| match o {
            Output::Send(text) if text.contains(r#""error":"busy""#) => Some(text),
            _ => None,
        })
        .collect();
    assert!(
        busy.len() == 1 && busy[0].contains(r#""command_id":"x64""#),
        "{busy:?}"
    );
}

#[test]
fn whoever_waits_is_told_when_it_ends() {
    let mut session = server();
    let id = session.command("pause", Value::Null, 0).unwrap();
    session.close(close_code::NORMAL, "closed", "closed here", 0);
    let all = outputs(&mut session);
    assert!(all.contains(&Output::Ack(Ack::timeout(id))));
    assert!(matches!(all.last(), Some(Output::Close(_))));
}

#[test]
fn frames_out_are_numbered_from_one() {
    let mut session = Session::new(config(Role::Client, Some("secret")), 0);
    session.receive(&hello(1), 0);
    session.tick(100_000);
    let seqs: Vec<u64> = outputs(&mut session)
        .iter()
        .filter_map(|o| match o {
            Output::Send(text) => Some(Frame::read(text.as_bytes()).unwrap().seq),
            _ => None,
        })
        .collect();
    assert_eq!(seqs, [1, 2, 3, 4]);
}

mod time;

mod strangers {
    use super::*;
    use proptest::prelude::*;

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let kinds = FrameKind::ALL
            .iter()
            .map(|kind| kind.name())
            .collect::<Vec<_>>();
        let data = prop_oneof![
            Just(json!({})),
            Just(json!({"t0_us": 1, "t1_us": -9_000_000_000_000_i64, "t2_us": 5})),
            Just(json!({"items": [{}, 1, {"type": "custom", "data": {}}]})),
            Just(json!({"id": "a", "name": "b", "command_id": "c1", "fatal": false})),
        ];
        let frame = (
            proptest::sample::select(kinds),
            1..20_u64,
            any::<i32>(),
            data,
        )
            .prop_map(|(kind, seq, t_us, data)| super::frame(kind, seq, t_us.into(), data));
        prop_oneof![
            4 => frame,
            1 => proptest::collection::vec(any::<u8>(), 0..50),
        ]
    }

    proptest! {
        /// Whatever comes in: no panic, one close at most, and nothing after it.
        #[test]
        fn nothing_they_say_breaks_it(frames in proptest::collection::vec((bytes(), 0..2_000_000_u64), 0..100)) {
            let mut session = Session::new(config(Role::Server, None), 0);
            let mut now = 0;
            let mut all = Vec::new();
            for (frame, later) in frames {
                now += later;
                session.tick(now);
                session.receive(&frame, now);
                all.extend(outputs(&mut session));
            }
            let closes = all.iter().filter(|o| matches!(o, Output::Close(_))).count();
            prop_assert!(closes <= 1);
            if closes == 1 {
                prop_assert!(matches!(all.last(), Some(Output::Close(_))));
            }
        }
    }
}

#[test]
fn a_flood_of_wrong_lines_is_answered_ten_times_a_second() {
    let mut session = server();
    let mut told = |times, now_us| {
        for _ in 0..times {
            session.receive(b"{", now_us);
        }
        let all = outputs(&mut session);
        let is_error = |text: &str| {
            let frame: Value = serde_json::from_str(text).unwrap();
            frame["type"] == "error"
        };
        let errors = all
            .iter()
            .filter(|o| matches!(o, Output::Send(text) if is_error(text)));
        let rows = all
            .iter()
            .filter(|o| matches!(o, Output::Row(Row::Refused { .. })));
        (errors.count(), rows.count())
    };
    assert_eq!(told(50, 0), (10, 50));
    assert_eq!(told(50, 1_000_000), (10, 50));
    // That it ends the conversation is said besides.
    assert_eq!(told(1, 1_000_000), (1, 1));
}
