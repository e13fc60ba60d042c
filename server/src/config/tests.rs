use clap::Parser;

use super::*;

#[derive(Debug, Parser)]
#[command(name = "gpt-oss")]
struct Cli {
    #[command(subcommand)]
    command: Sub,
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[arg(long, global = true, default_value = "info")]
    log: String,
}

#[derive(Debug, clap::Subcommand)]
enum Sub {
    Serve {
        #[arg(long, default_value_t = 8000)]
        port: u16,
        #[arg(long, default_value = "demo")]
        model: String,
        #[arg(long)]
        api_key: Vec<String>,
        #[arg(long)]
        cycle: bool,
        // PATH stands in for a setting from the environment: it is set wherever the tests run.
        #[arg(long, env = "PATH")]
        path: Option<String>,
        #[arg(long)]
        name: Option<String>,
    },
    Generate {
        #[arg(long, default_value = "demo")]
        model: String,
        #[arg(long)]
        prompt: String,
    },
}

/// What the command line `args` gives with the settings file `text`.
fn parse(text: &str, args: &[&str]) -> Result<Cli, String> {
    use clap::{CommandFactory, FromArgMatches};
    let table = text.parse::<Table>().map_err(|error| error.to_string())?;
    let command = apply(Cli::command(), &table, Path::new("s.toml")).map_err(|e| e.to_string())?;
    let args = std::iter::once("gpt-oss").chain(args.iter().copied());
    let matches = command.try_get_matches_from(args).map_err(|error| error.to_string())?;
    Cli::from_arg_matches(&matches).map_err(|error| error.to_string())
}

#[test]
fn a_file_sets_every_command_that_has_the_option() {
    let Sub::Serve { model, port, .. } =
        parse("model = 'x'\nport = 1", &["serve"]).expect("fits").command
    else {
        panic!("serve was asked for");
    };
    assert_eq!((model.as_str(), port), ("x", 1));
    let Sub::Generate { model, .. } =
        parse("model = 'x'\nport = 1", &["generate", "--prompt", "p"]).expect("fits").command
    else {
        panic!("generate was asked for");
    };
    assert_eq!(model, "x");
}

#[test]
fn a_section_sets_one_command_and_wins_over_the_top() {
    let text = "serve.model = 'y'\nmodel = 'x'";
    let Sub::Serve { model, .. } = parse(text, &["serve"]).expect("fits").command else {
        panic!("serve was asked for");
    };
    assert_eq!(model, "y");
}

#[test]
fn the_command_line_wins_over_the_file_and_the_environment_too() {
    let text = "port = 1\npath = 'file'\nlog = 'warn'\n[serve]\napi-key = ['a', 'b']\ncycle = true";
    let cli = parse(text, &["serve", "--port", "2"]).expect("fits");
    assert_eq!(cli.log, "warn");
    let Sub::Serve { port, path, api_key, cycle, name, .. } = cli.command else {
        panic!("serve was asked for");
    };
    assert_eq!(port, 2);
    assert_ne!(path.as_deref(), Some("file"), "the environment's value stands");
    assert_eq!((api_key, cycle, name), (vec!["a".into(), "b".into()], true, None));
}

#[test]
fn mistakes_name_file_and_key() {
    let errors = [
        "prot = 1",
        "port = 'many'",
        "port = 70000",
        "port = [1, 2]",
        "cycle = 'perhaps'",
        "[sevre]\nport = 1",
        "[serve]\nprompt = 'only generate has it'",
        "port = [{ a = 1 }]",
        "config = 'another.toml'",
    ]
    .map(|text| parse(text, &["serve"]).expect_err(text));
    insta::assert_snapshot!(errors.join("\n"), @r"
    s.toml: unknown setting `prot`; `gpt-oss serve --help` lists the names
    s.toml: invalid value 'many' for '--port <PORT>': invalid digit found in string
    s.toml: invalid value '70000' for '--port <PORT>': 70000 is not in 0..=65535
    s.toml: `port` takes one value
    s.toml: `cycle` must be true or false
    s.toml: there is no command `sevre`; see `gpt-oss --help`
    s.toml: unknown setting `prompt`; `gpt-oss serve --help` lists the names
    s.toml: `port` must be text, a number, true or false, or a list of these
    s.toml: unknown setting `config`; `gpt-oss serve --help` lists the names
    ");
}

#[test]
fn the_file_is_found_by_its_option_anywhere() {
    use clap::CommandFactory;
    for args in [
        &["gpt-oss", "--config", "a.toml", "serve"][..],
        &["gpt-oss", "serve", "--config=a.toml", "--nonsense"],
    ] {
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        assert_eq!(settings_path(&Cli::command(), &args), Some("a.toml".into()));
    }
}

#[test]
fn sizes_are_read_and_written() {
    for (text, bytes) in [
        ("0", 0),
        ("33554432", 1 << 25),
        ("32MiB", 1 << 25),
        ("32M", 1 << 25),
        ("1.5GiB", 3 << 29),
        ("4 kb", 4096),
    ] {
        assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
    }
    for text in ["", "MiB", "-1", "1.2.3", "5 parsecs", "99999TiB", "1e9", "NaN"] {
        assert!(text.parse::<ByteSize>().is_err(), "{text}");
    }
    for (bytes, text) in [(5, "5B"), (1 << 25, "32MiB"), (3 << 29, "1.5GiB"), (1 << 30, "1GiB")] {
        assert_eq!(ByteSize(bytes).to_string(), text);
    }
}
