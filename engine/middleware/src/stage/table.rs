//! The one table of stages. Everything else that knows their names, ids or fields is made from it.
//!
//! A stage that is added takes a free id; ids are never changed or used again.

use std::fmt;

use super::field::{
    Direction, FeatureType, FieldValue, GambleOutcome, JackpotTier, Kind, Reason, Value,
};
use super::nearest;

/// The number of a stage: the group in the upper byte, the place in it in the lower one; from
/// 0x8000 the stages that a game made itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StageId(pub u16);

/// The first id of a game's own stages.
pub const CUSTOM: u16 = 0x8000;

impl StageId {
    /// What the table says of it; all of a game's own stages are `custom`. `[thread-safe]`
    pub fn info(self) -> Option<&'static StageInfo> {
        if self.0 >= CUSTOM {
            return STAGES.last();
        }
        let known = |info: &&StageInfo| {
            let alias = |(_, id): &(&str, u16)| *id != 0 && *id == self.0;
            info.id == self || info.aliases.iter().any(alias)
        };
        STAGES.iter().find(known)
    }

    /// Its name; `unknown` for an id that nothing has. `[thread-safe]`
    pub fn name(self) -> &'static str {
        self.info().map_or("unknown", |info| info.name)
    }

    /// It goes on until another stage ends it.
    pub fn loops(self) -> bool {
        self.info().is_some_and(|info| info.loops)
    }

    /// It makes the music give way.
    pub fn ducks(self) -> bool {
        self.info().is_some_and(|info| info.ducks)
    }
}

impl fmt::Display for StageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageInfo {
    /// Its id.
    pub id: StageId,
    /// Its name in files and messages: `reel_stop`.
    pub name: &'static str,
    /// Other names that are read as this one, with the id that such a name keeps; 0 is none.
    pub aliases: &'static [(&'static str, u16)],
    /// Its payload, in its order.
    pub fields: &'static [FieldInfo],
    /// It goes on until another stage ends it.
    pub loops: bool,
    /// It makes the music give way.
    pub ducks: bool,
    /// For people.
    pub about: &'static str,
}

/// A field of a stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FieldInfo {
    /// Its name in files and messages.
    pub name: &'static str,
    /// What it may hold.
    pub kind: Kind,
    /// It may be left out.
    pub optional: bool,
    /// How it stands in the names of sounds.
    pub suffix: Suffix,
    /// Where it lies in the real-time form.
    pub slot: Slot,
}

/// How a field stands in the names of sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suffix {
    /// Not at all.
    None,
    /// As `_2`.
    Number,
    /// As `_FREE_SPINS`.
    Word,
}

/// Where a field lies in the real-time form of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Nowhere.
    None,
    /// `reel`.
    Reel,
    /// `tier`, as a number or the place of the word.
    Tier,
    /// `level`.
    Level,
    /// `a`.
    A,
    /// `b`.
    B,
}

/// Why something is no stage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StageError {
    /// No stage has this name.
    #[error("there is no stage {name:?}{}", meant(near))]
    Unknown {
        /// The name.
        name: String,
        /// The nearest one.
        near: Option<String>,
    },
    /// A field that must be there is not.
    #[error("{stage} needs {field}: {allowed}")]
    Missing {
        /// Of which stage.
        stage: &'static str,
        /// The field.
        field: &'static str,
        /// What it may be.
        allowed: String,
    },
    /// A field holds what it must not.
    #[error("{stage}: {field}: {reason}")]
    Field {
        /// Of which stage.
        stage: &'static str,
        /// The field.
        field: &'static str,
        /// The value and what is allowed.
        reason: String,
    },
    /// A field that the stage does not have.
    #[error("{stage} has no {field}{}", meant(near))]
    NoField {
        /// The stage.
        stage: &'static str,
        /// The field.
        field: String,
        /// The nearest one.
        near: Option<String>,
    },
}

