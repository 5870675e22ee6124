//! The line-up: one file per engine, one row per way of running it.
//!
//! To add an engine: a file with a `Subject`, its `contenders()`, and its line in [`line_up`].

use crate::subject::Contender;

#[cfg(feature = "firewheel")]
mod firewheel;
#[cfg(feature = "fundsp")]
mod fundsp;
#[cfg(feature = "kira")]
mod kira;
#[cfg(feature = "miniaudio")]
mod miniaudio;
#[cfg(feature = "oddio")]
mod oddio;
#[cfg(feature = "segue")]
pub(crate) mod segue;
#[cfg(feature = "soloud")]
mod soloud;

/// Who takes part, and who was left out and why.
pub(crate) struct LineUp {
    pub(crate) contenders: Vec<Contender>,
    /// Name and reason.
    pub(crate) left_out: Vec<(&'static str, &'static str)>,
}

/// Everyone this binary was built with.
pub(crate) fn line_up() -> LineUp {
    let mut line_up = LineUp {
        contenders: Vec::new(),
        left_out: Vec::new(),
    };
    macro_rules! enter {
        ($($feature:literal => $module:ident),* $(,)?) => {$(
            #[cfg(feature = $feature)]
            line_up.contenders.extend($module::contenders());
            #[cfg(not(feature = $feature))]
            line_up.left_out.push(($feature, concat!("built without the feature `", $feature, "`")));
        )*};
    }
    enter! {
        "segue" => segue,
        "kira" => kira,
        "firewheel" => firewheel,
        "oddio" => oddio,
        "fundsp" => fundsp,
        "miniaudio" => miniaudio,
        "soloud" => soloud,
    }
    line_up
}
