"""Facts that were said earlier, and rules that the developer gives."""

from .. import harmony as h
from .base import Dialogue, Draw, is_final
from .chat import GREETING, GREETINGS, faq, phrase

FACTS = [
    ("name", "<my name is {v}|i am {v}|i'm {v}|call me {v}|this is {v}|{v} is my name|people call me {v}>", "<what is my name|who am i|do you know my name|do you remember my name|what am i called|say my name>", "Your name is {v}.", lambda g: g.words.name()),
    ("city", "<i live in {v}|my city is {v}|my home is {v}|i am from {v}|i come from {v}>", "<where do i live|which city do i live in|where am i from|what is my city|do you remember where i live>", "You live in {v}.", lambda g: g.words.city()),
    ("age", "<i am {v} years old|my age is {v}|i'm {v} years old|i just turned {v}>", "<how old am i|what is my age|do you remember my age>", "You are {v} years old.", lambda g: g.rng.randint(5, 99)),
    ("job", "<i work as a {v}|i am a {v}|my job is {v}|i'm a {v} by profession>", "<what is my job|what do i do for work|what do i work as|which job do i have>", "You work as a {v}.", lambda g: g.words.word()),
    ("dog", "<my dog is called {v}|i have a dog named {v}|my dog's name is {v}>", "<what is my dog called|what is the name of my dog|how is my dog called>", "Your dog is called {v}.", lambda g: g.words.name()),
    ("cat", "<my cat is called {v}|i have a cat named {v}|my cat's name is {v}>", "<what is my cat called|what is the name of my cat|how is my cat called>", "Your cat is called {v}.", lambda g: g.words.name()),
    ("meeting", "<my meeting is at {v}|the meeting starts at {v}|we meet at {v}>", "<when is my meeting|at what time is the meeting|when do we meet>", "Your meeting is at {v}.", lambda g: g.words.time()),
    ("code", "<the secret code is {v}|remember the code {v}|the password is {v}|keep in mind the secret {v}|the secret word is {v}|remember this word: {v}|remember the number {v}|remember {v}>",
     "<what is the secret|what is the code|what did i ask you to remember|which code did i give you|what was the secret word|what is the password|tell me the word again|what was the number|what should you remember>", "It is {v}.", lambda g: g.one(g.words.word(), g.words.code(), g.words.integer())),
]
NOTED = ["Noted.", "Noted: {v}."]


def fact(g: Draw) -> tuple:
    """(statement, question, answer, value, key)"""
    if g.chance(0.4):
        key = g.one("favorite color", "favorite food", "favorite animal", "phone number", "car", "brother", "sister", "teacher", "hobby", "team", "street", "order number",
                    "favorite number", "boss", "bike", "project", "hotel", "flight", g.words.word(), g.words.word())
        value = g.one(g.words.word(), g.words.word(), g.words.code(), g.words.name(), g.words.title())
        said = g.say("<my {k} is {v}|my {k} is called {v}|{v} is my {k}|remember that my {k} is {v}|note that my {k} is {v}|for the record, my {k} is {v}>", k=key, v=value)
        asked = g.say("<what is my {k}|tell me my {k}|do you remember my {k}|what was my {k}|which {k} do i have|my {k}>", k=key)
        return said, asked, f"Your {key} is {value}.", value, key
    key, said, asked, answer, draw = g.one(*FACTS)
    value = draw(g)
    return g.say(said, v=value), g.say(asked), answer.replace("{v}", str(value)), value, key


def cased(g: Draw, text: str, mark: str) -> str:
    """As typed by a person."""
    text = text[0].upper() + text[1:] if g.chance(0.6) else text
    return text + mark if g.chance(0.6) else text


def memory(g: Draw) -> tuple[list, Dialogue]:
    """(turns that state the facts, the question); mix.py puts other turns between them."""
    facts, keys = [], set()
    for _ in range(g.rng.choice((1, 1, 2, 2, 3))):
        one = fact(g)
        if one[4] not in keys:
            keys.add(one[4])
            facts.append(one)
    told = []
    if g.chance(0.3):
        text = g.one(" and ", " and ", ". ", ", ").join(f[0] for f in facts)
        told.append([h.user(cased(g, text, ".")), h.final("Noted.")])
    else:
        for said, _, _, value, _ in facts:
            told.append([h.user(cased(g, said, ".")), h.final("Noted.")])
    said, asked, answer, value, key = g.one(*facts)
    if g.chance(0.12) and len(told) == len(facts):
        at = next(n for n, f in enumerate(facts) if f[4] == key)
        new = g.words.word()
        if isinstance(value, str) and value in said and value in answer:
            told.append([h.user(cased(g, g.one("sorry, ", "correction: ", "actually, ", "no, ") + said.replace(value, new), ".")), h.final("Noted.")])
            answer = answer.replace(value, new)
            value = new
    if g.chance(0.1):
        for _ in range(30):
            _, asked, _, _, other = fact(g)
            if other not in keys:
                answer = "You have not told me that."
                thought = g.think("I was not told that.", f"The question is about: {other}.", "I look in the earlier messages.")
                return told, Dialogue("memory", [h.user(cased(g, asked, "?")), thought, h.final(answer)], is_final(answer))
    thought = g.think(f"I was told: {value}.", f"The question is about: {key}.", "I look in the earlier messages.")
    return told, Dialogue("memory", [h.user(cased(g, asked, "?")), thought, h.final(answer)], is_final(answer))