fn meant(near: &Option<String>) -> String {
    near.as_ref()
        .map_or_else(String::new, |near| format!("; did you mean {near:?}?"))
}

/// The row of a name or of one of its aliases; case is free. `[thread-safe]`
///
/// # Errors
/// [`StageError::Unknown`] with the nearest name.
pub fn parse(name: &str) -> Result<&'static StageInfo, StageError> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    let found = STAGES
        .iter()
        .find(|info| is(info.name) || info.aliases.iter().any(|(alias, _)| is(alias)));
    found.ok_or_else(|| StageError::Unknown {
        name: name.chars().take(64).collect(),
        near: nearest(name, STAGES.iter().map(|info| info.name)).map(str::to_owned),
    })
}

/// The row of a name or alias as files write it; case counts. `[thread-safe]`
///
/// # Errors
/// [`StageError::Unknown`] with the nearest name.
pub fn named(name: &str) -> Result<&'static StageInfo, StageError> {
    let info = parse(name)?;
    if info.name == name || info.aliases.iter().any(|(alias, _)| *alias == name) {
        return Ok(info);
    }
    Err(StageError::Unknown {
        name: name.to_owned(),
        near: Some(info.name.to_owned()),
    })
}

impl StageInfo {
    /// A field by its name. `[thread-safe]`
    ///
    /// # Errors
    /// [`StageError::NoField`] with the nearest one.
    pub fn field(&self, name: &str) -> Result<&'static FieldInfo, StageError> {
        let found = self.fields.iter().find(|field| field.name == name);
        found.ok_or_else(|| StageError::NoField {
            stage: self.name,
            field: name.chars().take(64).collect(),
            near: nearest(name, self.fields.iter().map(|it| it.name)).map(str::to_owned),
        })
    }
}

/// What of a field does not follow from its type.
struct Def {
    kind: Kind,
    suffix: Suffix,
    slot: Slot,
}

const fn def(kind: Kind, suffix: Suffix, slot: Slot) -> Def {
    Def { kind, suffix, slot }
}

const fn int(min: i64, max: i64) -> Kind {
    Kind::Int { min, max }
}

const fn money(slot: Slot) -> Def {
    def(int(0, i64::MAX), Suffix::None, slot)
}

const fn count(max: i64, slot: Slot) -> Def {
    def(int(0, max), Suffix::None, slot)
}

/// Largest number of a multiplier.
const MULTIPLIERS: Kind = Kind::Number { min: 0.0, max: 1e6 };
const UNIT: Kind = Kind::Number { min: 0.0, max: 1.0 };
const TEXT: Kind = Kind::Text { max: 64 };
const SYMBOL_IDS: Kind = int(0, u16::MAX as i64);

/// Largest number of a reel, from 0 on.
pub const REEL_MAX: u8 = 9;
const REEL: Def = def(int(0, REEL_MAX as i64), Suffix::Number, Slot::Reel);
const SYMBOLS: Def = def(
    Kind::Ints {
        min: 0,
        max: u16::MAX as i64,
        most: 64,
    },
    Suffix::None,
    Slot::None,
);
const SYMBOL: Def = def(SYMBOL_IDS, Suffix::Number, Slot::A);
const SYMBOL_TO: Def = def(SYMBOL_IDS, Suffix::None, Slot::B);
const ROW: Def = count(63, Slot::Level);
const REASON: Def = def(Kind::Word(Reason::WORDS), Suffix::None, Slot::Tier);
const TENSION: Def = def(int(1, 4), Suffix::Number, Slot::Level);
const PROGRESS: Def = def(UNIT, Suffix::None, Slot::B);
const AMOUNT: Def = money(Slot::A);
const LINES: Def = count(u16::MAX as i64, Slot::B);
const LINE: Def = def(int(0, u16::MAX as i64), Suffix::Number, Slot::B);
const BIG_TIER: Def = def(int(1, 5), Suffix::Number, Slot::Tier);
const FEATURE: Def = def(
    Kind::WordOrCustom(FeatureType::WORDS),
    Suffix::Word,
    Slot::Tier,
);
const STEPS: Def = count(u32::MAX as i64, Slot::A);
const INDEX: Def = def(int(0, u32::MAX as i64), Suffix::Number, Slot::A);
const LEFT: Def = count(u32::MAX as i64, Slot::None);
const TIMES: Def = def(MULTIPLIERS, Suffix::None, Slot::B);
const PRIZE: Def = def(TEXT, Suffix::Word, Slot::None);
const NOTE: Def = def(TEXT, Suffix::None, Slot::None);
const FLAG: Def = def(Kind::Bool, Suffix::None, Slot::Level);
const JACKPOT: Def = def(Kind::Word(JackpotTier::WORDS), Suffix::Word, Slot::Tier);
const OUTCOME: Def = def(Kind::Word(GambleOutcome::WORDS), Suffix::Word, Slot::Tier);
const WAY: Def = def(Kind::Word(Direction::WORDS), Suffix::None, Slot::Tier);
const SKIPPED: Def = def(int(0, 11), Suffix::None, Slot::Tier);
const UPGRADE: Def = def(int(0, 255), Suffix::Number, Slot::Tier);

