//! Says before a load that the machine is too small, instead of being killed half-way.

use super::WeightError;

/// Compares a model's size with the memory that is free (Linux; elsewhere nothing is known and everything fits).
pub(super) fn check(needed: u64) -> Result<(), WeightError> {
    let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    fits(needed, free_bytes(&meminfo))
}

fn fits(needed: u64, free: Option<u64>) -> Result<(), WeightError> {
    const GIB: f64 = (1u64 << 30) as f64;
    match free {
        Some(free) if free < needed => Err(WeightError(format!(
            "the weights need {:.1} GiB of memory and {:.1} GiB are free: choose a smaller model or a larger machine",
            needed as f64 / GIB,
            free as f64 / GIB
        ))),
        _ => Ok(()),
    }
}

/// Memory that can be had without stopping other programs, in bytes, from the text of `/proc/meminfo`.
fn free_bytes(meminfo: &str) -> Option<u64> {
    let line = |name: &str| {
        meminfo.lines().find_map(|l| {
            l.strip_prefix(name)?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
        })
    };
    Some((line("MemAvailable:")? + line("SwapFree:").unwrap_or(0)) * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_cannot_fit_is_refused_with_both_sizes() {
        let meminfo = "MemTotal:       24000000 kB\nMemFree:         1000 kB\nMemAvailable:   20971520 kB\nSwapFree:        1048576 kB\n";
        let free = free_bytes(meminfo);
        assert_eq!(free, Some(21 << 30));
        assert!(fits(13_761_264_768, free).is_ok());
        let error = fits(65_248_815_744, free).expect_err("too large").to_string();
        assert!(
            error.starts_with("the weights need 60.8 GiB of memory and 21.0 GiB are free"),
            "{error}"
        );
        assert!(fits(u64::MAX, free_bytes("")).is_ok(), "nothing is known");
    }
}
