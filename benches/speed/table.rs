//! What was measured, as tables in Markdown: one for each device.

use std::{collections::BTreeMap, fmt, time::Duration};
use wgrad::{
    Device,
    device::{Roof, Stats},
    tensor::profile::Row,
};

/// Rows by device.
#[derive(Default)]
pub(crate) struct Table(BTreeMap<String, (Option<Roof>, Vec<Row>)>);

impl Table {
    /// One run took so long.
    pub(crate) fn add(&mut self, device: &Device, what: String, time: Duration, stats: &Stats) {
        let bytes = stats.bytes_read + stats.bytes_written;
        let row = Row { what, dispatches: stats.dispatches as u64, time, bytes, flops: stats.flops };
        // Measured at the first row of a device, in the same run; absent for devices that have none.
        let (_, rows) = self.0.entry(device.to_string()).or_insert_with(|| (device.roof().ok(), Vec::new()));
        rows.push(row);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (device, (roof, rows)) in &self.0 {
            writeln!(f, "\n### {device}\n")?;
            if let Some(roof) = roof {
                writeln!(f, "{roof}\n")?;
            }
            writeln!(f, "| kernel | dispatches | time | GFLOP/s | GB/s | of the roof |\n|---|---:|---:|---:|---:|---:|")?;
            for row in rows {
                let rate = |n: u64| n as f64 / row.time.as_secs_f64() / 1e9;
                let share = roof.map_or("-".into(), |roof| format!("{:.0} %", 100.0 * row.share_of(&roof)));
                let Row { what, dispatches, time, bytes, flops } = row;
                writeln!(f, "| {what} | {dispatches} | {time:.1?} | {:.1} | {:.1} | {share} |", rate(*flops), rate(*bytes))?;
            }
        }
        Ok(())
    }
}
