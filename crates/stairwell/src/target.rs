//! A plugin, and how far.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Version};

/// A plugin, and the version up to which its chain is meant.
///
/// ```
/// use stairwell::Target;
///
/// let target: Target = "printers@3".parse()?;
/// assert_eq!((target.plugin.as_str(), target.version), ("printers", Some(3)));
/// assert_eq!("printers".parse::<Target>()?.version, None);
/// # Ok::<(), stairwell::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The plugin.
    pub plugin: String,
    /// The last version that is meant; `None` is the whole chain.
    pub version: Option<Version>,
}

impl Target {
    /// The whole chain of `plugin`.
    pub fn new(plugin: impl Into<String>) -> Self {
        Target { plugin: plugin.into(), version: None }
    }

    /// The chain of `plugin` up to and including `version`.
    pub fn at(plugin: impl Into<String>, version: Version) -> Self {
        Target { plugin: plugin.into(), version: Some(version) }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            Some(version) => write!(f, "{}@{version}", self.plugin),
            None => f.write_str(&self.plugin),
        }
    }
}

/// Like [`Target`]'s example. Whether the plugin and the version exist is checked when the target is used.
impl FromStr for Target {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (plugin, version) = match text.split_once('@') {
            None => (text, None),
            Some((plugin, version)) => {
                let digits = version.bytes().all(|byte| byte.is_ascii_digit());
                let number = version.parse().ok().filter(|_| digits);
                let number = number.ok_or_else(|| {
                    Error::usage(format!("`{version}` in `{text}` is not a version; write `{plugin}@3`"))
                })?;
                (plugin, Some(number))
            }
        };
        if plugin.is_empty() {
            return Err(Error::usage(format!("`{text}` names no plugin; write `printers` or `printers@3`")));
        }
        Ok(Target { plugin: plugin.to_owned(), version })
    }
}
