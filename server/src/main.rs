//! The `gpt-oss` command.

fn main() -> std::process::ExitCode {
    gpt_oss_server::cli::run(std::env::args_os())
}
