//! The numbers of statuses, which are never used again.

use syn::Expr;

use crate::Result;
use crate::surface::Surface;

const STATUS: &str = "segue_status";
/// What every name begins with.
const PREFIX: &str = "SEGUE_STATUS_";
const HEAD: &str =
    "# Numbers of segue_status. A line is never taken away or changed: programs that are
# built know these numbers.
";

/// The list with what is new in the source. Fails when something in it was changed or taken away.
pub(crate) fn renewed(surface: &Surface, list: &str) -> Result<String> {
    let now = numbers(surface)?;
    let mut problems = Vec::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let Some((number, name)) = line.split_once(' ') else {
            problems.push(format!("`{line}` is not a number and a name"));
            continue;
        };
        if !now
            .iter()
            .any(|(n, known)| n.to_string() == number && known == name)
        {
            problems.push(format!(
                "{name} was {number}; a status keeps its number for ever"
            ));
        }
    }
    for (at, (number, name)) in now.iter().enumerate() {
        if let Some((_, other)) = now[..at].iter().find(|(earlier, _)| earlier == number) {
            problems.push(format!("{name} and {other} are both {number}"));
        }
    }
    if !problems.is_empty() {
        let lines = problems
            .iter()
            .map(|text| format!("{}: {text}", crate::STATUSES));
        return Err(lines.collect::<Vec<_>>().join("\n"));
    }
    let mut sorted = now;
    sorted.sort();
    let line = |(number, name): &(i64, String)| format!("{number} {name}\n");
    Ok(HEAD.to_owned() + &sorted.iter().map(line).collect::<String>())
}

/// Numbers and names, as they stand in the source. They go up, and a gap to the next decade parts
/// the families.
fn numbers(surface: &Surface) -> Result<Vec<(i64, String)>> {
    let found = surface.enums.iter().find(|known| known.name == STATUS);
    let Some(status) = found else {
        return Err(format!("there is no enum {STATUS}"));
    };
    let mut rows: Vec<(i64, String)> = Vec::new();
    for variant in &status.item.variants {
        let name = variant.ident.to_string();
        let Some((_, Expr::Lit(literal))) = &variant.discriminant else {
            return Err(format!("{name} needs a number"));
        };
        let syn::Lit::Int(number) = &literal.lit else {
            return Err(format!("{name} needs a number"));
        };
        let number: i64 = number
            .base10_parse()
            .map_err(|error| format!("{name}: {error}"))?;
        let is_in_family = match rows.last() {
            None => number == 0,
            Some((before, _)) => number == before + 1 || number > *before && number % 10 == 0,
        };
        if !is_in_family {
            return Err(format!(
                "{name} = {number}: not the next number, nor the first of a decade"
            ));
        }
        if !name.starts_with(PREFIX) {
            return Err(format!("{name}: its name begins with {PREFIX}"));
        }
        rows.push((number, name));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surface(variants: &str) -> Surface {
        Surface::of(&format!("pub enum segue_status {{ {variants} }}")).expect("parses")
    }

    const TWO: &str = "SEGUE_STATUS_OK = 0, SEGUE_STATUS_NULL_POINTER = 10,";

    #[test]
    fn what_is_new_is_added() {
        let list = renewed(&surface(TWO), "").expect("sound");
        assert!(list.ends_with("0 SEGUE_STATUS_OK\n10 SEGUE_STATUS_NULL_POINTER\n"));
        let three = format!("{TWO} SEGUE_STATUS_MORE = 11,");
        let longer = renewed(&surface(&three), &list).expect("sound");
        assert!(longer.ends_with("11 SEGUE_STATUS_MORE\n"));
    }

    #[test]
    fn a_number_is_never_used_again() {
        let list = renewed(&surface(TWO), "").expect("sound");
        for changed in [
            "SEGUE_STATUS_OK = 0,",
            "SEGUE_STATUS_OK = 0, SEGUE_STATUS_OTHER = 10,",
            "SEGUE_STATUS_OK = 0, SEGUE_STATUS_NULL_POINTER = 20,",
        ] {
            let error = renewed(&surface(changed), &list).expect_err(changed);
            assert!(error.contains("NULL_POINTER was 10"), "{error}");
        }
    }

    #[test]
    fn numbers_stand_in_decades() {
        for wrong in [
            "SEGUE_STATUS_OK = 1,",
            "SEGUE_STATUS_OK = 0, SEGUE_STATUS_A = 2,",
            "SEGUE_STATUS_OK = 0, SEGUE_STATUS_A = 10, SEGUE_STATUS_B = 10,",
            "SEGUE_STATUS_OK = 0, A = 10,",
            "SEGUE_STATUS_OK,",
        ] {
            assert!(renewed(&surface(wrong), "").is_err(), "{wrong}");
        }
    }
}
