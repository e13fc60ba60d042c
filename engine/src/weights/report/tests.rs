use super::*;
use crate::weights::RandomWeights;

fn report(name: &str) -> Report {
    Report::new(&RandomWeights::new(ModelConfig::built_in(name).expect("built in"), 0))
        .expect("a report")
}

/// The figures of the published models.
#[test]
fn sizes_are_those_of_the_published_models() {
    let small = report("20b");
    assert_eq!(small.parameters, 20_914_757_184);
    assert_eq!(small.bytes, 13_761_264_768);
    assert_eq!(small.kv.full_bytes_per_token + small.kv.sliding_bytes_per_token, 49_152);
    let large = report("120b");
    assert_eq!(large.parameters, 116_829_156_672);
    assert_eq!(large.bytes, 65_248_815_744);
    assert_eq!(large.kv.full_bytes_per_token, 36_864);
    assert_eq!(large.kv.sequence_bytes(4096), 36_864 * 4096 + 36_864 * 128);
    assert_eq!(
        (small.active_parameters / 10_000_000, large.active_parameters / 10_000_000),
        (360, 513)
    );
}

#[test]
fn parts_and_tensors_add_up() {
    for name in ["20b", "educational"] {
        let report = report(name);
        assert_eq!(report.parts.iter().map(|p| p.parameters).sum::<u64>(), report.parameters);
        assert_eq!(report.parts.iter().map(|p| p.bytes).sum::<u64>(), report.bytes);
        assert_eq!(report.tensors.iter().map(|t| t.bytes).sum::<u64>(), report.bytes);
        assert_eq!(
            report.parts.len(),
            if name == "20b" { 6 } else { 5 },
            "a tied model has no unembedding"
        );
        assert!(report.compression() > 1.0 && report.active_parameters < report.parameters);
    }
}
