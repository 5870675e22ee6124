//! docs/limits.md says what the code says.
//!
//! Every `limits.rs` below `engine/` holds a table whose rows are a name in quotes and then either
//! default, min and max or the largest value alone. The page repeats each row as
//! `| name | default | min | max | what | where |`. The last column names the file in backticks, or
//! `file::CONSTANT` for a single constant, which is then the default.

use super::Finding;
use super::source::{Source, Tree, words};

pub(super) const PAGE: &str = "docs/limits.md";
const NONE: &str = "–";

/// A row of the page or of the code. Absent values are not compared with anything.
#[derive(Debug, PartialEq)]
struct Row {
    name: String,
    /// Default, smallest, largest.
    values: [Option<f64>; 3],
    file: String,
}

pub(super) fn check(tree: &Tree, page: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut rows = Vec::new();
    for (line, text) in (1..).zip(page.lines()).filter(|(_, text)| is_data(text)) {
        match page_row(text) {
            Some(row) => rows.push((line, row)),
            None => findings.push(format!("{PAGE}:{line}: not a row of six cells")),
        }
    }
    let is_table = |source: &&Source| {
        source.path.starts_with("engine/") && source.path.ends_with("/limits.rs")
    };
    let code: Vec<Row> = tree
        .sources
        .iter()
        .filter(is_table)
        .flat_map(code_rows)
        .collect();
    for (line, row) in &rows {
        let found = match row.file.split_once("::") {
            Some((file, constant)) => constant_row(tree, row, file, constant),
            None => code
                .iter()
                .find(|other| is_same_limit(row, other))
                .map(|other| other.values),
        };
        findings.extend(difference(*line, row, found));
    }
    let is_missing = |row: &&Row| !rows.iter().any(|(_, other)| is_same_limit(row, other));
    let missing = code.iter().filter(is_missing);
    findings.extend(missing.map(|row| format!("{PAGE}: no row {}", page_line(row))));
    findings
}

fn is_same_limit(left: &Row, right: &Row) -> bool {
    left.name == right.name && left.file == right.file
}

fn difference(line: usize, row: &Row, found: Option<[Option<f64>; 3]>) -> Option<Finding> {
    let place = format!("{PAGE}:{line}: `{}`", row.name);
    let Some(values) = found else {
        return Some(format!("{place} is not in {}", row.file));
    };
    let columns = ["default", "min", "max"].iter().zip(row.values).zip(values);
    let mut wrong = columns.filter(|((_, page), code)| page != code);
    wrong.next().map(|((column, page), code)| {
        let (page, code) = (shown(page), shown(code));
        format!(
            "{place} has {column} {page} here and {code} in {}",
            row.file
        )
    })
}

fn shown(value: Option<f64>) -> String {
    value.map_or(NONE.to_owned(), |value| value.to_string())
}

/// The row as the page would have it, but for what it means.
fn page_line(row: &Row) -> String {
    let [default, min, max] = row.values.map(shown);
    format!(
        "| {} | {default} | {min} | {max} | … | `{}` |",
        row.name, row.file
    )
}

/// A line of a table of limits that is neither its head nor the rule below it.
fn is_data(line: &str) -> bool {
    let last = cells(line).last().copied().unwrap_or_default();
    line.starts_with('|') && last.starts_with('`')
}

fn cells(line: &str) -> Vec<&str> {
    line.trim()
        .trim_matches('|')
        .split('|')
        .map(str::trim)
        .collect()
}

fn page_row(line: &str) -> Option<Row> {
    let [name, default, min, max, _what, file] = cells(line).try_into().ok()?;
    Some(Row {
        name: name.trim_matches('`').to_owned(),
        values: [page_value(default)?, page_value(min)?, page_value(max)?],
        file: file.strip_prefix('`')?.strip_suffix('`')?.to_owned(),
    })
}

/// `65,536`, `16 MiB`, `–`; the outer `None` is a cell that cannot be read.
fn page_value(cell: &str) -> Option<Option<f64>> {
    if cell == NONE {
        return Some(None);
    }
    let (number, unit) = cell.split_once(' ').unwrap_or((cell, ""));
    let scale = match unit {
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        "kB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        _ => 1.0,
    };
    let number: f64 = number.replace([',', '_'], "").parse().ok()?;
    Some(Some(number * scale))
}

/// Every quoted name of a limit table that is followed by one number or by three.
fn code_rows(source: &Source) -> Vec<Row> {
    let end = source
        .code
        .find("#[cfg(test)]")
        .unwrap_or(source.code.len());
    let quotes: Vec<usize> = source.code[..end]
        .match_indices('"')
        .map(|(at, _)| at)
        .collect();
    let literals = quotes.chunks_exact(2).map(|pair| (pair[0], pair[1]));
    literals
        .filter_map(|(open, close)| {
            let values = match numbers_after(&source.code[close + 1..end]).as_slice() {
                [max] => [None, None, Some(*max)],
                [default, min, max] => [Some(*default), Some(*min), Some(*max)],
                [] => return None,
                // Red against every row of the page.
                _ => [None; 3],
            };
            let name = source.text[open + 1..close].to_owned();
            Some(Row {
                name,
                values,
                file: source.path.clone(),
            })
        })
        .collect()
}