def note(g: Draw) -> Dialogue:
    """A fact is stated; nothing is asked yet."""
    said = fact(g)[0]
    return Dialogue("memory", [h.user(cased(g, said, ".")), g.think("A fact to remember.", "I keep it in mind."), h.final("Noted.")], is_final("Noted."))


def rule(g: Draw) -> Dialogue:
    """A developer's rule about the answer."""
    w = g.words
    kind = g.rng.randrange(7)
    extra = g.one("", "", "You are a helpful assistant. ", "Be polite. ", f"You work for {w.title()}. ")
    if kind == 0:
        name = g.one(w.name(), w.name(), w.title())
        rule_ = g.say("<your name is {n}|you are {n}|you are called {n}|you are {n}, an assistant|act as {n}|you are an assistant named {n}>", n=name)
        asked = g.say("<who are you|what is your name|what's your name|tell me your name|how are you called|do you have a name|introduce yourself|what are you called>")
        return ruled(g, extra + rule_, asked, f"My name is {name}.", f"My name here is {name}.")
    if kind == 1:
        word = g.one(w.word(), w.title(), w.sentence(), w.cased())
        rule_ = g.say("<always answer with|answer every question with|reply only with|whatever the user says, say|always reply|respond to everything with|only ever say> {q}{x}{q}", x=word, q=g.one('"', '"', "'"))
        return ruled(g, extra + rule_, anything(g), word, "The developer says what to answer always.")
    if kind in (2, 3):
        inner = base_answer(g)
        mark = g.one(w.word(), w.cased(), w.title(), w.cased() + "!")
        q = g.one('"', '"', "'", "")
        if kind == 2:
            rule_ = g.say("<start|begin> <every|each|your> <answer|reply|response|message><s|> with {q}{x}{q}", x=mark, q=q)
            answer = f"{mark} {inner[1]}"
        else:
            rule_ = g.say("<end|finish|close> <every|each|your> <answer|reply|response|message><s|> with {q}{x}{q}", x=mark, q=q)
            answer = f"{inner[1]} {mark}"
        return ruled(g, extra + rule_, inner[0], answer, f"The developer wants {mark} in the answer.")
    if kind == 4:
        topic, reply = w.word(), g.one(w.sentence(), w.title(), w.word())
        rule_ = g.say("<if|when|whenever> <someone|the user|anybody> <asks about|mentions|talks about|wants to know about> {t}, <say|answer|reply|answer with> \"{r}\"", t=topic, r=reply)
        asked = g.say("<what about {t}|tell me about {t}|{t}|what is {t}|do you know {t}|i want to know about {t}|how is {t}|can we talk about {t}>", t=topic)
        return ruled(g, extra + rule_, asked, reply, f"There is a rule for {topic}.")
    facts = []
    for _ in range(g.rng.randint(1, 4)):
        facts.append((g.one(w.word(), w.word(), "price", "opening time", "address", "phone number", "capital", "owner", "color"), w.title(), g.one(w.word(), w.title(), w.code(), w.time(), w.city(), str(w.integer()))))
    body = g.one(" ", "\n").join(f"The {a} of {b} is {c}." for a, b, c in facts)
    a, b, c = g.one(*facts)
    asked = g.say("<what is the {a} of {b}|tell me the {a} of {b}|do you know the {a} of {b}|which {a} has {b}|{b}: {a}>", a=a, b=b)
    answer = f"The {a} of {b} is {c}."
    if kind == 5:
        return ruled(g, extra + g.one("", "Facts:\n", "Use these facts: ", "Answer from this text: ") + body, asked, answer, f"The developer's text says it: {c}.")
    request = g.one(f"{body}\n{cased(g, asked, '?')}", f"{cased(g, asked, '?')}\n\n{body}", f"Context: {body}\n\nQuestion: {cased(g, asked, '?')}")
    return Dialogue("rule", [h.user(request), g.think(f"The text says it: {c}.", "I look into the given text."), h.final(answer)], is_final(answer))


def anything(g: Draw) -> str:
    """Some user message."""
    return g.one(g.words.sentence(), phrase(g, GREETINGS), "What is " + g.words.word() + "?", "Tell me a story.", faq(g).turns[0]["content"]["text"])


def base_answer(g: Draw) -> tuple[str, str]:
    """(request, answer) of something simple."""
    kind = g.rng.randrange(3)
    if kind == 0:
        return phrase(g, GREETINGS), GREETING
    if kind == 1:
        for _ in range(20):
            made = faq(g)
            if "{date}" not in made.turns[-1]["content"]["text"]:
                return made.turns[0]["content"]["text"], made.turns[-1]["content"]["text"]
    text = g.one(g.words.sentence(), g.words.title())
    return g.say('<repeat|say|write|echo> <this|exactly|>: {t}', t=text), text


def ruled(g: Draw, rule_: str, request: str, answer: str, *thoughts: str) -> Dialogue:
    """A dialogue under a rule."""
    rule_ = rule_[0].upper() + rule_[1:] + g.one(".", "", ".")
    thought = g.think(*thoughts, "I follow the developer's rule.")
    return Dialogue("rule", [h.user(cased(g, request, g.one("?", "", "."))), thought, h.final(answer)], is_final(answer), instructions=rule_, plain=False)
