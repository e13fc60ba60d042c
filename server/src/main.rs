//! The `gpt-oss` command.
fn main() {}
