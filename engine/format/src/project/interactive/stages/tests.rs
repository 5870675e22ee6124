use super::*;
use segue_middleware::stage::table::STAGES;
use segue_middleware::stage::{Kind, Stage, StageEvent, Value as Field, docs};
use serde_json::json;

/// As much of JSON Schema as ours uses.
fn fits(schema: &Value, value: &Value) -> bool {
    let list = |key: &str| schema.get(key).and_then(Value::as_array);
    let number = |key: &str| schema.get(key).and_then(Value::as_f64);
    let any = list("anyOf").is_none_or(|any| any.iter().any(|it| fits(it, value)));
    let one = list("oneOf").is_none_or(|one| one.iter().filter(|it| fits(it, value)).count() == 1);
    let none = schema.get("not").is_none_or(|it| !fits(it, value));
    let named = list("enum").is_none_or(|words| words.contains(value));
    let of_type = match schema.get("type").and_then(Value::as_str) {
        None => true,
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some("number") => value.is_number(),
        Some("integer") => value.as_f64().is_some_and(|x| x.fract() == 0.0),
        Some(other) => panic!("{other}"),
    };
    let in_range = value.as_f64().is_none_or(|x| {
        number("minimum").is_none_or(|min| x >= min) && number("maximum").is_none_or(|max| x <= max)
    });
    let text = value.as_str().is_none_or(|text| {
        let length = text.chars().count() as f64;
        let matches = match schema.get("pattern").and_then(Value::as_str) {
            None => true,
            Some(r"[\u0000-\u001f\u007f-\u009f]") => text.chars().any(char::is_control),
            Some("^custom:(0|[1-9][0-9]{0,8})$") => text.strip_prefix("custom:").is_some_and(|n| {
                let digits = !n.is_empty() && n.len() <= 9 && n.bytes().all(|b| b.is_ascii_digit());
                digits && (n == "0" || !n.starts_with('0'))
            }),
            Some(other) => panic!("{other}"),
        };
        matches && number("maxLength").is_none_or(|most| length <= most)
    });
    let items = value.as_array().is_none_or(|items| {
        number("maxItems").is_none_or(|most| items.len() as f64 <= most)
            && schema
                .get("items")
                .is_none_or(|of| items.iter().all(|it| fits(of, it)))
    });
    let fields = value.as_object().is_none_or(|map| {
        let has = |key: &Value| map.contains_key(key.as_str().unwrap());
        let needed = list("required").is_none_or(|keys| keys.iter().all(has));
        let properties = schema.get("properties").and_then(Value::as_object);
        let each = |(key, of): (&String, &Value)| map.get(key).is_none_or(|it| fits(of, it));
        needed && properties.is_none_or(|properties| properties.iter().all(each))
    });
    any && one && none && named && of_type && in_range && text && items && fields
}

/// Values of all sorts, among them the ends of the range of a kind and what lies beyond.
fn values(kind: &Kind) -> Vec<Value> {
    let long = |n: usize| Value::from("x".repeat(n));
    let mut all = vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(0),
        json!(0.5),
        json!(1),
        json!(2.0),
        json!("custom:7"),
        json!("custom:007"),
        json!("custom:4294967295"),
        json!("a\u{7}b"),
        json!([]),
        json!([1, 2]),
        json!([1, "2"]),
        json!({"a": 1}),
    ];
    match *kind {
        Kind::Int { min, max } => {
            all.extend([json!(min), json!(max), json!(min.saturating_sub(1))]);
            // One above the largest of 64 bits is the same double for a schema.
            all.extend((max < i64::MAX).then(|| json!(max + 1)));
        }
        Kind::Number { min, max } => all.extend([json!(min), json!(max), json!(max * 1.01)]),
        Kind::Text { max } => all.extend([long(max), long(max + 1), "ä".repeat(max).into()]),
        Kind::Word(words) | Kind::WordOrCustom(words) => {
            all.extend(words.iter().map(|word| json!(word)));
            all.push(json!(words[0].to_uppercase()));
        }
        Kind::Ints { max, most, .. } => {
            all.extend([json!([max]), json!([max + 1]), json!(vec![0; most])]);
            all.push(json!(vec![0; most + 1]));
        }
        Kind::Bool => {}
    }
    all
}

fn good(kind: &Kind) -> Value {
    match kind {
        Kind::Bool => json!(true),
        Kind::Int { min, .. } => json!(min),
        Kind::Number { max, .. } => json!(max),
        Kind::Text { .. } => json!("lamp"),
        Kind::Word(words) | Kind::WordOrCustom(words) => json!(words[0]),
        Kind::Ints { .. } => json!([1, 5]),
    }
}

#[test]
fn the_schema_takes_what_the_reader_takes_and_nothing_else() {
    let schema: Value = serde_json::from_str(&docs::schema()).unwrap();
    let same = |value: Value| {
        let read = stage_from_value(value.clone());
        assert_eq!(read.is_ok(), fits(&schema, &value), "{value}: {read:?}");
        read.is_ok()
    };
    let (mut taken, mut refused) = (0, 0);
    for info in STAGES {
        let mut whole = json!({"type": info.name});
        for field in info.fields {
            whole[field.name] = good(&field.kind);
        }
        assert!(same(whole.clone()), "{}", info.name);
        for (alias, _) in info.aliases {
            let mut other = whole.clone();
            other["type"] = json!(alias);
            assert!(same(other));
        }
        for field in info.fields {
            let mut without = whole.clone();
            without.as_object_mut().unwrap().shift_remove(field.name);
            assert_eq!(same(without), field.optional);
            for value in values(&field.kind) {
                let mut other = whole.clone();
                other[field.name] = value;
                *if same(other) {
                    &mut taken
                } else {
                    &mut refused
                } += 1;
            }
        }
    }
    for value in [
        json!({}),
        json!([]),
        json!({"type": "no"}),
        json!({"type": "REEL_STOP"}),
    ] {
        assert!(!same(value));
    }
    assert!(taken > 200 && refused > 200, "{taken} {refused}");
}

