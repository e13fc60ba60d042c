//! Picks the device; nothing else asks what this program was built for.

use candle_core::Device;

/// Where a model shall run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The fastest that works here.
    Auto,
    /// The processor.
    Cpu,
    /// An NVIDIA GPU.
    Cuda,
    /// The GPU of a Mac.
    Metal,
}

/// The device cannot be had; the message says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DeviceError(String);

impl DeviceChoice {
    /// The device.
    ///
    /// # Errors
    /// This program was built without it, or the machine has none.
    pub fn open(self) -> Result<Device, DeviceError> {
        match self {
            Self::Cpu => Ok(Device::Cpu),
            Self::Auto => Ok(metal().unwrap_or(Device::Cpu)),
            Self::Metal => metal(),
            Self::Cuda => Err(DeviceError(
                "this program cannot use NVIDIA GPUs yet: run on the processor with --device cpu"
                    .into(),
            )),
        }
    }
}

fn metal() -> Result<Device, DeviceError> {
    if !candle_core::utils::metal_is_available() {
        return Err(DeviceError(
            "this program was built without Metal: run with --device cpu, or build it on a Mac with --features metal".into(),
        ));
    }
    Device::new_metal(0).map_err(|error| {
        DeviceError(format!("this Mac's GPU cannot be used ({error}): run with --device cpu"))
    })
}
