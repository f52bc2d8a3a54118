//! What the process itself uses of the machine, as far as the system tells.

use std::time::Instant;

use serde::Serialize;

/// Shares of the machine, in percent.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Usage {
    /// Of one processor, on the average; more than 100 with several threads.
    pub cpu: Option<f64>,
    /// Of all memory.
    pub memory: Option<f64>,
    /// The memory in bytes.
    pub memory_bytes: Option<u64>,
}

impl Usage {
    /// Since `began`, which should be near the start of the process.
    #[cfg(target_os = "linux")]
    pub fn since(began: Instant) -> Self {
        use std::fs::read_to_string;

        // Times of the user and the system, in hundredths of a second: the 14th and 15th field,
        // counted from the name in brackets, which may hold anything.
        let cpu = || {
            let stat = read_to_string("/proc/self/stat").ok()?;
            let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
            let ticks: f64 = [11, 12]
                .iter()
                .filter_map(|index| fields.get(*index)?.parse::<f64>().ok())
                .sum();
            Some(ticks / began.elapsed().as_secs_f64().max(0.01))
        };
        let kibibytes = |file: &str, name: &str| -> Option<u64> {
            let text = read_to_string(file).ok()?;
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        let resident = kibibytes("/proc/self/status", "VmRSS:");
        let total = kibibytes("/proc/meminfo", "MemTotal:");
        #[expect(clippy::cast_precision_loss, reason = "a share in percent")]
        let memory = match (resident, total) {
            (Some(resident), Some(total)) => Some(100.0 * resident as f64 / total.max(1) as f64),
            _ => None,
        };
        Self {
            cpu: cpu(),
            memory,
            memory_bytes: resident.map(|kibibytes| kibibytes * 1024),
        }
    }

    /// Elsewhere it is not told.
    #[cfg(not(target_os = "linux"))]
    pub fn since(_began: Instant) -> Self {
        Self::default()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_uses_some_memory() {
        let usage = Usage::since(Instant::now());
        assert!(usage.memory_bytes.unwrap() > 100_000);
        assert!(usage.memory.unwrap() > 0.0 && usage.cpu.unwrap() >= 0.0);
    }
}