macro_rules! yes {
    () => {
        false
    };
    ($flag:ident) => {
        true
    };
}

macro_rules! stages {
    ($($id:literal $name:literal $variant:ident $(alias $alias:literal $alias_id:literal)*
        $(loops $loops:ident)? $(ducks $ducks:ident)?
        { $($field:ident $key:literal: $type:ty = $def:expr,)* } $about:literal;)*) => {
        /// A stage with its payload.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Stage {
            $(
                #[doc = $about]
                $variant {
                    $(
                        #[doc = concat!("The field `", $key, "`.")]
                        $field: $type,
                    )*
                },
            )*
            /// A stage of the game's own.
            Custom {
                /// 0..=0x7FFF; the stage's id is 0x8000 above it.
                id: u16,
                /// What the game calls it.
                name: String,
            },
        }

        /// The table, in the order of its ids; the last row stands for a game's own stages.
        pub const STAGES: &[StageInfo] = &[
            $(StageInfo {
                id: StageId($id),
                name: $name,
                aliases: &[$(($alias, $alias_id)),*],
                fields: &[$(FieldInfo {
                    name: $key,
                    kind: $def.kind,
                    optional: <$type as FieldValue>::OPTIONAL,
                    suffix: $def.suffix,
                    slot: $def.slot,
                }),*],
                loops: yes!($($loops)?),
                ducks: yes!($($ducks)?),
                about: $about,
            },)*
            StageInfo {
                id: StageId(CUSTOM),
                name: "custom",
                aliases: &[],
                fields: &[
                    FieldInfo {
                        name: "name", kind: TEXT, optional: false,
                        suffix: Suffix::None, slot: Slot::None,
                    },
                    FieldInfo {
                        name: "id", kind: int(0, 0x7FFF), optional: false,
                        suffix: Suffix::None, slot: Slot::None,
                    },
                ],
                loops: false,
                ducks: false,
                about: "A stage of the game's own.",
            },
        ];

        impl Stage {
            /// Its id.
            pub const fn id(&self) -> StageId {
                match self {
                    $(Self::$variant { .. } => StageId($id),)*
                    Self::Custom { id, .. } => StageId(CUSTOM | *id),
                }
            }

            /// Hands every field that is there to `each`, in the order of the table.
            pub fn each_field(&self, each: &mut dyn FnMut(&'static FieldInfo, Value)) {
                let infos = self.info().fields;
                let mut infos = infos.iter();
                let mut give = |value: Option<Value>| {
                    if let (Some(info), Some(value)) = (infos.next(), value) {
                        each(info, value);
                    }
                };
                match self {
                    $(Self::$variant { $($field),* } => {
                        $(give($field.put());)*
                    })*
                    Self::Custom { id, name } => {
                        give(name.put());
                        give(id.put());
                    }
                }
            }

            /// The stage of a row with the fields that `field` gives. `[thread-safe]`
            ///
            /// # Errors
            /// [`StageError::Missing`] and [`StageError::Field`].
            pub fn build(
                info: &'static StageInfo,
                field: &mut dyn FnMut(&FieldInfo) -> Option<Value>,
            ) -> Result<Self, StageError> {
                let mut fields = info.fields.iter();
                match info.id.0 {
                    $($id => Ok(Self::$variant {
                        $($field: taken(info, fields.next(), field)?,)*
                    }),)*
                    _ => {
                        let name = taken(info, fields.next(), field)?;
                        let id = taken(info, fields.next(), field)?;
                        Ok(Self::Custom { id, name })
                    }
                }
            }
        }
    };
}

