use super::*;
use segue_slot::presets::{Payback, lobstermania};

/// Tables 1, 7 and 8 of the published sheet, as text.
pub(in super::super) fn sheet() -> String {
    let game = lobstermania(Payback::High, 1);
    let mut text = String::from(
        "# typed in\nname,\"Lobstermania, 96.2 %\"\nrows,3,3,3,3,3\nlength,47,46,48,50,50\n",
    );
    for (at, symbol) in game.symbols.iter().enumerate() {
        let kind = ["regular", "wild", "scatter", "bonus", "blank"][symbol.kind as usize];
        text += &format!("symbol,{},{kind}", symbol.name);
        for strip in &game.strips {
            let count = strip
                .iter()
                .filter(|&&shown| usize::from(shown) == at)
                .count();
            text += &format!(",{count}");
        }
        for pay in &symbol.pays {
            text += &format!(",{}:{}", pay.count, pay.credits);
        }
        text += "\n";
    }
    let FeatureRules::Pick(pick) = &game.features[0].rules else {
        panic!("the bonus is a pick");
    };
    text += "pick,Buoy bonus,LO,line,0|1|2,picks:3,prizes:2-3";
    for prize in &pick.prizes {
        let PrizeKind::Coins(coins) = prize.what else {
            panic!("prizes are coins");
        };
        text += &format!(",{coins}:{}", prize.weight);
    }
    text + "\nstated,rtp,96.2\nstated,line_hits,9142500\nstated,event_frequency,5.2\n"
}

#[test]
fn the_published_sheet_gives_the_published_game() {
    let sheet = sheet_from_csv(sheet().as_bytes()).unwrap();
    let game = sheet.game().unwrap();
    let known = lobstermania(Payback::High, 1);
    assert_eq!(game.strips, known.strips);
    assert_eq!(game.symbols, known.symbols);
    assert_eq!(game.features, known.features);
    assert_eq!((game.mode, game.bet_credits), (known.mode, 1));
    assert_eq!(
        (game.id.as_str(), sheet.stated[0].places),
        ("lobstermania-96-2", 1)
    );
}

#[test]
fn a_wrong_row_is_named() {
    let refused = |row: &str| {
        let text = format!("{}{row}\n", sheet());
        sheet_from_csv(text.as_bytes()).unwrap_err().to_string()
    };
    for (row, expected) in [
        (
            "scatter,LT",
            "line 20, column 1: a row begins with \"scatter\"",
        ),
        ("jackpt,mini", "did you mean \"jackpot\"?"),
        (
            "stated,rpt,96",
            "line 20, column 2: there is no figure \"rpt\"",
        ),
        ("stated,rpt,96", "did you mean \"rtp\"?"),
        (
            "stated,rtp,96.2p",
            "line 20, column 3: the figure is \"96.2p\", but must be a number of percent such as \
             96.2; correct it",
        ),
        (
            "symbol,XX,wild,1,2,3",
            "line 20, column 7: the weight is missing",
        ),
        (
            "symbol,XX,wild,1,2,x,4,5",
            "line 20, column 6: the weight is \"x\", but must be a whole number in 0..=1024; \
             correct the cell",
        ),
        (
            "symbol,XX,wild,1,2,-1,4,5",
            "column 6: the weight is \"-1\"",
        ),
        (
            "symbol,XX,wild,1,2,1.5,4,5",
            "column 6: the weight is \"1.5\"",
        ),
        (
            "symbol,XX,wild,1,2,3,4,5,,3-50",
            "line 20, column 10: \"3-50\" is not count:credits, two whole numbers with a colon \
             such as 3:50",
        ),
        (
            "symbol,XX,wild,1,2,3,4,5,65:1",
            "column 9: the count is \"65\", but must be a whole number in 1..=64",
        ),
        (
            "symbol,XX,wlid,1,2,3,4,5",
            "column 3: the kind of symbol is \"wlid\"",
        ),
        ("line,0,3,0,0,0", "column 3: the row that the line crosses"),
        ("jackpot,huge,1,1,none,5", "mini, minor, major or grand"),
        (
            "jackpot,mini,1,51 %,none,5",
            "column 4: the contribution is \"51 %\"",
        ),
        (
            "pick,P,ZZ,line,0",
            "column 3: there is no symbol \"ZZ\" before it",
        ),
        (
            "exclude,LL,LM",
            "column 2: there is no symbol \"LL\" before it",
        ),
    ] {
        let text = refused(row);
        assert!(text.contains(expected), "{row}: {text}");
    }
    assert!(sheet_from_csv(b"name,\xff").is_err());
}

