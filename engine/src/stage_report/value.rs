//! A report as JSON.

use super::StageReport;
use serde_json::{Value, json};

impl StageReport {
    /// The document of `segue stages report --json` (docs/stages.md). `[thread-safe]`
    pub fn value(&self) -> Value {
        let stages = self.stages.iter().map(|(id, count)| {
            json!({"id": id.to_string(), "stage": id.name(), "seen": count.seen, "bound": count.bound,
                "posted": count.posted, "played": count.played})
        });
        let loops = self.open_loops.iter();
        let loops =
            loops.map(|it| json!({"stage": it.stage.name(), "reel": it.reel, "cut_at": it.cut_at}));
        let gone = self.gone_loops.iter();
        let gone = gone.map(|it| json!({"stage": it.stage.name(), "reel": it.reel}));
        let lint = self.lint.iter().map(|it| {
            json!({"rule": it.rule.name(), "event": it.event, "message": it.message,
                "source": it.source})
        });
        let wrong: Vec<String> = self.violations.iter().map(ToString::to_string).collect();
        let unbound: Vec<&str> = self.unbound().map(|id| id.name()).collect();
        json!({
            "clean": self.is_clean(),
            "spins": self.spins,
            "stages": stages.collect::<Vec<_>>(),
            "unbound": unbound,
            "never_triggered": self.never_triggered,
            "without_asset": self.without_asset,
            "open_loops": loops.collect::<Vec<_>>(),
            "open_posts": self.open_posts,
            "gone_loops": gone.collect::<Vec<_>>(),
            "violations": wrong,
            "losses_as_wins": self.losses_as_wins,
            "unknown_bets": self.unknown_bets,
            "unknown_wins": self.unknown_wins,
            "min_cycle_ms": self.min_cycle_ms,
            "voice_steals": self.voice_steals,
            "refused": self.refused,
            "stuck_ducks": self.stuck_ducks,
            "lint": lint.collect::<Vec<_>>(),
        })
    }
}
