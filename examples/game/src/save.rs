//! The save: the level that the player has reached, and the best score. A record of the cache.

use fetch_runtime::{CacheMode, Request, fetch};

const KEY: &str = "save";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Save {
    /// The index of the level.
    pub(crate) level: usize,
    pub(crate) best: u32,
}

impl Save {
    fn parse(text: &str) -> Option<Self> {
        let (level, best) = text.split_once(' ')?;
        Some(Self { level: level.parse().ok()?, best: best.parse().ok()? })
    }

    /// The save of an earlier game. Without one, or without a cache, a new game begins.
    pub(crate) async fn load() -> Option<Self> {
        let response = Request::get(KEY).cache(CacheMode::OnlyIfCached).await.ok()?;
        Self::parse(&response.into_result().ok()?.text())
    }

    /// Takes the place of the earlier save. If that fails, the earlier one is still there.
    pub(crate) async fn store(self) -> Result<(), String> {
        let text = format!("{} {}", self.level, self.best);
        let response =
            fetch!(IDB_STORE KEY, body: text).await.map_err(|error| error.to_string())?;
        response.into_result().map(drop).map_err(|error| error.to_string())
    }
}

/// Begins anew.
pub(crate) async fn forget() -> Result<(), String> {
    let response = fetch!(IDB_DELETE KEY).await.map_err(|error| error.to_string())?;
    response.into_result().map(drop).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_save_is_none() {
        assert_eq!(Save::parse("2 340"), Some(Save { level: 2, best: 340 }));
        for text in ["", "2", "2 ", "x 1", "-1 1"] {
            assert_eq!(Save::parse(text), None);
        }
    }
}
