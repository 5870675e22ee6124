//! Real games: a reel is awaited only where what it is awaited for can still come.

use segue_middleware::stage::field::Reason;
use segue_middleware::stage::timing::TimingProfile;
use segue_middleware::stage::{Stage, StageTrace};

use super::StageRules;
use crate::game::{Awaits, FeatureRules, Game, SymbolKind};
use crate::presets::{Payback, Volatility, demo, lobstermania};
use crate::{Machine, Meters, Rng};

/// Reels and reasons, spin after spin.
fn awaited(trace: &StageTrace) -> Vec<(u8, Reason)> {
    let on = trace.events.iter().filter_map(|event| match event.stage {
        Stage::AnticipationOn { reel, reason } => Some((reel, reason.unwrap())),
        _ => None,
    });
    on.collect()
}

/// What is awaited at stops of a game.
fn at(game: &Game, stops: &[u16]) -> Vec<(u8, Reason)> {
    let machine = Machine::new(game.clone()).unwrap();
    let result = machine.evaluate(&machine.stops(stops, None).unwrap(), 1);
    awaited(&StageRules::new(TimingProfile::normal(), game).spin(&result.unwrap()))
}

/// A stop at which a reel shows a symbol in this row.
fn stop(game: &Game, reel: usize, name: &str, row: usize) -> u16 {
    let (strip, wanted) = (&game.strips[reel], game.symbol(name).unwrap());
    let shows = |stop: &usize| strip[(stop + row) % strip.len()] == wanted;
    (0..strip.len()).find(shows).unwrap() as u16
}

/// A stop at which a reel shows none of a symbol.
fn without(game: &Game, reel: usize, name: &str) -> u16 {
    let (strip, wanted) = (&game.strips[reel], game.symbol(name).unwrap());
    let shows = |stop: &usize| (0..3).all(|row| strip[(stop + row) % strip.len()] != wanted);
    (0..strip.len()).find(shows).unwrap() as u16
}

#[test]
fn three_buoys_on_the_first_three_reels_are_awaited_on_the_third_only() {
    let game = lobstermania(Payback::High, 15);
    let first = |row| [stop(&game, 0, "LO", row), stop(&game, 1, "LO", row)];
    let [a, b] = first(1);
    assert_eq!(at(&game, &[a, b, 20, 0, 0]), [(2, Reason::Bonus)]);
    // One on the first and the third reel: it cannot come any more, and the others hold none.
    assert_eq!(at(&game, &[12, 17, 20, 0, 0]), []);
    // Two in view, but on no line together.
    let no_line = [stop(&game, 0, "LO", 0), stop(&game, 1, "LO", 2), 20, 0, 0];
    assert_eq!(at(&game, &no_line), []);
}

#[test]
fn no_reel_is_awaited_for_what_its_strip_does_not_hold() {
    for volatility in [Volatility::Low, Volatility::High, Volatility::Studio] {
        let game = demo(volatility);
        let machine = Machine::new(game.clone()).unwrap();
        let mut meters = Meters::new(&machine, 1).unwrap();
        let (rules, mut rng) = (
            StageRules::new(TimingProfile::normal(), &game),
            Rng::new(1, 0),
        );
        let mut found = 0;
        for _ in 0..2_000 {
            let result = machine.spin(&mut rng, &mut meters, 1).unwrap();
            for (reel, reason) in awaited(&rules.spin(&result)) {
                let wanted = if reason == Reason::Bonus {
                    "Coin"
                } else {
                    "Star"
                };
                let wanted = game.symbol(wanted).unwrap();
                assert!(
                    game.strips[usize::from(reel)].contains(&wanted),
                    "{reel} {reason:?}"
                );
                found += 1;
            }
        }
        assert!(found > 0);
    }
}

