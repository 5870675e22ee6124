//! What the fields of stages hold: kinds with ranges, and values of any of them.

use std::fmt;

/// A value of a field, whatever it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A whole number; amounts of money are in minor units.
    Int(i64),
    /// A number.
    Number(f64),
    /// A text or a word.
    Text(String),
    /// A list.
    List(Vec<Value>),
}

/// What a field may hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// True or false.
    Bool,
    /// A whole number in this range, both ends included.
    Int {
        /// Least.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// A finite number in this range.
    Number {
        /// Least.
        min: f64,
        /// Largest.
        max: f64,
    },
    /// A text of at most so many characters, none of them a control character.
    Text {
        /// Characters.
        max: usize,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these words, or `custom:N`.
    WordOrCustom(&'static [&'static str]),
    /// A list of whole numbers.
    Ints {
        /// Least of each.
        min: i64,
        /// Largest of each.
        max: i64,
        /// Most of them.
        most: usize,
    },
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("true or false"),
            Self::Int { min, max } => write!(f, "a whole number in {min}..={max}"),
            Self::Number { min, max } => write!(f, "a number in {min}..={max}"),
            Self::Text { max } => write!(f, "a text of at most {max} characters"),
            Self::Word(words) => write!(f, "one of {}", words.join(", ")),
            Self::WordOrCustom(words) => write!(f, "one of {}, custom:N", words.join(", ")),
            Self::Ints { min, max, most } => {
                write!(f, "a list of at most {most} whole numbers in {min}..={max}")
            }
        }
    }
}

impl Kind {
    /// The value if a field of this kind may hold it; a whole number is a number too. Else what is
    /// allowed.
    ///
    /// # Errors
    /// The value and what is allowed.
    pub fn accept(&self, value: Value) -> Result<Value, String> {
        let holds = match (self, &value) {
            (Self::Bool, Value::Bool(_)) => true,
            (Self::Int { min, max }, Value::Int(n)) => (min..=max).contains(&n),
            (Self::Number { min, max }, Value::Number(x)) => (min..=max).contains(&x),
            #[expect(clippy::cast_precision_loss, reason = "ranges are far below 2^53")]
            (Self::Number { min, max }, Value::Int(n)) => {
                let x = *n as f64;
                if (*min..=*max).contains(&x) {
                    return Ok(Value::Number(x));
                }
                false
            }
            (Self::Text { max }, Value::Text(text)) => {
                text.chars().count() <= *max && !text.chars().any(char::is_control)
            }
            // JSON has one kind of number: 2.0 is a whole one.
            (Self::Int { .. }, Value::Number(x)) => {
                return match whole(*x) {
                    Some(n) => self.accept(Value::Int(n)),
                    None => Err(format!("{value} is not {self}")),
                };
            }
            (Self::Word(words), Value::Text(word)) => words.contains(&word.as_str()),
            (Self::WordOrCustom(words), Value::Text(word)) => {
                words.contains(&word.as_str()) || custom(word).is_some()
            }
            (Self::Ints { min, max, most }, Value::List(list)) => {
                let of = Self::Int {
                    min: *min,
                    max: *max,
                };
                let items = list.iter().map(|item| of.accept(item.clone()));
                let items = items.collect::<Result<Vec<_>, _>>();
                if let (Ok(items), true) = (items, list.len() <= *most) {
                    return Ok(Value::List(items));
                }
                false
            }
            _ => false,
        };
        if holds {
            Ok(value)
        } else {
            Err(format!("{value} is not {self}"))
        }
    }

    /// The value that a person wrote as a word: `2`, `true`, `grand`, `1,2,3`.
    ///
    /// # Errors
    /// The word and what is allowed.
    pub fn read(&self, word: &str) -> Result<Value, String> {
        let refuse = || format!("{word:?} is not {self}");
        let value = match self {
            Self::Bool => match word {
                "true" | "yes" => Some(Value::Bool(true)),
                "false" | "no" => Some(Value::Bool(false)),
                _ => None,
            },
            Self::Int { .. } => word.parse().ok().map(Value::Int),
            Self::Number { .. } => word.parse().ok().map(Value::Number),
            Self::Text { .. } | Self::Word(_) | Self::WordOrCustom(_) => {
                Some(Value::Text(word.to_owned()))
            }
            Self::Ints { .. } if word.is_empty() => Some(Value::List(Vec::new())),
            Self::Ints { .. } => {
                let items = word
                    .split(',')
                    .map(|item| item.trim().parse().map(Value::Int));
                items.collect::<Result<_, _>>().ok().map(Value::List)
            }
        };
        self.accept(value.ok_or_else(refuse)?).map_err(|_| refuse())
    }
}

