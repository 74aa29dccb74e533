//! The embedded PostgreSQL as what stands in where no database address is given.

use std::path::PathBuf;

use stairwell_cli::{Error, Fallback, Provided};

use super::{Embedded, default_data_dir};

/// Starts an [`Embedded`] in the directory that was asked for, else in the default one.
#[derive(Clone, Debug, Default)]
pub struct EmbeddedFallback {
    /// `--data-dir`
    pub data_dir: Option<PathBuf>,
}

impl Fallback for EmbeddedFallback {
    async fn start(self) -> Result<Provided, Error> {
        let data_dir = self.data_dir.or_else(default_data_dir).ok_or_else(|| {
            Error::failed("the environment names no directory for the embedded PostgreSQL's data")
                .with_help("name one with `--data-dir`, or set `HOME`")
        })?;
        let embedded = tokio::task::spawn_blocking(move || Embedded::start(&data_dir))
            .await
            .map_err(|error| Error::failed(format!("the embedded PostgreSQL did not start: {error}")))?
            .map_err(|error| Error::failed(error.to_string()))?;
        Ok(Provided {
            url: embedded.url(),
            description: format!("an embedded PostgreSQL in {}", embedded.data_dir().display()),
            keep: Box::new(embedded),
        })
    }
}
