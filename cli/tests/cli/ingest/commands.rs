//! What games ask of Segue, and Segue of games.

use super::*;

/// What a game hears, line by line.
fn heard(game: &Game) -> impl Iterator<Item = Value> + use<> {
    let lines = BufReader::new(game.stream.try_clone().unwrap()).lines();
    lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap())
}

/// Asks Segue for something; its answer.
fn ask(
    game: &mut Game,
    frames: &mut impl Iterator<Item = Value>,
    name: &str,
    args: Value,
) -> Value {
    game.say("command", &json!({"id": name, "name": name, "args": args}));
    let ack = frames.find(|frame| frame["type"] == "command_ack").unwrap();
    assert_eq!(ack["data"]["command_id"], name);
    ack["data"].clone()
}

#[test]
fn a_game_asks_for_all_that_there_is_and_it_replays_to_the_same_bits() {
    let space = slots();
    let take = [
        "-o",
        "take.wav",
        "--trace",
        "take.trace.jsonl",
        "--once",
        "--tail",
        "0.3",
    ];
    let mut run = Running::start(&space, &arguments(&take));
    let mut game = Game::hello(&run.address());
    let mut frames = heard(&game);
    let hello = frames.find(|frame| frame["type"] == "hello").unwrap();
    let said = hello["data"]["capabilities"].as_array().unwrap().clone();
    let known = ask(&mut game, &mut frames, "get_capabilities", json!({}));
    assert_eq!((said.len(), &known["data"]), (13, &json!(said)));
    game.stage(&json!({"stage": "ui_spin_press"}));
    game.stage(&json!({"stage": "reel_spin_loop"}));
    game.stage(&json!({"stage": "reel_stop", "reel": 1, "symbols": [1]}));
    run.row("posted");
    for (name, args) in [
        ("pause", json!({})),
        ("get_state", json!({})),
        ("resume", json!({})),
        ("get_spin_list", json!({})),
        ("set_speed", json!({"speed": 2})),
        ("play_spin", json!({"spin_id": 1})),
        ("seek", json!({"ms": 0})),
        ("set_timing_profile", json!({"profile": "turbo"})),
        ("trigger_event", json!({"event": "Stop"})),
        ("set_parameter", json!({"name": "Speed", "value": 3})),
        ("custom", json!({"mine": [1, 2]})),
    ] {
        let answer = ask(&mut game, &mut frames, name, args);
        assert_eq!(answer["success"], true, "{name}: {answer}");
    }
    let custom = run.row("custom");
    assert_eq!(custom["args"]["mine"], json!([1, 2]));
    let answer = ask(&mut game, &mut frames, "fly", json!({}));
    let error = answer["error"].as_str().unwrap();
    assert!(error.starts_with("unknown: "), "{error}");
    drop((game, frames));
    run.end();
    let take = space.read("take.wav");
    for block in ["64", "1000"] {
        let again = [
            "ingest",
            "replay",
            "slots",
            "take.trace.jsonl",
            "-o",
            "again.wav",
            "--block",
            block,
            "--json",
        ];
        space.segue(&again).ok();
        assert!(space.read("again.wav") == take, "blocks of {block}");
    }
}

#[test]
fn whoever_runs_segue_asks_the_game() {
    let space = slots();
    let first = [
        "ingest",
        "run",
        "slots",
        "--offline",
        "--events",
        "-",
        "--commands",
    ];
    let more = arguments(&["--once", "--tail", "0.1"]);
    let mut command = space.command(&[&first[..], &more[..]].concat());
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut asking = child.stdin.take().unwrap();
    let rows = BufReader::new(child.stdout.take().unwrap());
    let mut run = Running { child, rows };
    let address = run.address();
    let mut said = BufReader::new(run.child.stderr.take().unwrap()).lines();
    let mut until = |words: &str| {
        let found = said.find(|line| line.as_ref().unwrap().contains(words));
        assert!(found.is_some(), "it never said {words}");
    };
    writeln!(asking, "command pause").unwrap();
    until("pause: no game is connected");
    let mut game = Game::hello(&address);
    let mut frames = heard(&game);
    run.row("opened");
    writeln!(
        asking,
        "command fly\npause\n\ncommand play_spin {{\"spin_id\": 7}}"
    )
    .unwrap();
    let command = frames.find(|frame| frame["type"] == "command").unwrap();
    let data = &command["data"];
    assert_eq!(
        (&data["name"], &data["args"]),
        (&json!("play_spin"), &json!({"spin_id": 7}))
    );
    let row = run.row("command");
    assert_eq!(
        (&row["name"], &row["command_id"]),
        (&json!("play_spin"), &data["id"])
    );
    for success in [true, false] {
        // Only the first answer counts.
        let ack = json!({"command_id": data["id"], "success": success, "data": {"n": 1}});
        game.say("command_ack", &ack);
    }
    let row = run.row("ack");
    assert_eq!(
        (&row["name"], &row["success"], &row["data"]),
        (&json!("play_spin"), &json!(true), &json!({"n": 1}))
    );
    assert_eq!(run.row("late_ack")["command_id"], data["id"]);
    // One that is never answered, though its game is there.
    writeln!(asking, "command get_state").unwrap();
    let asked = frames.find(|frame| frame["type"] == "command").unwrap();
    let alive = std::thread::Builder::new().name("alive".to_owned());
    let alive = alive.spawn(move || {
        for frame in frames.filter(|frame| frame["data"]["t0_us"].is_i64()) {
            if frame["data"]["t1_us"].is_null() {
                game.say("heartbeat", &json!({"seq_last": 1, "t0_us": 1}));
            }
        }
    });
    let row = run.row("ack");
    assert_eq!(
        (&row["command_id"], &row["name"], &row["error"]),
        (&asked["data"]["id"], &json!("get_state"), &json!("timeout"))
    );
    for words in [
        "there is no command \"fly\"; there are play_spin, pause, ",
        "a line is: command NAME",
        "tcp/1 did play_spin: {\"n\":1}",
        "tcp/1 did not do get_state: timeout",
    ] {
        until(words);
    }
    run.child.kill().unwrap();
    run.child.wait().unwrap();
    // It ends with what it listens to.
    alive.unwrap().join().unwrap();
}

