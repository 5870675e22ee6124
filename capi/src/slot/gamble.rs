//! Risking what a spin won.

use facade::slot::gamble::GambleGame;
use facade::slot::result::{GambleOutcome, GamblePlay};
use facade::slot::{Machine, Rng};
use serde_json::{Value, json};

use crate::boundary::{OK, boundary_on};
use crate::engine::load::document;
use crate::handle::Handle;
use crate::memory::buffer::{give, segue_buffer};
use crate::memory::needed;
use crate::slot::spin::argument;
use crate::slot::{Player, SLOTS, segue_slot};
use crate::status::{Answer, Failure, SEGUE_STATUS_NOTHING, segue_status};

/// Most rounds of a gamble that a call names.
pub const MAX_ROUNDS: usize = 100;

/// The random numbers of a player's gambles: another stream than that of the spins, so that those stay.
pub(super) struct Gambles {
    /// Before that of the last spin.
    before: Rng,
    /// Behind it.
    after: Rng,
}

impl Gambles {
    pub(super) fn new(seed: u64) -> Self {
        let before = Rng::new(seed, facade::slot::GAMBLES);
        let after = before.clone();
        Self { before, after }
    }

    /// The next spin was made.
    pub(super) fn go_on(&mut self) {
        self.before = self.after.clone();
    }
}

/// Risks the win of the last spin, where the game has a gamble: `count` choices, one a round, from the first round on.
/// Colours and coins have the sides 0 and 1, suits 0 to 3, a ladder 0. The same choices give the same rounds, so call it
/// with one more each time the player goes on; a call with none takes the gamble back. Rounds behind the end are not
/// played. [`segue_slot_get_stages`](super::spin::segue_slot_get_stages) has its stages then, and what
/// the log says of the spin stays. The document is a JSON object: `game`, `stake`, `rounds` (a list of `choice`,
/// `result`: `win`, `lose` or `draw`, `amount`), `collected`, `over` (no further round is possible), `not_played` (how
/// many of the choices), `sides` (how many a round has). Amounts are in minor units. `[thread-safe]`
///
/// Ownership: `choices` stays the caller's; `out_document` becomes the caller's, `segue_buffer_free` frees it.
/// Errors: `NOTHING` before the first spin, for one that won nothing, and for a game without a gamble;
/// `INVALID_ARGUMENT` for a choice that there is not, and a win too large for the gamble; `LIMIT_EXCEEDED` above 100
/// choices; `BUSY`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `choices` is NULL or `count` numbers; `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not
/// freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_gamble(
    slot: *mut segue_slot,
    choices: *const u32,
    count: usize,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary_on("segue_slot_gamble", &SLOTS, slot as Handle, |slot| {
        needed("out_document", out_document)?;
        if count > MAX_ROUNDS {
            return Err(Failure::limit("choices", count, MAX_ROUNDS));
        }
        if count > 0 {
            needed("choices", choices)?;
        }
        // SAFETY: not NULL, the caller's promise; read one by one, so that it need not be aligned.
        let choices = (0..count).map(|at| unsafe { choices.add(at).read_unaligned() });
        // One above 255 is no side of any gamble.
        let choices: Vec<u8> = choices
            .map(|it| u8::try_from(it).unwrap_or(u8::MAX))
            .collect();
        let value = slot.with(|player| player.gamble(&slot.machine, &choices))?;
        // SAFETY: not NULL, the caller's promise.
        unsafe { give("out_document", out_document, document(&value)?) }?;
        OK
    })
}

impl Player {
    fn gamble(&mut self, machine: &Machine, choices: &[u8]) -> Answer<Value> {
        let nothing = |text| Failure::plain(SEGUE_STATUS_NOTHING, text);
        let rules = machine.game().gamble.as_ref();
        let rules = rules.ok_or_else(|| nothing("the game has no gamble"))?;
        let last = self.last.as_mut();
        let (_, result) =
            last.ok_or_else(|| nothing("nothing was spun yet; call segue_slot_spin"))?;
        if result.total_win < 1 {
            return Err(nothing("the last spin won nothing that could be risked"));
        }
        let refused = |error| argument(facade::Error::from(error));
        let mut game = GambleGame::new(rules, result.total_win).map_err(refused)?;
        for choice in choices {
            game.check(*choice).map_err(refused)?;
        }
        let mut rng = self.gambles.before.clone();
        let mut left = choices.len();
        for choice in choices {
            if game.is_over() {
                break;
            }
            game.choose(*choice, &mut rng).map_err(refused)?;
            left -= 1;
        }
        let (over, sides) = (game.is_over(), game.choices());
        let play = game.collect();
        let mut value = object(&play);
        value["game"] = json!(machine.game().id);
        value["over"] = over.into();
        value["not_played"] = left.into();
        value["sides"] = sides.into();
        self.gambles.after = rng;
        result.gamble = (!choices.is_empty()).then_some(play);
        Ok(value)
    }
}

/// The keys of `segue slot gamble --json`.
fn object(play: &GamblePlay) -> Value {
    let rounds = play.rounds.iter().map(|round| {
        let result = match round.outcome {
            GambleOutcome::Win => "win",
            GambleOutcome::Lose => "lose",
            GambleOutcome::Draw => "draw",
        };
        json!({"choice": round.choice, "result": result, "amount": round.amount})
    });
    json!({
        "stake": play.stake,
        "rounds": rounds.collect::<Vec<_>>(),
        "collected": play.collected,
    })
}
