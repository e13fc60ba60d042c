//! The memory report as a table.

use std::io::{self, Write};

use gpt_oss_engine::{
    config::{LayerKind, ModelConfig},
    weights::Report,
};

use crate::config::ByteSize;

pub(super) fn print(
    out: &mut impl Write,
    name: &str,
    config: &ModelConfig,
    report: &Report,
) -> io::Result<()> {
    let full = config.layers.iter().filter(|kind| **kind == LayerKind::Full).count();
    writeln!(
        out,
        "{name}: {} parameters, {} used by a token",
        count(report.parameters),
        count(report.active_parameters)
    )?;
    writeln!(
        out,
        "  {} layers ({full} full, {} with a window of {}), hidden {}, {} query and {} KV heads of {}",
        config.layers.len(),
        config.layers.len() - full,
        config.window,
        config.hidden,
        config.heads,
        config.kv_heads,
        config.head_dim,
    )?;
    writeln!(
        out,
        "  {} experts of {}, {} a token; vocabulary {}{}; up to {} tokens",
        config.experts,
        config.intermediate,
        config.experts_per_token,
        config.vocabulary,
        if config.tied { " (tied)" } else { "" },
        config.max_positions,
    )?;
    writeln!(out)?;
    writeln!(out, "{:<14}{:>14}{:>12}{:>12}", "part", "parameters", "memory", "stored")?;
    for part in &report.parts {
        line(out, part.part.name(), part.parameters, [part.bytes, part.stored_bytes])?;
    }
    line(out, "total", report.parameters, [report.bytes, report.stored_bytes])?;
    writeln!(
        out,
        "\nin bf16 it would be {}: {:.2} times as much",
        ByteSize(report.bf16_bytes),
        report.compression(),
    )?;
    print_kv(out, config, report)
}

fn print_kv(out: &mut impl Write, config: &ModelConfig, report: &Report) -> io::Result<()> {
    let kv = &report.kv;
    writeln!(
        out,
        "KV cache in bf16: {} a token in {} full layers, {} in {} sliding layers (the last {} tokens alone)",
        ByteSize(kv.full_bytes_per_token),
        kv.full_layers,
        ByteSize(kv.sliding_bytes_per_token),
        kv.sliding_layers,
        kv.window,
    )?;
    let longest = config.max_positions as u64;
    for tokens in [4096, 32_768, longest] {
        if tokens <= longest {
            writeln!(
                out,
                "  one sequence of {tokens} tokens: {}",
                ByteSize(kv.sequence_bytes(tokens))
            )?;
        }
    }
    Ok(())
}

fn line(out: &mut impl Write, name: &str, parameters: u64, bytes: [u64; 2]) -> io::Result<()> {
    let [memory, stored] = bytes.map(|bytes| ByteSize(bytes).to_string());
    writeln!(out, "{name:<14}{:>14}{memory:>12}{stored:>12}", count(parameters))
}

/// Every tensor, one a line.
pub(super) fn print_tensors(out: &mut impl Write, report: &Report) -> io::Result<()> {
    writeln!(out)?;
    for row in &report.tensors {
        let shape: Vec<String> = row.shape.iter().map(usize::to_string).collect();
        writeln!(
            out,
            "{:<56}{:>6} [{}] {}",
            row.name,
            row.dtype,
            shape.join(", "),
            ByteSize(row.bytes)
        )?;
    }
    Ok(())
}

/// Short for people: 20.91 B, 3.61 B, 512.
fn count(n: u64) -> String {
    match n {
        1_000_000_000.. => format!("{:.2} B", n as f64 / 1e9),
        1_000_000.. => format!("{:.2} M", n as f64 / 1e6),
        10_000.. => format!("{:.1} k", n as f64 / 1e3),
        _ => n.to_string(),
    }
}