#[test]
fn a_seed_over_osc_holds_from_its_message_on_and_replays_to_the_same_bits() {
    let space = slots();
    let take = [
        "--osc",
        "127.0.0.1:0",
        "--once",
        "--tail",
        "0.3",
        "-o",
        "take.wav",
    ];
    let take = [&take[..], &["--trace", "take.trace.jsonl"]].concat();
    let mut run = Running::start(&space, &arguments(&take));
    let (mut tcp, mut osc) = (None, None);
    while let (None, _) | (_, None) = (&tcp, &osc) {
        let row = run.row("listening");
        let address = row["address"].as_str().unwrap().to_owned();
        match row["connector"] == "osc" {
            true => osc = Some(address),
            false => tcp = Some(address),
        }
    }
    let (address, mut game) = (osc.unwrap(), Game::hello(&tcp.unwrap()));
    // It is there until all is heard.
    let mut alive = || game.say("heartbeat", &json!({"seq_last": 0, "t0_us": 0}));
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let send = |bytes: &[u8]| socket.send_to(bytes, &address).unwrap();
    let seed = |tag: u8, argument: &[u8]| {
        send(&[b"/seed\0\0\0,", &[tag][..], b"\0\0", argument].concat());
    };
    let stop = || send(b"/event/Stop\0,\0\0\0");
    stop();
    let own = run.row("seed");
    for wrong in [
        (b'd', &77_f64.to_be_bytes()[..]),
        (b's', b"77\0\0"),
        (b'T', b""),
    ] {
        alive();
        seed(wrong.0, wrong.1);
        let row = run.row("refused");
        assert_eq!(row["code"], "osc");
        let text = row["text"].as_str().unwrap();
        assert!(text.contains("no whole number of the type h"), "{row}");
    }
    let row_of = |run: &mut Running| loop {
        // The row of the message comes first, then that of the engine.
        let row = run.row("reseed");
        if row.get("src").is_none() {
            break row["seed"].as_str().unwrap().to_owned();
        }
    };
    alive();
    seed(b'h', &(-2_i64).to_be_bytes());
    assert_eq!(row_of(&mut run), "fffffffffffffffe");
    stop();
    let far = run.row("seed");
    alive();
    seed(b'i', &77_i32.to_be_bytes());
    assert_eq!(row_of(&mut run), "000000000000004d");
    stop();
    let near = run.row("seed");
    assert_eq!(
        [&own, &far, &near].map(|row| row["play_n"].clone()),
        [0, 1, 2]
    );
    // OSC has no end; the other game has.
    drop(game);
    run.end();
    // As a project with the seed chooses from its beginning.
    let choices = |seed: &str| {
        let scene = "0 post Stop\n0.1 post Stop\n0.2 post Stop\n1 end\n";
        space.write("three.scene", scene.as_bytes());
        let rows = format!("{seed}.jsonl");
        let run = ["run", "slots", "--scene", "three.scene", "--events", &rows];
        space.segue(&[&run[..], &["--seed", seed]].concat()).ok();
        let rows = String::from_utf8(space.read(&rows)).unwrap();
        let rows = rows.lines().map(|line| serde_json::from_str(line).unwrap());
        let seeds = rows.filter(|row: &Value| row["type"] == "seed");
        seeds.map(|row| row["pitch_st"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(choices("0xfffffffffffffffe")[1], far["pitch_st"]);
    assert_eq!(choices("77")[2], near["pitch_st"]);
    for block in ["16", "2048"] {
        let again = ["ingest", "replay", "slots", "take.trace.jsonl"];
        let again = [&again[..], &["-o", "again.wav", "--block", block]];
        space.segue(&again.concat()).ok();
        assert!(
            space.read("again.wav") == space.read("take.wav"),
            "blocks of {block}"
        );
    }
}