/// Takes one field, checked by its kind.
fn taken<T: FieldValue>(
    info: &'static StageInfo,
    field: Option<&'static FieldInfo>,
    give: &mut dyn FnMut(&FieldInfo) -> Option<Value>,
) -> Result<T, StageError> {
    // Rows and variants come from the same table: there is a field.
    let field = field.unwrap_or(&info.fields[0]);
    let stage = info.name;
    let Some(value) = give(field) else {
        let missing = || StageError::Missing {
            stage,
            field: field.name,
            allowed: field.kind.to_string(),
        };
        return T::take(None).ok_or_else(missing);
    };
    let refused = |reason: String| StageError::Field {
        stage,
        field: field.name,
        reason,
    };
    let value = field.kind.accept(value).map_err(refused)?;
    let shown = value.to_string();
    T::take(Some(value)).ok_or_else(|| refused(format!("{shown} is not {}", field.kind)))
}

impl Stage {
    /// Its row.
    pub fn info(&self) -> &'static StageInfo {
        // Every variant has a row.
        self.id().info().unwrap_or(&STAGES[STAGES.len() - 1])
    }

    /// Its name; that of a game's own stage is its own.
    pub fn name(&self) -> &str {
        match self {
            Self::Custom { name, .. } => name,
            _ => self.info().name,
        }
    }

    /// A field by its name, where it is there.
    pub fn field(&self, name: &str) -> Option<Value> {
        let mut found = None;
        self.each_field(&mut |info, value| {
            if info.name == name {
                found = Some(value);
            }
        });
        found
    }

    /// The reel it is about.
    pub fn reel(&self) -> Option<u8> {
        match self.field("reel") {
            Some(Value::Int(reel)) => u8::try_from(reel).ok(),
            _ => None,
        }
    }
}