#[test]
fn one_character_separates_the_cells_and_decimals_may_have_commas() {
    let read = |text: &str| sheet_from_csv(text.as_bytes()).unwrap();
    let comma = "name,T\njackpot,mini,50,0.5,10,1000\nstated,rtp,96.20\n";
    let semicolons = "# a, note\nname;T;\njackpot;mini;50;0,5;10;1000;;\nstated;rtp;96,20 %\n";
    let tabs = "\"name\"\tT\njackpot\tmini\t50\t\"0,5%\"\t10\t1000\nstated\trtp\t96.20\n";
    let known = read(comma);
    let mini = &known.jackpots[0];
    assert_eq!((mini.contribution_ppm, mini.cap_seeds), (5_000, Some(10)));
    for text in [semicolons, tabs] {
        let sheet = read(text);
        assert_eq!(
            (&sheet.jackpots, &sheet.stated),
            (&known.jackpots, &known.stated),
            "{text}"
        );
    }
    assert_eq!(read("name;Larry, the first\n").name, "Larry, the first");
}

#[test]
fn what_a_spreadsheet_can_write_amiss_is_refused_with_a_way_out() {
    for (text, expected) in [
        (
            "name,T\njackpot,mini,50,0,5,10,1000\n",
            "line 2, column 7: the row has a cell too many, \"1000\"; empty it",
        ),
        (
            "name,Larry, the first\n",
            "line 1, column 3: the row has a cell too many, \"the first\"",
        ),
        ("bet;1;2\n", "line 1, column 3"),
        ("stated,rtp,96,2\n", "line 1, column 4"),
        (
            "stated,rtp,\"96,2\"\n",
            "line 1, column 3: the figure is \"96,2\", but commas separate the cells of this \
             sheet; write 96.2, or export the sheet with semicolons",
        ),
        (
            "name,T\nbet;1\n",
            "a comma separates the cells of this sheet",
        ),
        ("stated;line_hits;1.000\n", "must be a count such as 27000"),
        ("stated;rtp;1.096,2\n", "the figure is \"1.096,2\""),
        ("stated,line_hits,5%\n", "the figure is \"5%\""),
        ("name,\"T\n", "line 1: a quote is opened and not closed"),
        ("n\0a\0m\0e\0", "UTF-16; save it as CSV in UTF-8"),
    ] {
        let refused = sheet_from_csv(text.as_bytes()).unwrap_err().to_string();
        assert!(refused.contains(expected), "{text}: {refused}");
    }
    let refused = sheet_from_csv(b"\xff\xfen\0").unwrap_err().to_string();
    assert!(refused.contains("UTF-16"), "{refused}");
}

#[test]
fn what_the_game_refuses_is_told_at_its_cell() {
    let refused = |from: &str, to: &str| {
        let text = "name,T\nrows,1,1,1\nlength,3,3,3\nline,0,0,0\n\
                    symbol,W,wild,1,1,1,3:50\nsymbol,A,,2,2,2,3:9\nexclude,W,A\n";
        assert!(sheet_from_csv(text.as_bytes()).unwrap().game().is_ok());
        assert!(text.contains(from), "{from}");
        let sheet = sheet_from_csv(text.replace(from, to).as_bytes()).unwrap();
        sheet.game().unwrap_err().to_string()
    };
    for (from, to, expected) in [
        (
            "3:50",
            "9:50",
            "line 5, column 7: the count is 9, but must be 1..=3, one per reel of the game; \
             correct the sheet",
        ),
        (
            "length,3,3",
            "length,3,4",
            "line 3, column 3, reel 2: the sum of weights is 3, but must be 4, the length of the \
             strip; change a weight of this reel, or its length",
        ),
        ("W,A\n", "W,B\n", "line 7, column 3: the symbol is \"B\""),
        (
            "line,0,0,0",
            "line,0,0",
            "line 4, column 1: the number of reels is 2",
        ),
    ] {
        let text = refused(from, to);
        assert!(text.starts_with(expected), "{from} {to}: {text}");
        assert!(!text.contains("game's file"), "{text}");
    }
}
