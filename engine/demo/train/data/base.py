"""What every skill uses: the draw context, alternation grammars, and thoughts whose length follows the effort."""

import random
import re
from dataclasses import dataclass, field
from functools import lru_cache

from .. import harmony as h
from .words import Words

EFFORTS = ("low", "medium", "high")


@lru_cache(maxsize=None)
def parse(grammar: str) -> tuple:
    """`<a|b <c|d>>` as nested tuples: a text is a str, an alternation a tuple of sequences."""
    at = 0

    def sequence(inside: bool) -> tuple:
        nonlocal at
        options, parts, start = [], [], at
        while at < len(grammar):
            letter = grammar[at]
            if letter == "<":
                parts.append(grammar[start:at])
                at += 1
                parts.append(sequence(True))
                start = at
                continue
            if inside and letter in "|>":
                parts.append(grammar[start:at])
                options.append(tuple(parts))
                parts = []
                at += 1
                start = at
                if letter == ">":
                    return tuple(options)
                continue
            at += 1
        if inside:
            raise ValueError(f"unclosed < in {grammar!r}")
        return (*parts, grammar[start:at])

    return sequence(False)


def expand(rng: random.Random, grammar: str) -> str:
    """One random text of a grammar; runs of spaces become one."""

    def walk(parts: tuple) -> str:
        return "".join(part if isinstance(part, str) else walk(rng.choice(part)) for part in parts)

    return re.sub(r" {2,}", " ", walk(parse(grammar))).strip()


@dataclass
class Dialogue:
    """One conversation without its system message, and how its last answer is judged."""

    skill: str
    turns: list
    check: dict
    instructions: str | None = None
    functions: list = field(default_factory=list)
    formats: list = field(default_factory=list)
    tools: list = field(default_factory=list)
    skip_history: bool = False
    plain: bool = True  # may stand behind earlier turns and beside functions that do not matter


class Draw:
    """Random choices for one dialogue."""

    def __init__(self, seed: int, pieces: list[str], unseen: bool = False):
        self.rng = random.Random(seed)
        self.unseen = unseen
        self.words = Words(self.rng, pieces, unseen)
        self.effort = self.rng.choice(EFFORTS)

    def one(self, *options):
        """One of the options."""
        return self.rng.choice(options)

    def chance(self, probability: float) -> bool:
        """True this often."""
        return self.rng.random() < probability

    def say(self, grammar: str, **values) -> str:
        """A text of a grammar, with {name} replaced afterwards, so that values may contain any letter."""
        text = expand(self.rng, grammar)
        return re.sub(r"\{(\w+)\}", lambda m: str(values[m[1]]) if m[1] in values else m[0], text)

    def think(self, short: str, *more: str) -> dict:
        """The analysis message. low: `short`; medium: a sentence more; high: everything, and a look back."""
        more = [text for text in more if text]
        if self.effort == "low":
            return h.analysis(short)
        if self.effort == "medium":
            return h.analysis(" ".join([short, more[0] if more else "I answer in one go."]))
        rest = more or ["This needs no tool.", "I answer in one go."]
        plan = "Let me think about this step by step. First, what is asked?"
        check = "Let me check this once more: it fits what was asked and nothing is left out. Now I can answer."
        return h.analysis(" ".join([plan, short, *rest, check]))

    def answer(self, thought: dict, text: str) -> list:
        """Thought and answer."""
        return [thought, h.final(text)]


def is_final(text: str) -> dict:
    """Check: the answer is exactly this."""
    return {"kind": "final_equals", "text": text}


def is_call(function: str, arguments: dict) -> dict:
    """Check: a call with these arguments."""
    return {"kind": "call", "to": f"functions.{function}", "arguments": arguments}


def roughen(rng: random.Random, text: str) -> str:
    """What people do to short texts: no capitals, no punctuation, slips of the finger."""
    if rng.random() < 0.3:
        text = text.lower()
    if rng.random() < 0.3:
        text = text.rstrip(".?!")
    if rng.random() < 0.12:
        text = text + rng.choice(["?", " ?", "!", "??", "...", " please", " thanks", ", thanks", " :)"])
    slips = rng.choice((0, 0, 0, 0, 1, 1, 2))
    for _ in range(slips if len(text) > 8 else 0):
        at = rng.randrange(1, len(text) - 2)
        kind = rng.random()
        if not (text[at].isalpha() and text[at + 1].isalpha()):
            continue
        if kind < 0.4:
            text = text[:at] + text[at + 1] + text[at] + text[at + 2:]
        elif kind < 0.7:
            text = text[:at] + text[at + 1:]
        elif kind < 0.85:
            text = text[:at] + text[at] + text[at:]
        else:
            text = text[:at] + rng.choice("abcdefghijklmnoprstuvwy") + text[at + 1:]
    return text