impl fmt::Display for Value {
    /// As [`Kind::read`] takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(on) => write!(f, "{on}"),
            Self::Int(n) => write!(f, "{n}"),
            Self::Number(x) => write!(f, "{x}"),
            Self::Text(text) => f.write_str(text),
            Self::List(list) => {
                for (at, item) in list.iter().enumerate() {
                    let comma = if at > 0 { "," } else { "" };
                    write!(f, "{comma}{item}")?;
                }
                Ok(())
            }
        }
    }
}

/// Something a field can be. Values that come in were accepted by the field's [`Kind`].
pub trait FieldValue: Sized {
    /// Whether it may be absent.
    const OPTIONAL: bool = false;
    /// The value; `None` where it is absent.
    fn put(&self) -> Option<Value>;
    /// From a value; `None` for one that it cannot be.
    fn take(value: Option<Value>) -> Option<Self>;
}

macro_rules! whole_fields {
    ($($type:ty),*) => {$(
        impl FieldValue for $type {
            fn put(&self) -> Option<Value> {
                Some(Value::Int(i64::from(*self)))
            }

            fn take(value: Option<Value>) -> Option<Self> {
                match value {
                    Some(Value::Int(n)) => Self::try_from(n).ok(),
                    _ => None,
                }
            }
        }
    )*};
}

whole_fields!(u8, u16, u32, i64);

impl FieldValue for f64 {
    fn put(&self) -> Option<Value> {
        Some(Value::Number(*self))
    }

    fn take(value: Option<Value>) -> Option<Self> {
        match value {
            Some(Value::Number(x)) => Some(x),
            _ => None,
        }
    }
}

impl FieldValue for bool {
    fn put(&self) -> Option<Value> {
        Some(Value::Bool(*self))
    }

    fn take(value: Option<Value>) -> Option<Self> {
        match value {
            Some(Value::Bool(on)) => Some(on),
            _ => None,
        }
    }
}

impl FieldValue for String {
    fn put(&self) -> Option<Value> {
        Some(Value::Text(self.clone()))
    }

    fn take(value: Option<Value>) -> Option<Self> {
        match value {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }
}

impl FieldValue for Vec<u16> {
    fn put(&self) -> Option<Value> {
        let items = self.iter().map(|item| Value::Int(i64::from(*item)));
        Some(Value::List(items.collect()))
    }

    fn take(value: Option<Value>) -> Option<Self> {
        match value {
            Some(Value::List(list)) => list.into_iter().map(|it| u16::take(Some(it))).collect(),
            _ => None,
        }
    }
}

impl<T: FieldValue> FieldValue for Option<T> {
    const OPTIONAL: bool = true;

    fn put(&self) -> Option<Value> {
        self.as_ref().and_then(T::put)
    }

