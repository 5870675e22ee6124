//! The report of a simulation: what was counted, what was played, and pictures.

use super::plot::{Plot, Series, escape};
use super::workers::SimReport;
use crate::error::{Error, Result};
use segue_slot::exact::Basis;
use segue_slot::game::{Game, Tier};
use std::fmt::Write;
use std::path::Path;

const BLUE: [u8; 3] = [31, 119, 180];
const GREY: [u8; 3] = [170, 170, 170];
const RED: [u8; 3] = [214, 39, 40];

/// The return as it converges, the histogram of pays, balances of sessions. `[thread-safe]`
pub fn plots(report: &SimReport) -> [Plot; 3] {
    [convergence(report), histogram(report), sessions(report)]
}

fn convergence(report: &SimReport) -> Plot {
    // The first points swing so far that the rest would be a flat line.
    let skipped = report.convergence.len() / 20;
    let shown = &report.convergence[skipped..];
    let line = |colour, y: &dyn Fn(&super::Convergence) -> f64| Series::Line {
        colour,
        points: shown
            .iter()
            .map(|point| (point.spins as f64, 100.0 * y(point)))
            .collect(),
    };
    Plot {
        title: "Return as spins are added, with its 95 % interval".to_owned(),
        x: "spins".to_owned(),
        y: "% of bets; red: counted".to_owned(),
        series: vec![
            line(GREY, &|point| point.rtp.bounds_95().0),
            line(GREY, &|point| point.rtp.bounds_95().1),
            line(RED, &|_| report.odds.rtp.float),
            line(BLUE, &|point| point.rtp.value),
        ],
        ..Plot::default()
    }
}

fn histogram(report: &SimReport) -> Plot {
    let statistics = &report.statistics;
    // Eight bars for each power of ten.
    let mut bars = std::collections::BTreeMap::<i32, u64>::new();
    for (&win, &times) in &statistics.histogram {
        let bets = win as f64 / statistics.bet.max(1) as f64;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a logarithm of an i64 is small"
        )]
        let bar = (bets.log10() * 8.0).floor() as i32;
        *bars.entry(bar).or_default() += times;
    }
    let points = bars
        .into_iter()
        .map(|(bar, times)| (f64::from(bar) / 8.0, times as f64));
    Plot {
        title: "Wins by their size".to_owned(),
        x: "bets won (powers of ten)".to_owned(),
        y: "spins".to_owned(),
        series: vec![Series::Bars {
            colour: BLUE,
            points: points.collect(),
        }],
        logarithmic: true,
        decades: true,
    }
}

fn sessions(report: &SimReport) -> Plot {
    let bet = report.statistics.bet.max(1) as f64;
    let colours = [
        BLUE,
        [255, 127, 14],
        [44, 160, 44],
        RED,
        [148, 103, 189],
        [140, 86, 75],
    ];
    let session = |(number, balances): (usize, &Vec<i64>)| Series::Line {
        colour: colours[number % colours.len()],
        points: (1..)
            .zip(balances)
            .map(|(spin, &at)| (f64::from(spin), at as f64 / bet))
            .collect(),
    };
    Plot {
        title: "Balance of sessions".to_owned(),
        x: "spins".to_owned(),
        y: "bets won or lost".to_owned(),
        series: report.sessions.iter().enumerate().map(session).collect(),
        ..Plot::default()
    }
}

/// The report as one HTML file without anything beside it. `[thread-safe]`
pub fn html(game: &Game, report: &SimReport, seed: u64) -> String {
    let name = escape(&game.name);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{name}</title>\n\
         <style>body{{font:15px sans-serif;max-width:60em;margin:2em auto;padding:0 1em}}\
         td,th{{padding:.2em 1em .2em 0;text-align:left}}td+td{{text-align:right}}</style></head>\
         <body>\n<h1>{name}</h1>\n<p>{} spins, seed {seed}.</p>\n<table>\n",
        report.statistics.spins
    );
    for (what, value) in rows(game, report) {
        // Writing to a String cannot fail.
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{}</td></tr>",
            escape(&what),
            escape(&value)
        );
    }
    page.push_str("</table>\n");
    for plot in plots(report) {
        page.push_str(&plot.svg());
    }
    page + "<p>The generator is PCG64, which is not certified for games for money.</p>\n\
            </body></html>\n"
}

