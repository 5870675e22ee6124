//! The table: ids never change, fields come and go without loss.

use std::collections::BTreeSet;

use super::super::event::StageRt;
use super::super::field::Reason;
use super::super::table::{CUSTOM, STAGES, StageError, StageId};
use super::super::{Stage, Value, named, parse};
use super::one_of_each;

/// Ids and names as they were given out. A stage that is added is added here as well; a line is
/// never changed or removed.
const GIVEN: &str = "0101 ui_spin_press,0102 reel_spin_loop,0104 reel_spinning_start,\
0105 reel_spinning_stop,0106 reel_stop,0107 evaluate_wins,0108 spin_end,0201 anticipation_on,\
0202 anticipation_off,0203 anticipation_tension_layer,0301 win_present,0302 win_line_show,\
0303 rollup_start,0304 rollup_tick,0305 rollup_end,0306 big_win_tier,0401 feature_enter,\
0402 feature_step,0403 feature_retrigger,0404 feature_exit,0405 fs_summary,0406 ui_skip_press,\
0501 cascade_start,0502 cascade_step,0503 cascade_end,0601 bonus_enter,0602 bonus_choice,\
0603 bonus_reveal,0604 bonus_exit,0605 bonus_start,0606 bonus_prize_reveal,0607 bonus_complete,\
0701 gamble_start,0702 gamble_choice,0703 gamble_result,0704 gamble_end,0801 jackpot_trigger,\
0802 jackpot_buildup,0803 jackpot_reveal,0804 jackpot_present,0805 jackpot_celebration,\
0806 jackpot_end,0901 idle_start,0902 idle_loop,0903 menu_open,0904 menu_close,\
0905 autoplay_start,0906 autoplay_stop,0A01 symbol_transform,0A02 wild_expand,\
0A03 multiplier_change,0A04 near_miss,0A05 symbol_upgrade,0A06 mystery_reveal,\
0A07 multiplier_apply,8000 custom";

#[test]
fn ids_and_names_stay_as_they_were_given() {
    let given: Vec<&str> = GIVEN.split(',').collect();
    let rows: Vec<String> = STAGES
        .iter()
        .map(|info| format!("{} {}", info.id, info.name))
        .collect();
    for line in &given {
        assert!(rows.iter().any(|row| row == line), "{line} is gone");
    }
    assert_eq!(rows.len(), given.len(), "add the new stage to GIVEN");
    let mut seen = BTreeSet::new();
    for info in STAGES {
        for name in std::iter::once(info.name).chain(info.aliases.iter().map(|it| it.0)) {
            assert!(seen.insert(name), "{name} is there twice");
            assert_eq!(named(name).unwrap().id, info.id);
        }
    }
}

#[test]
fn what_loops_and_what_ducks() {
    let names = |is: fn(StageId) -> bool| -> Vec<&str> {
        let rows = STAGES.iter().filter(|info| is(info.id));
        rows.map(|info| info.name).collect()
    };
    assert_eq!(
        names(StageId::loops).join(" "),
        "reel_spin_loop reel_spinning_start anticipation_on anticipation_tension_layer \
         rollup_tick jackpot_celebration idle_loop"
    );
    assert_eq!(
        names(StageId::ducks).join(" "),
        "big_win_tier feature_enter fs_summary jackpot_trigger jackpot_buildup jackpot_reveal \
         jackpot_present jackpot_celebration"
    );
}

#[test]
fn fields_come_back_as_they_went() {
    for n in 0..40 {
        for stage in one_of_each(n) {
            let again = Stage::build(stage.info(), &mut |field| stage.field(field.name));
            assert_eq!(again.unwrap(), stage);
            stage.each_field(&mut |field, value| {
                let read = field.kind.read(&value.to_string());
                assert_eq!(read.unwrap(), value, "{} as a word", field.name);
            });
        }
    }
}

#[test]
fn what_may_be_absent_is_absent_and_the_rest_is_missed() {
    for info in STAGES {
        let needed = info.fields.iter().find(|field| !field.optional);
        match (Stage::build(info, &mut |_| None), needed) {
            (Ok(stage), None) => stage.each_field(&mut |field, _| panic!("{}", field.name)),
            (Err(StageError::Missing { field, .. }), Some(needed)) => {
                assert_eq!(field, needed.name);
            }
            (other, _) => panic!("{}: {other:?}", info.name),
        }
    }
}

#[test]
fn errors_say_what_is_allowed_and_what_was_meant() {
    let unknown = parse("reel_stp").unwrap_err().to_string();
    assert_eq!(
        unknown,
        "there is no stage \"reel_stp\"; did you mean \"reel_stop\"?"
    );
    let info = parse("REEL_STOP").unwrap();
    let far = |field: &super::super::FieldInfo| match field.name {
        "reel" => Some(Value::Int(10)),
        _ => Some(Value::List(Vec::new())),
    };
    let error = Stage::build(info, &mut |it| far(it))
        .unwrap_err()
        .to_string();
    assert_eq!(error, "reel_stop: reel: 10 is not a whole number in 0..=9");
    assert_eq!(
        info.field("reell").unwrap_err().to_string(),
        "reel_stop has no reell; did you mean \"reel\"?"
    );
    assert!(named("REEL_STOP").is_err(), "files write names in one way");
    assert_eq!(parse("reel_spinning").unwrap().id, StageId(0x0104));
    assert_eq!(StageId(0x0103).name(), "reel_spinning_start");
}

#[test]
fn the_real_time_form_is_32_bytes_and_says_the_same() {
    assert_eq!(size_of::<StageRt>(), 32);
    let stage = Stage::AnticipationTensionLayer {
        reel: 3,
        tension: 2,
        reason: Some(Reason::Bonus),
        progress: 0.5,
    };
    let rt = StageRt::new(&stage, 48_000, 7);
    assert_eq!((rt.stage(), rt.reel, rt.level), (stage.id(), 3, 2));
    assert_eq!((rt.tier, rt.b, rt.t_smp, rt.reference), (3, 0.5, 48_000, 7));
    assert_eq!(rt.flags, StageRt::LOOPS);
    let own = Stage::Custom {
        id: 5,
        name: "lamp".into(),
    };
    assert_eq!(StageRt::new(&own, 0, 0).id, CUSTOM + 5);
    assert_eq!(StageRt::new(&own, 0, 0).reel, StageRt::NO_REEL);
    assert_eq!(StageId(CUSTOM + 5).name(), "custom");
}

#[test]
fn the_page_has_the_table_of_the_code() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/stages.md");
    let page = std::fs::read_to_string(file).unwrap();
    let (begin, end) = ("<!-- stages -->\n", "<!-- /stages -->");
    let start = page.find(begin).unwrap() + begin.len();
    let stop = page.find(end).unwrap();
    let table = super::super::docs::page_table();
    if std::env::var_os("BLESS").is_some() {
        let blessed = format!("{}{table}{}", &page[..start], &page[stop..]);
        std::fs::write(file, blessed).unwrap();
        return;
    }
    assert_eq!(&page[start..stop], table, "BLESS=1 writes the table anew");
}
