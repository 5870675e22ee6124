//! Which statuses the documentation of a function lists, so that the tests in C can hold it against what comes back.

use crate::surface::{Function, Surface};

/// Of every function: success, and what the page says of all of them.
const ALWAYS: &[&str] = &["OK", "PANICKED"];
/// Whoever says so hands on what another call has come to.
const ANY: &str = "the status the job ended with";

/// A list in C, called `listed_` and the function's name.
pub(crate) fn list(surface: &Surface, function: &Function) -> String {
    let mut statuses = of(surface, function, 0);
    statuses.sort();
    statuses.dedup();
    let name = &function.name;
    let rows: String = statuses
        .iter()
        .map(|status| format!("SEGUE_STATUS_{status}, "))
        .collect();
    format!("\nstatic const int32_t listed_{name}[] = {{{rows}-1}};\n")
}

fn of(surface: &Surface, function: &Function, depth: usize) -> Vec<String> {
    let all = function.docs.join(" ");
    let mut found: Vec<String> = ALWAYS.iter().map(|name| (*name).to_owned()).collect();
    if all.contains("segue_mixer_commit") {
        found.push("DEFERRED".to_owned());
    }
    let known = known(surface);
    let errors = all.split_once("Errors:").map_or("", |(_, after)| after);
    let errors = errors.split("Since 0.").next().unwrap_or_default();
    if errors.contains(ANY) {
        return known;
    }
    let mut before = "";
    for (at, part) in errors.split('`').enumerate() {
        if at % 2 == 0 {
            before = part;
        } else if known.iter().any(|name| name == part) {
            found.push(part.to_owned());
        } else if before.ends_with("s ") && depth < 4 {
            // "as `segue_convert`"
            let other = surface.functions.iter().find(|it| it.name == part);
            found.extend(other.map_or(Vec::new(), |other| of(surface, other, depth + 1)));
        }
    }
    found
}

/// The statuses there are, without their prefix.
fn known(surface: &Surface) -> Vec<String> {
    let found = surface.enums.iter().find(|it| it.name == "segue_status");
    let variants = found.iter().flat_map(|it| it.item.variants.iter());
    let names = variants.map(|variant| variant.ident.to_string());
    names
        .filter_map(|name| name.strip_prefix("SEGUE_STATUS_").map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
pub enum segue_status { SEGUE_STATUS_OK = 0, SEGUE_STATUS_BUSY = 1, SEGUE_STATUS_SYSTEM = 2, SEGUE_STATUS_DAMAGED = 3 }
/// A. Not `DAMAGED`.
///
/// Errors: `BUSY`, else as [`segue_b`]. Since 0.1. `DAMAGED`
#[unsafe(no_mangle)]
pub extern "C" fn segue_a() -> segue_status { X }
/// Errors: `SYSTEM` for
/// all. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn segue_b() -> segue_status { X }
/// Errors: the status the job ended with. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn segue_c() -> segue_status { X }
"#;

    #[test]
    fn what_the_errors_say_is_listed_and_no_more() {
        let surface = Surface::of(SOURCE).expect("parses");
        let list = |at: usize| list(&surface, &surface.functions[at]);
        let a = list(0);
        assert!(
            a.contains("STATUS_BUSY") && a.contains("STATUS_SYSTEM"),
            "{a}"
        );
        assert!(!a.contains("DAMAGED"), "{a}");
        assert!(!list(1).contains("BUSY"), "{}", list(1));
        assert!(list(2).contains("DAMAGED"), "{}", list(2));
    }
}