/// What the table of the report says, as pairs.
fn rows(game: &Game, report: &SimReport) -> Vec<(String, String)> {
    let statistics = &report.statistics;
    let percent = |value: f64| format!("{:.4} %", 100.0 * value);
    let interval = |low: f64, high: f64| format!("{:.4} to {:.4} %", 100.0 * low, 100.0 * high);
    let share = |count: u64| {
        let share = statistics.share(count);
        format!("{:.5} % ({count})", 100.0 * share.value)
    };
    let rtp = statistics.rtp();
    let counted = match report.odds.basis {
        Basis::Exact | Basis::Counted => "Return, counted",
        Basis::Estimated => "Return, estimated",
    };
    let mut rows = vec![
        (counted.to_owned(), percent(report.odds.rtp.float)),
        ("Return, played".to_owned(), percent(rtp.value)),
        (
            "95 % interval".to_owned(),
            interval(rtp.bounds_95().0, rtp.bounds_95().1),
        ),
        ("Spins that win".to_owned(), share(statistics.hits)),
        (
            "Standard deviation, in bets".to_owned(),
            format!("{:.4}", statistics.variance().sqrt()),
        ),
        (
            "Wins of no more than the bet".to_owned(),
            share(statistics.losses_as_wins),
        ),
        (
            "Wins of 20 bets and more".to_owned(),
            share(statistics.big_wins),
        ),
        ("Near misses".to_owned(), share(statistics.near_misses)),
        (
            "Cascades that win again".to_owned(),
            share(statistics.cascades),
        ),
        ("Highest win, in bets".to_owned(), {
            format!(
                "{:.2}",
                statistics.highest as f64 / statistics.bet.max(1) as f64
            )
        }),
    ];
    for (feature, &awards) in game.features.iter().zip(&statistics.awards) {
        rows.push((feature.name.clone(), share(awards)));
    }
    for tier in Tier::ALL {
        if game.jackpots.iter().any(|jackpot| jackpot.tier == tier) {
            rows.push((
                format!("Jackpot {}", tier.name()),
                share(statistics.jackpots_of(tier)),
            ));
        }
    }
    rows
}

/// The pictures below one another as a PNG file's bytes. `[thread-safe]`
///
/// # Errors
/// [`Error::Io`] if the picture cannot be encoded.
pub fn png(report: &SimReport, path: &Path) -> Result<Vec<u8>> {
    let canvases = plots(report).map(|plot| plot.pixels());
    let height: usize = canvases.iter().map(|canvas| canvas.height).sum();
    let size = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size(canvases[0].width), size(height));
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let failed =
        |error: png::EncodingError| Error::io(path, "encode", std::io::Error::other(error));
    let mut writer = encoder.write_header().map_err(failed)?;
    let pixels: Vec<u8> = canvases
        .iter()
        .flat_map(|canvas| &canvas.bytes)
        .copied()
        .collect();
    writer.write_image_data(&pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::{SimOptions, builtin, simulate};
    use super::*;
    use segue_slot::Machine;
    use std::ops::ControlFlow;

    #[test]
    fn a_report_says_what_was_played_and_shows_it() {
        let machine = Machine::new(builtin("demo-studio").unwrap()).unwrap();
        let options = SimOptions {
            spins: 20_000,
            seed: 9,
            coin: 1,
            workers: Some(2),
            sessions: (3, 100),
        };
        let report = simulate(&machine, &options, &mut |_| ControlFlow::Continue(())).unwrap();
        let page = html(machine.game(), &report, 9);
        let played = format!("{:.4} %", 100.0 * report.statistics.rtp().value);
        assert!(page.contains(&played) && page.contains("20000 spins, seed 9"));
        assert_eq!(page.matches("<svg").count(), 3);
        assert_eq!(page.matches("<polyline").count(), 4 + 3);
        for line in page.split("<polyline").skip(1) {
            let points = line.split("points=\"").nth(1).unwrap();
            let points = points.split('"').next().unwrap().split_whitespace();
            assert!(points.count() >= 2, "a line is drawn: {line}");
        }
        let bytes = png(&report, Path::new("report.png")).unwrap();
        let decoder = png::Decoder::new(std::io::Cursor::new(&bytes));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (900, 1080));
        // The histogram's bars are there.
        assert!(pixels.chunks(3).filter(|pixel| *pixel == BLUE).count() > 1000);
    }
}
