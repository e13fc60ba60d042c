"""All skills in their proportions, with system message, instructions, earlier turns and functions that do not matter."""

from .. import harmony as h
from . import builtin, calls, chat, context, structured, text
from .base import Dialogue, Draw

SKILLS = [
    (chat.faq, 22), (chat.fallback, 10), (chat.greeting, 2), (text.repeat, 4), (text.quote, 3), (text.pick, 2), (text.listing, 2), (text.reverse, 3),
    (text.count, 3), (text.spell, 5), (text.sums, 6), (text.count_up, 2.5), (calls.call_new, 9), (calls.call_real, 13), (calls.result, 6), (calls.second_call, 5),
    (calls.no_fit, 5), (structured.schema, 8), (context.memory, 7), (context.note, 1), (context.rule, 5), (builtin.browser, 2.5),
    (builtin.python, 4), (builtin.patch, 4),
]
MAKERS, WEIGHTS = zip(*SKILLS)
SIMPLE = [chat.faq, chat.faq, chat.fallback, chat.greeting, text.repeat, text.quote, text.pick, text.listing, text.reverse, text.count, text.sums, context.note]
GENERIC = ["You are a helpful assistant.", "You are a helpful assistant", "Be concise.", "Answer briefly.", "Be polite and helpful.", "You are a friendly assistant.", "Help the user.",
           "Answer the user's questions.", "You are an expert.", "Use the tools when they help.", "Keep answers short.", "You help people with their daily tasks.",
           "Answer in English.", "Think carefully.", "You are a precise assistant that never makes things up.", "You are an assistant for a small company."]


def earlier(g: Draw, n: int) -> list:
    """Finished turns that have nothing to do with the question."""
    turns = []
    for _ in range(n):
        turns += [m for m in g.one(*SIMPLE)(g).turns if m.get("channel") != "analysis"]
    return turns


def finish(g: Draw, made: Dialogue) -> tuple[list, Dialogue]:
    """The whole conversation, the answer included."""
    date = g.words.date()
    instructions = made.instructions
    if instructions is None and g.chance(0.3):
        instructions = g.one(*GENERIC)
        if g.chance(0.15):
            instructions += " " + g.one(*GENERIC)
    functions, tools = made.functions, made.tools
    if made.plain and not functions and made.skill not in ("sums",) and g.chance(0.04):
        tools = g.one([h.BROWSER], [h.PYTHON]) if made.skill not in ("fallback", "count", "spell") else []
    asked = any("{date}" in m["content"].get("text", "") for m in made.turns)
    messages = [h.system(g.effort, date if asked or g.chance(0.93) else None, tools)]
    if instructions or functions or made.formats:
        messages.append(h.developer(instructions, functions, made.formats))
    messages += made.turns
    if asked:  # the date is drawn last: put it where it is told
        for message in messages:
            if "text" in message["content"]:
                message["content"]["text"] = message["content"]["text"].replace("{date}", date)
        if "text" in made.check:
            made.check = made.check | {"text": made.check["text"].replace("{date}", date)}
    return messages, made


def dialogue(g: Draw, maker=None) -> tuple[list, Dialogue]:
    """(messages, the dialogue with its check)."""
    maker = maker or g.rng.choices(MAKERS, WEIGHTS)[0]
    if maker is context.memory:
        told, made = context.memory(g)
        between = []
        for exchange in told:
            between += exchange + earlier(g, g.one(0, 0, 0, 1, 2, 4))
        made.turns = between + earlier(g, g.one(0, 0, 1, 2, 5, 10)) + made.turns
    else:
        made = maker(g)
        if maker is chat.fallback and g.chance(0.12):
            made.turns[0] = h.user(calls.realistic(g).request)
        if made.plain and g.chance(0.3):
            made.turns = earlier(g, g.one(1, 1, 2, 3, 4, 8)) + made.turns
    return finish(g, made)