#[test]
fn every_stage_comes_back_as_it_was_written() {
    for info in STAGES {
        let mut value = |field: &segue_middleware::stage::FieldInfo| match good(&field.kind) {
            Value::Bool(on) => Some(Field::Bool(on)),
            Value::String(text) => Some(Field::Text(text)),
            Value::Array(_) => Some(Field::List(vec![Field::Int(3)])),
            number => match number.as_i64() {
                Some(n) => Some(Field::Int(n)),
                None => number.as_f64().map(Field::Number),
            },
        };
        let stage = Stage::build(info, &mut value).unwrap();
        let written = stage_to_value(&stage);
        assert_eq!(written["type"], info.name);
        assert_eq!(stage_from_value(written).unwrap(), stage);
    }
}

#[test]
fn a_trace_comes_back_as_it_was_written() {
    let mut event = StageEvent::new(
        Stage::ReelStop {
            reel: 2,
            symbols: vec![1, 5],
        },
        1400.25,
    );
    event.payload.bet = Some(100);
    event.payload.grid = vec![vec![1, 2], vec![3]];
    event.source_event = Some("rs".to_owned());
    event.tags = vec!["a".to_owned()];
    let trace = StageTrace {
        trace_id: "t".to_owned(),
        spin: Some(7),
        events: vec![StageEvent::new(Stage::UiSpinPress {}, 0.0), event],
        metadata: vec![("who".to_owned(), "me".to_owned())],
        ..StageTrace::default()
    };
    let text = trace_to_json(&trace).unwrap();
    let (again, warnings) = trace_from_json(&text).unwrap();
    assert_eq!((again, warnings.len()), (trace, 0));
}

#[test]
fn faults_of_a_trace_have_their_place() {
    let read = |events: Value| {
        let trace = json!({"format": "segue.stages", "version": 1, "events": events});
        trace_from_json(trace.to_string().as_bytes())
            .unwrap_err()
            .to_string()
    };
    let stop = json!({"stage": {"type": "reel_stop", "reel": 10, "symbols": []}});
    let text = read(json!([stop]));
    assert!(text.contains("events[0].stage.reel"), "{text}");
    assert!(text.contains("10 is not a whole number in 0..=9"), "{text}");
    let late = json!({"stage": {"type": "spin_end"}, "timestamp_ms": 5});
    let text = read(json!([late, {"stage": {"type": "spin_end"}, "timestamp_ms": 4}]));
    assert!(
        text.contains("events[1].timestamp_ms") && text.contains("4 is before 5"),
        "{text}"
    );
    assert!(read(json!([{}])).contains("this event has no stage"));
    let other = br#"{"format": "segue.project", "version": 1}"#;
    assert!(
        trace_from_json(other)
            .unwrap_err()
            .to_string()
            .contains("segue.stages")
    );
    let newer = br#"{"format": "segue.stages", "version": 2}"#;
    assert!(matches!(trace_from_json(newer), Err(Error::Newer { .. })));
}

#[test]
fn tables_and_profiles_come_back_as_they_were_written() {
    let mut tiers = WinTiers::default();
    tiers.tiers[0].to = Some(segue_middleware::stage::tiers::Ratio { num: 5, den: 2 });
    tiers.tiers[1].from = segue_middleware::stage::tiers::Ratio { num: 5, den: 2 };
    let text = tiers_to_json(&tiers).unwrap();
    assert!(String::from_utf8_lossy(&text).contains("\"5/2\""));
    assert_eq!(tiers_from_json(&text).unwrap().0, tiers);
    let gap = String::from_utf8(text)
        .unwrap()
        .replace("\"to\": \"5/2\"", "\"to\": 2");
    let error = tiers_from_json(gap.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("tiers[1].from"), "{error}");

    let turbo = TimingProfile::built_in("turbo").unwrap();
    assert_eq!(
        timing_from_json(&timing_to_json(&turbo).unwrap())
            .unwrap()
            .0,
        turbo
    );
    let few = br#"{"format": "segue.timing", "version": 1, "name": "mine", "first_stop_ms": 7}"#;
    let mine = timing_from_json(few).unwrap().0;
    assert_eq!((mine.first_stop_ms, mine.stop_interval_ms), (7.0, 300.0));
    let wrong = br#"{"format": "segue.timing", "version": 1, "name": "m", "first_stop": 7}"#;
    let error = timing_from_json(wrong).unwrap_err().to_string();
    assert!(error.contains("did you mean \"first_stop_ms\"?"), "{error}");

    let lint = LintProfile::uk();
    assert_eq!(
        lint_from_json(&lint_to_json(&lint).unwrap()).unwrap().0,
        lint
    );
}