#[test]
fn coins_are_awaited_where_the_sixth_can_land() {
    let mut game = demo(Volatility::High);
    let shows = |game: &Game, stop: u16, reel: usize| {
        let (strip, coin) = (&game.strips[reel], game.symbol("Coin").unwrap());
        let row = |row| strip[(usize::from(stop) + row) % strip.len()] == coin;
        (0..3).filter(|at| row(*at)).count()
    };
    let of = |game: &Game, reel: usize, count: usize| {
        let all = 0..game.strips[reel].len() as u16;
        all.into_iter()
            .find(|stop| shows(game, *stop, reel) == count)
            .unwrap()
    };
    let plain = |reel| without(&game, reel, "Star");
    let two = [plain(0), plain(1), of(&game, 2, 1), of(&game, 3, 1), 0];
    assert_eq!(at(&game, &two), [], "four more cannot come");
    let three = [plain(0), plain(1), of(&game, 2, 1), of(&game, 3, 2), 0];
    assert_eq!(at(&game, &three), [(4, Reason::Bonus)]);
    // The game says otherwise.
    let feature = game.features[1].name.clone();
    let early = Awaits {
        min_trigger_count: Some(1),
        ..Awaits::default()
    };
    game.anticipation.features = vec![(feature, early)];
    assert_eq!(at(&game, &three), [(3, Reason::Bonus), (4, Reason::Bonus)]);
    game.anticipation.triggers = vec![SymbolKind::Scatter];
    assert_eq!(at(&game, &three), []);
}

/// Triggers of two kinds are not counted together, and the reels of a trigger are kept.
#[test]
fn a_game_says_which_reels_are_awaited() {
    let mut game = lobstermania(Payback::High, 15);
    game.features[0].trigger.reels = vec![0, 2, 4];
    game.features[0].trigger.place = crate::game::Place::Window;
    game.strips[4] = game.strips[0].clone();
    let [lo, lt] = ["LO", "LT"].map(|name| game.symbol(name).unwrap());
    assert_ne!(game.kind(lo), game.kind(lt));
    let gates = [stop(&game, 0, "LO", 1), 0, stop(&game, 2, "LO", 1), 0, 0];
    assert_eq!(at(&game, &gates), [(4, Reason::Bonus)]);
    game.anticipation.final_grid = true;
    game.anticipation.all.allowed_reels = Some(vec![0, 2]);
    assert_eq!(at(&game, &gates), [], "three cannot come on two reels");
}

#[test]
fn free_spins_await_their_own_retrigger_on_their_own_strips() {
    let mut game = demo(Volatility::Low);
    let star = game.symbol("Star").unwrap();
    let FeatureRules::FreeSpins(rules) = &mut game.features[0].rules else {
        panic!("the first feature is that of free spins");
    };
    let mut strips = game.strips.clone();
    for symbol in strips[1].iter_mut().filter(|symbol| **symbol == star) {
        *symbol = 0;
    }
    rules.strips = Some(strips);
    let rules = StageRules::new(TimingProfile::normal(), &game).anticipation;
    let of_stars = |all: &[super::Awaited]| all.iter().any(|it| it.symbol == star);
    assert!(of_stars(&rules.paid));
    assert!(
        !of_stars(&rules.free[&0]),
        "three stars cannot come on two reels"
    );
}

#[test]
fn what_a_real_game_awaits_says_nothing_about_what_has_not_landed() {
    for game in [demo(Volatility::Studio), lobstermania(Payback::High, 15)] {
        let machine = Machine::new(game.clone()).unwrap();
        let rules = StageRules::new(TimingProfile::normal(), &game);
        let mut rng = Rng::new(4, 0);
        for _ in 0..3_000 {
            let [one, other] = [(); 2].map(|()| machine.draw(0, &mut rng));
            for reel in 1..game.rows.len() {
                let mut mixed = one;
                mixed.at[reel..].copy_from_slice(&other.at[reel..]);
                let [one, mixed] = [one, mixed].map(|stops| {
                    let result = machine.evaluate(&stops, 1).unwrap();
                    rules.anticipation.reasons(None, &result.window)
                });
                assert_eq!(one[..=reel], mixed[..=reel]);
            }
        }
    }
}