    fn take(value: Option<Value>) -> Option<Self> {
        match value {
            None => Some(None),
            value => T::take(value).map(Some),
        }
    }
}

macro_rules! words {
    ($($(#[$meta:meta])* pub enum $name:ident { $($(#[$about:meta])* $variant:ident $word:literal,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$about])* $variant,)*
        }

        impl $name {
            /// Its words, in the order of the variants.
            pub const WORDS: &'static [&'static str] = &[$($word),*];
            /// All variants.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its word.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// The variant of a word.
            pub fn of_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl FieldValue for $name {
            fn put(&self) -> Option<Value> {
                Some(Value::Text(self.word().to_owned()))
            }

            fn take(value: Option<Value>) -> Option<Self> {
                match value {
                    Some(Value::Text(word)) => Self::of_word(&word),
                    _ => None,
                }
            }
        }
    )*};
}

words! {
    /// Why a reel is awaited; the later one goes before the earlier, scatter and wild are equal.
    pub enum Reason {
        /// A prize passes by.
        NearMiss "near_miss",
        /// Wilds.
        Wild "wild",
        /// Scatters.
        Scatter "scatter",
        /// Bonus symbols.
        Bonus "bonus",
        /// A jackpot.
        Jackpot "jackpot",
    }

    /// Which jackpot.
    pub enum JackpotTier {
        /// The smallest.
        Mini "mini",
        /// The second.
        Minor "minor",
        /// The third.
        Major "major",
        /// The largest.
        Grand "grand",
        /// Another one.
        Custom "custom",
    }

    /// How a gamble went.
    pub enum GambleOutcome {
        /// Won.
        Win "win",
        /// Lost.
        Lose "lose",
        /// Neither.
        Draw "draw",
    }

    /// Which way a wild grows.
    pub enum Direction {
        /// Up.
        Up "up",
        /// Down.
        Down "down",
        /// Over the whole reel.
        Full "full",
        /// Left.
        Left "left",
        /// Right.
        Right "right",
    }
}

impl Reason {
    /// Which reason goes before which: jackpot 4, bonus 3, scatter and wild 2, near miss 1.
    pub const fn priority(self) -> u8 {
        match self {
            Self::Jackpot => 4,
            Self::Bonus => 3,
            Self::Scatter | Self::Wild => 2,
            Self::NearMiss => 1,
        }
    }
}

macro_rules! features {
    ($($(#[$about:meta])* $variant:ident $word:literal,)*) => {
        /// What kind of feature.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FeatureType {
            $($(#[$about])* $variant,)*
            /// The game's own, by a number below 10⁹.
            Custom(u32),
        }

        impl FeatureType {
            /// The words of all but the game's own.
            pub const WORDS: &'static [&'static str] = &[$($word),*];
            /// All but the game's own.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its word: `free_spins`, `custom:7`.
            pub fn word(self) -> String {
                match self {
                    $(Self::$variant => $word.to_owned(),)*
                    Self::Custom(n) => format!("custom:{n}"),
                }
            }

            /// The feature of a word.
            pub fn of_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    other => custom(other).map(Self::Custom),
                }
            }
        }
    };
}

features! {
    /// Free spins.
    FreeSpins "free_spins",
    /// A bonus game.
    BonusGame "bonus_game",
    /// Picks among hidden prizes.
    PickBonus "pick_bonus",
    /// A wheel.
    WheelBonus "wheel_bonus",
    /// One more spin of some reels.
    Respin "respin",
    /// Hold and spin.
    HoldAndSpin "hold_and_spin",
    /// Wilds that grow.
    ExpandingWilds "expanding_wilds",
    /// Wilds that stay.
    StickyWilds "sticky_wilds",
    /// A multiplier.
    Multiplier "multiplier",
    /// Cascades.
    Cascade "cascade",
    /// Symbols that turn into one.
    MysterySymbols "mystery_symbols",
    /// Wilds that move.
    WalkingWilds "walking_wilds",
    /// Reels of another size.
    ColossalReels "colossal_reels",
    /// Reels whose rows change.
    Megaways "megaways",
}

impl FieldValue for FeatureType {
    fn put(&self) -> Option<Value> {
        Some(Value::Text(self.word()))
    }

    fn take(value: Option<Value>) -> Option<Self> {
        match value {
            Some(Value::Text(word)) => Self::of_word(&word),
            _ => None,
        }
    }
}

/// A whole number that is written as any number.
#[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
fn whole(x: f64) -> Option<i64> {
    let fits = x.fract() == 0.0 && x.abs() < 9.2e18;
    fits.then_some(x as i64)
}

fn custom(word: &str) -> Option<u32> {
    let number = word.strip_prefix("custom:")?;
    let plain = number == "0" || !number.starts_with(['0', '+']);
    let plain = plain && number.len() <= 9;
    number.parse().ok().filter(|_| plain)
}