stages! {
    0x0101 "ui_spin_press" UiSpinPress alias "spin_start" 0 {} "The player starts a spin.";
    0x0102 "reel_spin_loop" ReelSpinLoop loops L {} "The reels turn, all of them together.";
    0x0104 "reel_spinning_start" ReelSpinningStart alias "reel_spinning" 0x0103 loops L {
        reel "reel": u8 = REEL,
    } "A reel begins to turn.";
    0x0105 "reel_spinning_stop" ReelSpinningStop { reel "reel": u8 = REEL, } "A reel no longer turns.";
    0x0106 "reel_stop" ReelStop {
        reel "reel": u8 = REEL,
        symbols "symbols": Vec<u16> = SYMBOLS,
    } "A reel lands.";
    0x0107 "evaluate_wins" EvaluateWins {} "The wins are counted.";
    0x0108 "spin_end" SpinEnd {} "The spin is over.";

    0x0201 "anticipation_on" AnticipationOn loops L {
        reel "reel": u8 = REEL,
        reason "reason": Option<Reason> = REASON,
    } "A reel is awaited.";
    0x0202 "anticipation_off" AnticipationOff { reel "reel": u8 = REEL, } "A reel is no longer awaited.";
    0x0203 "anticipation_tension_layer" AnticipationTensionLayer loops L {
        reel "reel": u8 = REEL,
        tension "tension": u8 = TENSION,
        reason "reason": Option<Reason> = REASON,
        progress "progress": f64 = PROGRESS,
    } "How tense it is, from reel to reel.";

    0x0301 "win_present" WinPresent {
        win_amount "win_amount": i64 = AMOUNT,
        line_count "line_count": u16 = LINES,
    } "A win is shown.";
    0x0302 "win_line_show" WinLineShow {
        line "line": u16 = LINE,
        amount "amount": i64 = AMOUNT,
    } "One line of a win is shown.";
    0x0303 "rollup_start" RollupStart {
        target "target": i64 = AMOUNT,
        start "start": i64 = money(Slot::B),
    } "The win begins to count up.";
    0x0304 "rollup_tick" RollupTick loops L {
        current "current": i64 = AMOUNT,
        progress "progress": f64 = PROGRESS,
    } "The win counts up.";
    0x0305 "rollup_end" RollupEnd { total "final": i64 = AMOUNT, } "The win has counted up.";
    0x0306 "big_win_tier" BigWinTier ducks D {
        tier "tier": u8 = BIG_TIER,
        amount "amount": i64 = AMOUNT,
    } "A tier of a big win begins.";

    0x0401 "feature_enter" FeatureEnter ducks D {
        feature "feature_type": FeatureType = FEATURE,
        total_steps "total_steps": Option<u32> = STEPS,
        multiplier "multiplier": f64 = TIMES,
    } "A feature begins.";
    0x0402 "feature_step" FeatureStep {
        index "index": u32 = INDEX,
        remaining "remaining": Option<u32> = LEFT,
        multiplier "multiplier": f64 = TIMES,
    } "A step of a feature is done.";
    0x0403 "feature_retrigger" FeatureRetrigger {
        additional "additional": u32 = STEPS,
        new_total "new_total": Option<u32> = LEFT,
    } "A feature gets longer.";
    0x0404 "feature_exit" FeatureExit { total_win "total_win": i64 = AMOUNT, } "A feature is over.";
    0x0405 "fs_summary" FsSummary ducks D {
        total_win "total_win": i64 = AMOUNT,
        spins_played "spins_played": u32 = LEFT,
        retriggers "retriggers": u32 = LEFT,
        feature "feature_type": FeatureType = FEATURE,
    } "What a feature has brought is shown.";
    0x0406 "ui_skip_press" UiSkipPress {
        win_tier "win_tier": Option<u8> = SKIPPED,
        was_big_win "was_big_win": bool = FLAG,
    } "The player skips what is shown.";

    0x0501 "cascade_start" CascadeStart {} "Symbols begin to fall.";
    0x0502 "cascade_step" CascadeStep {
        index "index": u32 = INDEX,
        multiplier "multiplier": f64 = TIMES,
    } "Symbols have fallen once.";
    0x0503 "cascade_end" CascadeEnd {
        steps "steps": u32 = STEPS,
        total_win "total_win": i64 = money(Slot::B),
    } "Symbols fall no more.";

    0x0601 "bonus_enter" BonusEnter { bonus "bonus_type": FeatureType = FEATURE, } "A bonus game opens.";
    0x0602 "bonus_choice" BonusChoice {
        bonus "bonus_type": FeatureType = FEATURE,
        options "options": u32 = LEFT,
    } "The player may choose.";
    0x0603 "bonus_reveal" BonusReveal {
        value "value": i64 = AMOUNT,
        terminal "terminal": bool = FLAG,
    } "What was chosen is shown.";
    0x0604 "bonus_exit" BonusExit { total_win "total_win": i64 = AMOUNT, } "A bonus game closes.";
    0x0605 "bonus_start" BonusStart {
        bonus "bonus_type": FeatureType = FEATURE,
        picks "picks": u32 = STEPS,
    } "A bonus game begins.";
    0x0606 "bonus_prize_reveal" BonusPrizeReveal {
        prize "prize": String = PRIZE,
        value "value": i64 = AMOUNT,
    } "A prize is shown.";
    0x0607 "bonus_complete" BonusComplete {
        total "total": i64 = AMOUNT,
        picks_used "picks_used": u32 = LEFT,
    } "A bonus game is done.";

    0x0701 "gamble_start" GambleStart { stake "stake": i64 = AMOUNT, } "The win is put at stake.";
    0x0702 "gamble_choice" GambleChoice { choice "choice": String = PRIZE, } "The player guesses.";
    0x0703 "gamble_result" GambleResult {
        result "result": GambleOutcome = OUTCOME,
        new_amount "new_amount": i64 = AMOUNT,
    } "The guess was right or wrong.";
    0x0704 "gamble_end" GambleEnd { collected "collected": i64 = AMOUNT, } "The gamble is over.";

    0x0801 "jackpot_trigger" JackpotTrigger ducks D { tier "tier": JackpotTier = JACKPOT, } "A jackpot falls.";
    0x0802 "jackpot_buildup" JackpotBuildup ducks D { tier "tier": JackpotTier = JACKPOT, } "It is about to be shown.";
    0x0803 "jackpot_reveal" JackpotReveal ducks D {
        amount "amount": i64 = AMOUNT,
        tier "tier": JackpotTier = JACKPOT,
    } "It is shown which jackpot it is.";
    0x0804 "jackpot_present" JackpotPresent ducks D {
        amount "amount": i64 = AMOUNT,
        tier "tier": JackpotTier = JACKPOT,
    } "The jackpot's amount is shown.";
    0x0805 "jackpot_celebration" JackpotCelebration loops L ducks D { tier "tier": JackpotTier = JACKPOT, } "The jackpot is celebrated.";
    0x0806 "jackpot_end" JackpotEnd {} "The jackpot is over.";

    0x0901 "idle_start" IdleStart {} "Nobody plays.";
    0x0902 "idle_loop" IdleLoop loops L {} "Still nobody plays.";
    0x0903 "menu_open" MenuOpen { menu "menu": Option<String> = NOTE, } "A menu opens.";
    0x0904 "menu_close" MenuClose { menu "menu": Option<String> = NOTE, } "A menu closes.";
    0x0905 "autoplay_start" AutoplayStart { spins "n": Option<u32> = LEFT, } "The game plays by itself.";
    0x0906 "autoplay_stop" AutoplayStop { reason "reason": Option<String> = NOTE, } "The player plays again.";

    0x0A01 "symbol_transform" SymbolTransform {
        reel "reel": u8 = REEL,
        row "row": u8 = ROW,
        from "from": u16 = SYMBOL,
        to "to": u16 = SYMBOL_TO,
    } "A symbol becomes another.";
    0x0A02 "wild_expand" WildExpand {
        reel "reel": u8 = REEL,
        direction "direction": Direction = WAY,
    } "A wild grows.";
    0x0A03 "multiplier_change" MultiplierChange { value "value": f64 = TIMES, } "The multiplier is another.";
    0x0A04 "near_miss" NearMiss {
        reel "reel": Option<u8> = REEL,
        reason "reason": Reason = REASON,
        proximity "proximity": f64 = PROGRESS,
    } "A prize was missed by little.";
    0x0A05 "symbol_upgrade" SymbolUpgrade { tier "tier": u8 = UPGRADE, } "A symbol is worth more.";
    0x0A06 "mystery_reveal" MysteryReveal {
        count "count": u16 = LINES,
        symbol "symbol": u16 = SYMBOL,
        simultaneous "simultaneous": bool = FLAG,
    } "Hidden symbols are shown.";
    0x0A07 "multiplier_apply" MultiplierApply {
        multiplier "multiplier": f64 = TIMES,
        base "base": i64 = AMOUNT,
        total "final": i64 = money(Slot::None),
    } "The multiplier makes the win larger.";
}
