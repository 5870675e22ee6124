//! A line of a stage: `stage reel_stop reel=2 symbols=1,5,7 bet=100`.

use crate::game::Call;
use segue_middleware::stage::names::AROUND;
use segue_middleware::stage::{Kind, Stage, StageEvent, Value, parse};

/// Options of every stage, besides its own fields.
const OTHERS: [&str; 3] = ["symbol", "object", "game"];

/// Reads what stands behind `stage`.
pub(super) fn read(words: Vec<String>) -> Result<Call, String> {
    let mut words = words.into_iter();
    let name = words.next();
    let name = name.ok_or("stage needs the name of a stage; `segue stages list` shows them")?;
    let info = parse(&name).map_err(|error| error.to_string())?;
    let mut options: Vec<(String, String)> = Vec::new();
    for word in words {
        let Some((key, value)) = word.split_once('=') else {
            return Err(format!(
                "{} does not take {word:?}; its fields are written as name=value",
                info.name
            ));
        };
        if options.iter().any(|(known, _)| known == key) {
            return Err(format!("{key}= is there twice; leave one out"));
        }
        let own = info.fields.iter().any(|field| field.name == key);
        if !own && !AROUND.contains(&key) && !OTHERS.contains(&key) {
            let error = info
                .field(key)
                .map(|_| ())
                .map_err(|error| error.to_string());
            error?;
        }
        options.push((key.to_owned(), value.to_owned()));
    }
    let find = |key: &str| options.iter().find(|(known, _)| known == key);
    let mut wrong = None;
    let stage = Stage::build(info, &mut |field| {
        let (key, word) = find(field.name)?;
        let read = field.kind.read(word);
        read.map_err(|error| wrong = Some(format!("{key}: {error}")))
            .ok()
    });
    let stage = match wrong {
        Some(wrong) => return Err(wrong),
        None => stage.map_err(|error| error.to_string())?,
    };
    let mut event = StageEvent::new(stage, 0.0);
    let text = |key: &str| find(key).map(|(_, value)| value.clone());
    event.payload.symbol = text("symbol");
    event.payload.win = money("win", text("win"))?;
    event.payload.bet = money("bet", text("bet"))?;
    event.payload.spins_remaining = match text("spins_remaining") {
        None => None,
        Some(word) => Some(word.parse().map_err(|_| {
            format!("spins_remaining: {word:?} is not a whole number in 0..=4294967295")
        })?),
    };
    #[expect(clippy::cast_precision_loss, reason = "derived, never counted with")]
    if let (Some(win), Some(bet)) = (event.payload.win, event.payload.bet.filter(|bet| *bet > 0)) {
        event.payload.ratio = Some(win as f64 / bet as f64);
    }
    Ok(Call::Stage {
        event: Box::new(event),
        object: text("object").unwrap_or_default(),
        game: text("game").unwrap_or_default(),
    })
}

fn money(key: &str, word: Option<String>) -> Result<Option<i64>, String> {
    const MONEY: Kind = Kind::Int {
        min: 0,
        max: i64::MAX,
    };
    let Some(word) = word else { return Ok(None) };
    match MONEY.read(&word) {
        Ok(Value::Int(amount)) => Ok(Some(amount)),
        _ => Err(format!("{key}: {word:?} is no amount of minor units")),
    }
}