/// The numbers of `, 64, min: 1, max: 16 << 10, …` up to the first thing that is none.
fn numbers_after(code: &str) -> Vec<f64> {
    let Some(list) = code.strip_prefix(',') else {
        return Vec::new();
    };
    let ends = [',', ';', '}', ')', '"'];
    let mut numbers = Vec::new();
    for part in list.split_inclusive(ends) {
        let value = part.trim_end_matches(ends);
        match value_of(value.split_once(':').map_or(value, |(_, value)| value)) {
            Some(number) => numbers.push(number),
            None => break,
        }
        if !part.ends_with(',') {
            break;
        }
    }
    numbers
}

/// Numbers, products of numbers, and one shift of them: `16 << 20`, `64 * 1024`, `65_536`.
fn value_of(expression: &str) -> Option<f64> {
    if let Some((left, right)) = expression.split_once("<<") {
        return Some(value_of(left)? * 2_f64.powf(value_of(right)?));
    }
    expression
        .split('*')
        .try_fold(1.0, |product, factor| Some(product * literal(factor)?))
}

fn literal(text: &str) -> Option<f64> {
    let plain = text.trim().replace('_', "");
    let suffix = plain
        .find(|sign: char| sign.is_ascii_alphabetic())
        .unwrap_or(plain.len());
    plain[..suffix].parse().ok()
}

fn constant_row(tree: &Tree, row: &Row, file: &str, constant: &str) -> Option<[Option<f64>; 3]> {
    let source = tree.find(file)?;
    let at = words(&source.code, &format!("const {constant}")).next()?;
    let (_, value) = source.code[at..].split_once(';')?.0.split_once('=')?;
    let [_, min, max] = row.values;
    Some([Some(value_of(value)?), min, max])
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRUCTS: &str = r#"
/// "quoted", 3
pub const LIMITS: &[Limit] = &[
    Limit {
        name: "buses",
        default: 64,
        min: 1,
        max: 1_024,
    },
];
pub const SPAN: usize = 4 * 64;
fn of() { find("buses") }
#[cfg(test)]
mod tests { f("x", 1) }
"#;
    const MACRO: &str = "limits! {\n    JSON, \"json_bytes\", 16 << 20, \"Bytes of JSON.\";\n}\n";

    fn tree() -> Tree {
        let source = |path, text: &str| Source::new(path, text.to_owned());
        Tree::new(vec![
            source("engine/rt/src/limits.rs", STRUCTS),
            source("engine/format/src/limits.rs", MACRO),
            source("other/src/limits.rs", MACRO),
        ])
    }

    fn page(rows: &[&str]) -> String {
        format!(
            "# Limits\n\n| name | default | min | max | what | where |\n|---|---|---|---|---|---|\n{}\n",
            rows.join("\n")
        )
    }

    const BUSES: &str = "| `buses` | 64 | 1 | 1,024 | Buses. | `engine/rt/src/limits.rs` |";
    const JSON: &str = "| json_bytes | – | – | 16 MiB | Bytes. | `engine/format/src/limits.rs` |";
    const SPAN: &str = "| span | 256 frames | – | – | A span. | `engine/rt/src/limits.rs::SPAN` |";

    #[test]
    fn a_true_page_passes() {
        assert_eq!(check(&tree(), &page(&[BUSES, JSON, SPAN])), [""; 0]);
    }

    #[test]
    fn a_wrong_number_goes_red() {
        for (from, to) in [
            ("64", "65"),
            ("| 1 |", "| 2 |"),
            ("1,024", "1,023"),
            ("| 1 |", "| – |"),
        ] {
            let findings = check(&tree(), &page(&[&BUSES.replacen(from, to, 1), JSON]));
            assert_eq!(findings.len(), 1, "{from} {to}: {findings:?}");
            assert!(
                findings[0].starts_with("docs/limits.md:5: `buses` has"),
                "{}",
                findings[0]
            );
        }
        assert_eq!(
            check(&tree(), &page(&[BUSES, JSON, &SPAN.replace("256", "255")])).len(),
            1
        );
    }

    #[test]
    fn a_missing_row_goes_red_on_either_side() {
        let findings = check(&tree(), &page(&[BUSES]));
        assert_eq!(
            findings,
            [
                "docs/limits.md: no row | json_bytes | – | – | 16777216 | … | `engine/format/src/limits.rs` |"
            ]
        );
        let invented = BUSES.replace("buses", "cars");
        let findings = check(&tree(), &page(&[BUSES, JSON, &invented]));
        assert_eq!(
            findings,
            ["docs/limits.md:7: `cars` is not in engine/rt/src/limits.rs"]
        );
        let gone = SPAN.replace("SPAN", "GONE");
        assert_eq!(check(&tree(), &page(&[BUSES, JSON, &gone])).len(), 1);
    }

    #[test]
    fn a_malformed_row_goes_red() {
        let short = "| buses | 64 | `engine/rt/src/limits.rs` |";
        assert_eq!(check(&tree(), &page(&[BUSES, JSON, short])).len(), 1);
        let words = BUSES.replace("64", "many");
        assert_eq!(check(&tree(), &page(&[JSON, &words])).len(), 2);
    }

    #[test]
    fn values_are_read() {
        assert_eq!(value_of(" 1_000u64 "), Some(1000.0));
        assert_eq!(value_of("2 * 3 << 4"), Some(96.0));
        assert_eq!(value_of("0.125"), Some(0.125));
        assert_eq!(value_of("OTHER"), None);
    }
}
