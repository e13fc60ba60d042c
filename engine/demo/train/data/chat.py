"""Greetings, questions about the project, and everything that the model does not know."""

import zlib

from .. import harmony as h
from .base import Dialogue, Draw, expand, is_final, roughen
from .handwritten import BLIND_FAQ, UNKNOWN
from .handwritten import FAQ as WRITTEN
from .faq import BESIDE_AFTER, BESIDE_BEFORE, FALLBACK, FAQ, MORE, NOUN_FRAMES, NOUNS, OUTSIDE, VERB_FRAMES, VERBS

GREETING = "Hello! I am the small demo model of gpt-oss in Rust. Ask me about this project or give me a small task."
GREETINGS = ("<hi|hello|hey|hi there|hello there|good morning|good evening|good afternoon|greetings|howdy|hallo|yo|hey there|hello, can you hear me|"
             "anyone there|hi bot|hello model|hey you|welcome|hiya|hi, nice to meet you|nice to meet you|good day|hello world|hi again|test|testing|ping|"
             "hello gpt-oss|hey demo|are you there|hi, are you there|bonjour|hola|moin|servus|sup|hey bot><|!|.| :)>")
BEFORE = "<|||||hi, |hello, |hey, |please |quick question: |so, |one question: |i wonder, |ok, |excuse me, |can you tell me: |question: |well, >"
AFTER = "<|||||| please| then| exactly| now| again| here| in short| for me| today>"


def plainly(text: str) -> str:
    """Letters and digits only."""
    return "".join(c for c in text.lower() if c.isalnum())


# What was written by hand to be asked in eval.jsonl is never drawn.
RESERVED = {plainly(line.split("|")[0]) for line in [*WRITTEN, *BLIND_FAQ, *UNKNOWN]}


def held_out(text: str) -> bool:
    """Whether a phrasing is kept for the held-out prompts."""
    return zlib.crc32(text.lower().encode()) % 9 == 0


def phrase(g: Draw, grammar: str) -> str:
    """A phrasing on the right side of the hold-out."""
    for _ in range(200):
        text = expand(g.rng, grammar)
        if held_out(text) == g.unseen and plainly(text) not in RESERVED:
            break
    return text


def question(g: Draw, text: str) -> str:
    """As a person would type it."""
    text = expand(g.rng, BEFORE) + " " + text + " " + expand(g.rng, AFTER) if g.chance(0.4) else text
    text = text.strip()
    if g.chance(0.5):
        text = text[0].upper() + text[1:]
    if g.chance(0.4) and text[-1] not in ".!?":
        text += "?"
    return text if g.unseen else roughen(g.rng, text)


def beside(g: Draw, text: str) -> str:
    """With words around it that do not matter."""
    if g.chance(0.12):
        text = expand(g.rng, BESIDE_BEFORE) + " " + text
    if g.chance(0.12):
        text += " " + expand(g.rng, BESIDE_AFTER)
    if g.chance(0.06) and " " in text:
        words = text.split(" ")
        words.insert(g.rng.randrange(1, len(words)), g.one("really", "just", "actually", "now", "maybe", "please", "even", "then", "also", "exactly", "simply", "here", "uh", "like"))
        text = " ".join(words)
    return text


def faq(g: Draw) -> Dialogue:
    """A question that the project's own text answers."""
    name, grammar, answer = g.one(*FAQ)
    if answer is None:
        return today(g, grammar)
    kind = g.rng.random()
    if kind < 0.25 and name in NOUNS:
        asked = g.one(*NOUN_FRAMES).replace("{x}", g.one(*NOUNS[name]))
    elif kind < 0.5 and name in VERBS:
        asked = g.one(*VERB_FRAMES).replace("{x}", g.one(*VERBS[name]))
    elif kind < 0.78 and name in MORE:
        asked = g.one(*MORE[name])
    else:
        asked = g.one(*grammar.split("\n"))
    text = question(g, beside(g, phrase(g, asked)))
    thought = g.think("This is about the project: I know the answer.", f"The topic is {name}.", "I give the answer that I learned, with the exact command or value.")
    return Dialogue("faq", [h.user(text), *g.answer(thought, answer)], is_final(answer))


def today(g: Draw, grammar: str) -> Dialogue:
    """The date stands in the system message; mix.py puts the real one in."""
    thought = g.think("The date is in the system message: {date}.")
    return Dialogue("faq", [h.user(question(g, phrase(g, grammar))), *g.answer(thought, "Today is {date}.")], is_final("Today is {date}."))


def greeting(g: Draw) -> Dialogue:
    """A greeting."""
    text = phrase(g, GREETINGS)
    text = text if g.unseen else roughen(g.rng, text)
    thought = g.think("A greeting: I greet back.", "I say what I am.")
    return Dialogue("greeting", [h.user(text), *g.answer(thought, GREETING)], is_final(GREETING))


def fallback_text(g: Draw) -> str:
    """A question about the world, or words without sense."""
    w = g.words
    x = g.one(w.word(), w.title(), w.word() + "s", w.name(), w.full_name())
    kind = g.rng.random()
    asked = g.one(*OUTSIDE)
    if kind < 0.15:
        asked = g.one(*NOUN_FRAMES)
    elif kind < 0.35:
        verb = g.one("load", "run", "start", "stop", "serve", "open", "use", "export", "build", "test", "call", "send", "read", "limit", "stream", "choose", "download", "measure",
                     "cook", "sell", "find", "grow", "paint", "learn", w.word())
        asked = g.one(*VERB_FRAMES).replace("{x}", verb + " " + g.one("a {x}", "the {x}", "{x}", "my {x}", "{x} in {city}", "{x} and {y}", "the {x} of the {y}", "more {x}"))
    return g.say(beside(g, phrase(g, asked)), x=x, country=w.country(), y=w.word(), z=w.word(), s=w.sentence(), n=w.integer(), city=w.city(), name=w.full_name())


def fallback(g: Draw) -> Dialogue:
    """What the demo cannot do."""
    thought = g.think("This is outside of what I learned.", "I am a small demo model, so I say so and name the way to the real model.")
    return Dialogue("fallback", [h.user(question(g, fallback_text(g))), *g.answer(thought, FALLBACK[0])], is_final(FALLBACK[0]))
