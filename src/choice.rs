//! The device of a run, and why it is the one.

use crate::{Device, Result, device::DeviceKind};
use std::fmt;

/// The device that a program should use, and why. Its text is for the first line of a run.
///
/// ```
/// let choice = wgrad::Choice::new(Some("cpu"), "--device")?;
/// assert_eq!(choice.device.info().name, "cpu");
/// assert!(choice.to_string().ends_with("because --device asks for it"), "{choice}");
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Choice {
    /// The device.
    pub device: Device,
    /// The reason, as the end of a sentence that begins with the device.
    pub why: String,
}

impl Choice {
    /// The device `name`, which `option` (an argument of the program) asks for; else the one that `WGRAD_DEVICE` names; else the best one.
    ///
    /// # Errors
    /// Those of [`Device::open`] and [`Device::best`].
    pub fn new(name: Option<&str>, option: &str) -> Result<Choice> {
        if let Some(name) = name {
            return Ok(Choice { device: Device::open(name)?, why: format!("{option} asks for it") });
        }
        let device = Device::best()?;
        let asked = std::env::var("WGRAD_DEVICE").is_ok_and(|name| !name.trim().is_empty());
        let why = if asked { "WGRAD_DEVICE asks for it".into() } else { reason(&device) };
        Ok(Choice { device, why })
    }
}

/// Why [`Device::best`] took `device`.
fn reason(device: &Device) -> String {
    if device.info().kind == DeviceKind::Gpu {
        return "it is the best GPU found".into();
    }
    let software = Device::all().into_iter().find(|info| info.kind == DeviceKind::SoftwareGpu);
    match software {
        Some(info) => {
            format!("no GPU was found but the software driver {} ({}), which is used when asked for", info.name, info.description)
        }
        None => "no GPU was found".into(),
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, because {}", self.device, self.why)
    }
}
