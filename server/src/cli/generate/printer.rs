//! Prints tokens as they come. The answer goes to stdout, the reasoning to stderr, so that a pipe gets the answer alone.

use std::io::{self, IsTerminal, Write};

use gpt_oss_engine::Sampled;
use gpt_oss_harmony::{Channel, Event, Header, Parser, Tokenizer};

use super::GenerateArgs;

/// How the tokens are shown.
pub(super) enum Printer {
    /// Bytes as they are, special tokens by their names.
    Raw(Tokenizer),
    /// One line a token.
    Logprobs(Tokenizer),
    /// Messages by channel.
    Chat(Box<Chat>),
}

/// A Harmony turn on its way to the terminal.
pub(super) struct Chat {
    parser: Parser,
    showing: Showing,
    /// The reasoning is dimmed on a terminal.
    dim: bool,
}

/// Where the open message goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Showing {
    Nothing,
    Answer,
    Reasoning,
}

impl Printer {
    pub(super) fn new(args: &GenerateArgs, tokenizer: Tokenizer) -> Self {
        if args.logprobs.is_some() {
            return Self::Logprobs(tokenizer);
        }
        if args.raw {
            return Self::Raw(tokenizer);
        }
        let dim = io::stderr().is_terminal();
        Self::Chat(Box::new(Chat {
            parser: Parser::new(tokenizer),
            showing: Showing::Nothing,
            dim,
        }))
    }

    pub(super) fn token(&mut self, sampled: &Sampled) -> io::Result<()> {
        match self {
            Self::Raw(tokenizer) => {
                let mut out = io::stdout().lock();
                out.write_all(&tokenizer.decode(&[sampled.token]))?;
                out.flush()
            }
            Self::Logprobs(tokenizer) => logprob_line(tokenizer, sampled),
            Self::Chat(chat) => {
                for event in chat.parser.push(sampled.token) {
                    chat.show(&event)?;
                }
                Ok(())
            }
        }
    }

    pub(super) fn end(&mut self) -> io::Result<()> {
        match self {
            Self::Raw(_) => writeln!(io::stdout()),
            Self::Logprobs(_) => Ok(()),
            Self::Chat(chat) => {
                for event in chat.parser.finish() {
                    chat.show(&event)?;
                }
                Ok(())
            }
        }
    }
}

impl Chat {
    fn show(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Start(header) => self.open(header),
            Event::Delta { text } => match self.showing {
                Showing::Nothing => Ok(()),
                Showing::Answer => {
                    let mut out = io::stdout().lock();
                    out.write_all(text.as_bytes())?;
                    out.flush()
                }
                Showing::Reasoning => write!(io::stderr(), "{text}"),
            },
            Event::End(_) => self.close(),
            Event::Repair { repair } => {
                tracing::debug!(?repair, "the model broke the format");
                Ok(())
            }
        }
    }

    fn open(&mut self, header: &Header) -> io::Result<()> {
        self.showing = match header.channel {
            Some(Channel::Analysis) => Showing::Reasoning,
            _ => Showing::Answer,
        };
        if self.showing == Showing::Reasoning && self.dim {
            write!(io::stderr(), "\x1b[2m")?;
        }
        if let Some(recipient) = &header.recipient {
            write!(io::stdout(), "[call {recipient}] ")?;
        }
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        let was = std::mem::replace(&mut self.showing, Showing::Nothing);
        match was {
            Showing::Nothing => Ok(()),
            Showing::Answer => writeln!(io::stdout()),
            Showing::Reasoning if self.dim => writeln!(io::stderr(), "\x1b[0m\n"),
            Showing::Reasoning => writeln!(io::stderr(), "\n"),
        }
    }
}

/// `id  "text"  ln p  "alternative" ln p …`, separated by tabs.
fn logprob_line(tokenizer: &Tokenizer, sampled: &Sampled) -> io::Result<()> {
    let shown = |id: u32| {
        let bytes = tokenizer.decode(&[id]);
        serde_json::Value::from(String::from_utf8_lossy(&bytes)).to_string()
    };
    let mut line = format!("{}\t{}", sampled.token, shown(sampled.token));
    if let Some(logprob) = &sampled.logprob {
        line += &format!("\t{:.4}", logprob.chosen);
        for (id, logprob) in &logprob.top {
            line += &format!("\t{} {logprob:.4}", shown(*id));
        }
    }
    writeln!(io::stdout(), "{line}")
}
