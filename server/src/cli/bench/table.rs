//! The figures for people.

use std::io::{self, Write};

use gpt_oss_engine::Ceilings;

use super::{Bench, machine::Machine, model::ModelBench, server::ServerBench};
use crate::config::ByteSize;

pub(super) fn print(out: &mut impl Write, bench: &Bench) -> io::Result<()> {
    writeln!(
        out,
        "gpt-oss {} on {}; medians of {} runs after a warm-up\n",
        bench.version, bench.date, bench.runs
    )?;
    machine(out, &bench.machine)?;
    if let Some(model) = &bench.model {
        self::model(out, model, &bench.machine)?;
    }
    if let Some(server) = &bench.server {
        self::server(out, server)?;
    }
    Ok(())
}

fn machine(out: &mut impl Write, machine: &Machine) -> io::Result<()> {
    row(out, "processor", &format!("{}, {} threads", machine.cpu, machine.hardware_threads))?;
    if let Some(memory) = machine.memory {
        row(out, "memory", &ByteSize(memory).to_string())?;
    }
    let Ceilings { threads, read_bytes_per_second, matmul_flops } = machine.ceilings;
    let reads = format!("{:.1} GB/s with {threads} threads", read_bytes_per_second / 1e9);
    row(out, "reads from memory", &reads)?;
    row(out, "multiplies bf16 matrices", &format!("{:.1} GFLOP/s", matmul_flops / 1e9))
}

fn model(out: &mut impl Write, model: &ModelBench, machine: &Machine) -> io::Result<()> {
    writeln!(out, "\nmodel {}", model.model)?;
    row(out, "weights", &ByteSize(model.weight_bytes).to_string())?;
    row(out, "load", &format!("{:.2} s", model.load_seconds))?;
    let limit = machine.ceilings.read_bytes_per_second / model.token_bytes as f64;
    row(
        out,
        "memory-bound limit of 1 stream",
        &format!(
            "{limit:.1} tok/s ({} a token, if no cache holds them)",
            ByteSize(model.token_bytes)
        ),
    )?;
    for decode in &model.decode {
        let label = match decode.streams {
            1 => "decode, 1 stream".to_owned(),
            n => format!("decode, {n} streams together"),
        };
        row(out, &label, &format!("{:.1} tok/s", decode.tokens_per_second))?;
    }
    for prefill in &model.prefill {
        let figures = format!(
            "{:.1} ms to the first token, {:.0} tok/s",
            1e3 * prefill.first_token_seconds,
            prefill.tokens_per_second
        );
        row(out, &format!("prompt of {} tokens", prefill.prompt_tokens), &figures)?;
    }
    if let Some(peak) = model.peak_memory {
        row(out, "peak memory", &ByteSize(peak).to_string())?;
    }
    Ok(())
}

fn server(out: &mut impl Write, server: &ServerBench) -> io::Result<()> {
    writeln!(out, "\nserver without a model, one thread, answers of {} tokens", server.tokens)?;
    row(out, "parse, emit, SSE", &format!("{:.0} tok/s", server.streamed_tokens_per_second))?;
    row(out, "the same, not streamed", &format!("{:.0} tok/s", server.folded_tokens_per_second))?;
    if let Some(bytes) = server.bytes_per_idle_stream {
        row(out, "memory per idle stream", &ByteSize(bytes).to_string())?;
    }
    Ok(())
}

fn row(out: &mut impl Write, label: &str, figures: &str) -> io::Result<()> {
    writeln!(out, "  {label:<32}{figures}")
}
