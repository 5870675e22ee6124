//! What a field may be for, and how near its name is to the usual ones.

/// One table makes the purposes and their names.
macro_rules! purposes {
    ($($(#[$doc:meta])* $purpose:ident $name:literal [$($alias:literal)*] [$($token:literal)*];)*) => {
        /// What a field is for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Purpose { $($(#[$doc])* $purpose,)* }

        impl Purpose {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$purpose,)*];

            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$purpose => $name,)* }
            }

            /// Usual names, without what separates their words; the most usual first.
            const fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$purpose => &[$($alias),*],)* }
            }

            /// Words that such names have in them.
            const fn tokens(self) -> &'static [&'static str] {
                match self { $(Self::$purpose => &[$($token),*],)* }
            }
        }
    };
}

purposes! {
    /// What happened.
    EventType "event type"
        ["eventname" "event" "eventtype" "name" "type" "messagetype" "cmd" "action" "evt" "kind" "op"
        "msg" "msgtype" "message" "command" "method" "topic" "signal"]
        ["event" "evt" "type" "cmd" "action" "kind" "msg"];
    /// When.
    Time "time" ["timestamp" "time" "ts" "timems" "tms" "t" "elapsed" "elapsedms" "at" "clock"]
        ["timestamp" "time" "ts" "elapsed"];
    /// What the player has.
    Balance "balance" ["balance" "credits" "credit" "cash" "wallet" "bank" "funds"]
        ["balance" "credits" "credit" "cash" "wallet"];
    /// What a spin costs.
    Bet "bet" ["bet" "totalbet" "betamount" "stake" "wager" "totalstake"] ["bet" "stake" "wager"];
    /// What a spin pays.
    Win "win" ["win" "winamount" "totalwin" "payout" "won" "pay" "prize" "winnings"]
        ["win" "payout" "won" "prize" "pay"];
    /// By how much a win grows.
    Multiplier "multiplier" ["multiplier" "mult" "winmultiplier" "x"] ["multiplier" "mult"];
    /// Which reel, or which of them stand.
    Reel "reel" ["reel" "reelindex" "reelid" "reelno" "reelnumber" "stopped" "stoppedreels"
        "reelsstopped" "reels" "column" "col" "r"] ["reel" "stopped" "column"];
    /// What is seen.
    Symbols "symbols" ["symbols" "reels" "syms" "sym" "reelsymbols" "grid" "window" "screen" "board"
        "matrix"] ["symbols" "reels" "syms" "grid" "window"];
    /// A feature is on, or which.
    Feature "feature" ["feature" "featureactive" "infeature" "freespins" "freespinsactive" "freespin"
        "isfreespin" "infreespins" "free" "bonus" "bonusactive" "featuretype"] ["feature" "free" "bonus"];
    /// Which spin.
    SpinNumber "spin number" ["spin" "spinid" "spinnumber" "spinno" "spinindex" "round" "roundid"
        "roundnumber" "gameround" "spincount"] ["spin" "round"];
    /// What the game is doing.
    Phase "phase" ["phase" "gamephase" "gamestate" "state" "mode" "status"] ["phase" "state"];
}

/// Names shorter than this are compared as a whole only.
const SIMILAR_FROM: usize = 4;
/// From here on names are similar.
const SIMILAR_MIN: f64 = 0.8;
/// Last keys that say little; the key before them names the thing.
const GENERIC: [&str; 6] = ["amount", "value", "id", "number", "index", "total"];

impl Purpose {
    /// How near the keys of a path are to its usual names: 1 for one of them, 0.7 for a word of
    /// one, 0.5 for one with few letters changed, else 0. With it the place of the name among the
    /// usual ones.
    pub(super) fn name_match(self, keys: &[String]) -> (f64, usize) {
        let Some((last, before)) = keys.split_last() else {
            return (0.0, usize::MAX);
        };
        let joined = tokens(last).concat();
        if let Some(at) = self.aliases().iter().position(|alias| *alias == joined) {
            return (1.0, at);
        }
        let mut words = tokens(last);
        if GENERIC.contains(&joined.as_str()) {
            words.extend(before.last().map(|key| tokens(key)).unwrap_or_default());
        }
        if words
            .iter()
            .any(|word| self.tokens().contains(&word.as_str()))
        {
            return (0.7, usize::MAX);
        }
        let is_similar = |alias: &&&str| {
            alias.len() >= SIMILAR_FROM
                && strsim::normalized_damerau_levenshtein(alias, &joined) >= SIMILAR_MIN
        };
        match joined.len() >= SIMILAR_FROM && self.aliases().iter().any(|alias| is_similar(&alias))
        {
            true => (0.5, usize::MAX),
            false => (0.0, usize::MAX),
        }
    }
}

/// The words of a name in small letters: `reelStop_2` is `reel`, `stop`, `2`.
pub(super) fn tokens(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for c in name.chars().take(128) {
        let is_hump = c.is_uppercase() && before.is_lowercase();
        let is_number = c.is_ascii_digit() != before.is_ascii_digit() && before.is_alphanumeric();
        let begins = is_hump || is_number || !before.is_alphanumeric();
        if c.is_alphanumeric() {
            match words.last_mut() {
                Some(word) if !begins => word.extend(c.to_lowercase()),
                _ => words.push(c.to_lowercase().collect()),
            }
        }
        before = c;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_into_words() {
        for (name, expected) in [
            ("reelStop_2", "reel stop 2"),
            ("REEL.LAND", "reel land"),
            ("onSpin3Start", "on spin 3 start"),
            ("", ""),
            ("--", ""),
        ] {
            assert_eq!(tokens(name).join(" "), expected, "{name}");
        }
    }

    #[test]
    fn names_match_as_they_are_by_a_word_or_nearly() {
        let of = |purpose: Purpose, path: &str| {
            let keys: Vec<String> = path.split('/').map(str::to_owned).collect();
            purpose.name_match(&keys).0
        };
        for (purpose, path, expected) in [
            (Purpose::Balance, "state/balance", 1.0),
            (Purpose::Bet, "total_bet", 1.0),
            (Purpose::Bet, "totalBet", 1.0),
            (Purpose::Bet, "bet/amount", 0.7),
            (Purpose::Balance, "player_balance", 0.7),
            (Purpose::Balance, "balence", 0.5),
            (Purpose::Balance, "session", 0.0),
            (Purpose::Win, "bin", 0.0),
            (Purpose::Time, "t", 1.0),
            (Purpose::Reel, "spinner", 0.0),
        ] {
            assert_eq!(of(purpose, path), expected, "{purpose:?} {path}");
        }
    }

    #[test]
    fn no_usual_name_stands_twice_in_a_row_of_the_table() {
        for purpose in Purpose::ALL {
            let mut aliases = purpose.aliases().to_vec();
            aliases.sort_unstable();
            aliases.dedup();
            assert_eq!(aliases.len(), purpose.aliases().len(), "{purpose:?}");
        }
    }
}
