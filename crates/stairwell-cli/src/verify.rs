//! `migrate verify`.

use stairwell::{Finding, FindingKind, Migrator};

use crate::connect::Connected;
use crate::error::Error;
use crate::exit::Exit;
use crate::json;
use crate::output::{self, BAD, GOOD, HEAD, paint};

/// What is verified.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Verify {
    /// Do not call it an error that migrations are pending
    #[arg(long)]
    pub(crate) allow_pending: bool,

    /// Look at the histories only
    #[arg(long, conflicts_with = "ignore_schema")]
    no_drift: bool,

    /// Leave a schema of the database out of the comparison
    #[arg(long, value_name = "SCHEMA")]
    ignore_schema: Vec<String>,
}

impl Verify {
    pub(crate) async fn run(
        &self,
        connected: &mut Connected,
        migrator: &Migrator<'_>,
        json: bool,
    ) -> Result<Exit, Error> {
        let mut findings = migrator.verify(&mut connected.client).await?;
        if self.allow_pending {
            findings.retain(|finding| finding.kind != FindingKind::Missing);
        }
        let drift = self.drift(connected, migrator, &findings).await?;
        // What was not looked for is said, and no disagreement.
        let sound = findings.is_empty() && drift.as_ref().map_or(true, Vec::is_empty);
        if json {
            json::print_verification(sound, &findings, &drift)?;
        } else {
            output::print(&render(&findings, &drift))?;
        }
        if let Err(reason) = &drift
            && !self.no_drift
        {
            output::warn(&format!("drift was not checked: {reason}"));
        }
        Ok(if sound { Exit::Done } else { Exit::Failed })
    }

    /// The differences, or why they are not known.
    async fn drift(
        &self,
        connected: &mut Connected,
        migrator: &Migrator<'_>,
        findings: &[Finding],
    ) -> Result<Result<Vec<String>, String>, Error> {
        if self.no_drift {
            return Ok(Err("`--no-drift` was given".to_owned()));
        }
        if findings.iter().any(|finding| finding.kind != FindingKind::Missing) {
            return Ok(Err(
                "what the database should be like is not known while the history disagrees".to_owned()
            ));
        }
        self.compare(connected, migrator).await
    }

    #[cfg(feature = "shadow")]
    async fn compare(
        &self,
        connected: &mut Connected,
        migrator: &Migrator<'_>,
    ) -> Result<Result<Vec<String>, String>, Error> {
        let mut interrupt = crate::Interrupt::listen();
        let mut shadow = match crate::shadow::Shadowed::create(connected).await {
            Ok(shadow) => shadow,
            Err(error) if connected.client.is_closed() => return Err(error),
            Err(error) => return Ok(Err(error.to_string())),
        };
        let canceller = shadow.connected.canceller();
        let work = migrator.drift(&mut connected.client, &mut shadow.connected.client, &self.ignore_schema);
        // What goes wrong in the shadow says nothing about the database; an interrupt ends the command.
        let work = async { Ok::<_, stairwell::Error>(work.await) };
        let differences = interrupt.cancels(canceller, work).await;
        // But a server that goes away has not let anybody look.
        let is_lost = shadow.connected.client.is_closed() || connected.client.is_closed();
        shadow.remove(connected).await;
        let differences = match differences? {
            Err(error) if is_lost => return Err(error.into()),
            differences => differences.map_err(|error| error.to_string()),
        };
        Ok(differences.map(|differences| differences.iter().map(ToString::to_string).collect()))
    }

    #[cfg(not(feature = "shadow"))]
    async fn compare(
        &self,
        _: &mut Connected,
        _: &Migrator<'_>,
    ) -> Result<Result<Vec<String>, String>, Error> {
        Ok(Err("this program was built without the feature `shadow` of stairwell-cli".to_owned()))
    }
}

fn render(findings: &[Finding], drift: &Result<Vec<String>, String>) -> String {
    let mut text = String::new();
    if findings.is_empty() {
        text += &format!("{}: agrees with this program\n", paint(GOOD, "history"));
    } else {
        text += &format!("{}: disagrees with this program\n", paint(BAD, "history"));
    }
    for finding in findings {
        text += &format!("  {finding}\n");
    }
    match drift {
        Err(_) => text += &format!("{}: not checked\n", paint(HEAD, "drift")),
        Ok(differences) if differences.is_empty() => {
            text += &format!("{}: none; the database is what the migrations make\n", paint(GOOD, "drift"));
        }
        Ok(differences) => {
            let what = "missing (-), not from a migration (+), different (~)";
            text += &format!("{}: {what}\n", paint(BAD, "drift"));
            for difference in differences {
                text += &format!("  {difference}\n");
            }
        }
    }
    text
}
