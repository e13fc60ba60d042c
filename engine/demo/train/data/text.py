"""Copying, quoting, picking, counting, reversing, spelling, and small sums."""

from .. import harmony as h
from .base import Dialogue, Draw, is_final, roughen

PLEASE = "<|||please |can you |could you |now |ok, |hey, |i want you to |would you |then >"


def polite(g: Draw, text: str) -> str:
    """A request, perhaps with a polite word around it."""
    text = g.say(PLEASE) + " " + text if g.chance(0.5) else text
    text = " ".join(text.split(" ")).strip()
    return text[0].upper() + text[1:] if g.chance(0.6) else text


def plain(g: Draw, skill: str, request: str, answer: str, *thoughts: str) -> Dialogue:
    """One request, one answer."""
    return Dialogue(skill, [h.user(request), *g.answer(g.think(*thoughts), answer)], is_final(answer))


def repeat(g: Draw) -> Dialogue:
    """Say something again exactly."""
    text = g.one(g.words.sentence(), " ".join(g.words.words(1, 8)), g.words.title(), g.words.code(), g.words.url(), g.words.path(),
                 f"{g.words.sentence()}. {g.words.sentence()}.")
    mark = g.one('"', '"', "'", "", "`")
    quoted = f"{mark}{text}{mark}"
    request = polite(g, g.say(
        "<repeat|say|echo|write|copy|print|return|output|type> <|this|the following|exactly|after me|back|exactly this|the text|the words|again|to me|just> <:|> {q}", q=quoted)
        if g.chance(0.8) else g.say("<repeat after me|say exactly|copy this|echo this|repeat this text exactly|answer with exactly this|reply with|answer only with|respond with>: {q}", q=quoted))
    if g.chance(0.1):
        request = f"{quoted}\n{g.say('<repeat that|say that again|repeat it exactly|copy this text|echo the line above>')}"
    return plain(g, "repeat", request, text, "I repeat the text exactly.", f"The text is: {text}", f"It has {len(text.split())} words.")


def quote(g: Draw) -> Dialogue:
    """Find the marked or named part."""
    words = [g.words.title() for _ in range(3)]
    names = g.words.words(3, 3)
    at = g.rng.randrange(3)
    if g.chance(0.5):
        place = ("first", "second", "third")[at]
        lines = [g.words.sentence() for _ in range(3)]
        body = "\n".join(lines)
        request = g.say("<quote|copy|repeat|give me|what is|read|write> the {place} <line|sentence> <of this text|of the text|below|>:\n{body}", place=place, body=body)
        return plain(g, "quote", polite(g, request), lines[at], f"The {place} line.", f"It is: {lines[at]}")
    form = g.one("{n}: {w}", "{n} = {w}", "- {n}: {w}", "the {n} is {w}.")
    body = "\n".join(form.replace("{n}", n).replace("{w}", w) for n, w in zip(names, words))
    request = g.say("<what is|give me|quote|tell me|which text stands for|look up|read> {n}<| in this text| in this list| here>:\n{body}", n=names[at], body=body)
    if g.chance(0.5):
        request = g.say("{body}\n\n<what is|give me|quote|tell me|look up> {n}", n=names[at], body=body)
    return plain(g, "quote", request, words[at], f"I look for {names[at]}.", f"It is {words[at]}.")


def pick(g: Draw) -> Dialogue:
    """The first, last or n-th word."""
    words = g.words.words(2, 7)
    joint = g.one(" ", " ", ", ")
    place, at = g.one(("first", 0), ("last", -1), ("first", 0), ("last", -1), ("second", 1), *([("third", 2)] if len(words) > 2 else []))
    body = joint.join(words)
    request = g.say("<what is|give me|tell me|say|write|which is|name> the {place} <word|word|item|one> <of|in|from> <|this list|the following|these words|the text|this sentence><:| > {q}{body}{q}",
                    place=place, body=body, q=g.one('"', "", "'"))
    numbered = ", ".join(f"{n} {w}" for n, w in enumerate(words, 1))
    return plain(g, "pick", polite(g, request), words[at], f"The {place} word is {words[at]}.", f"The words are: {numbered}.")


def listing(g: Draw) -> Dialogue:
    """Words as a list of some form."""
    words = g.words.words(2, 6)
    style, made = g.one(("a <bullet|bulleted> list", "\n".join(f"- {w}" for w in words)),
                        ("a numbered list", "\n".join(f"{n}. {w}" for n, w in enumerate(words, 1))),
                        ("a comma-separated list", ", ".join(words)), ("<one word per line|separate lines|lines>", "\n".join(words)),
                        ("a JSON array", h.compact(words)))
    body = g.one(" ", ", ", " and ").join(words)
    request = g.say("<write|make|format|show|turn|print|give me|put> <these words|this|the words|the following|> <as|into|in> {style}: {body}", style=g.say(style), body=body)
    return plain(g, "list", polite(g, request), made, "I write each word in the asked form.", f"The words are: {', '.join(words)}.")


def reverse(g: Draw) -> Dialogue:
    """Words in reverse order."""
    words = g.words.words(2, 7)
    joint = g.one(" ", " ", ", ")
    request = g.say("<reverse|turn around|say backwards|write in reverse|invert|flip> <the order of|the order of the words|these words|the words|this list|the list|the word order of|> <in|of|>: {body}", body=joint.join(words))
    if g.chance(0.4):
        request = g.say("<write|say|repeat|give me> <these|the> words <in reverse order|backwards|from last to first|in reversed order|the other way round>: {body}", body=joint.join(words))
    numbered = ", ".join(f"{n} {w}" for n, w in enumerate(words, 1))
    return plain(g, "reverse", polite(g, request), joint.join(reversed(words)), f"{numbered}.", "I write them from the last to the first.")


def count(g: Draw) -> Dialogue:
    """How many words; the thought numbers them."""
    words = [g.words.cased() for _ in range(g.rng.randint(1, 12))]
    body = g.one(" ", " ", " ", ", ").join(words)
    request = g.say("<how many words <are|do you see|stand> <in|here>|count the words <in|of>|count the words|number of words in|what is the number of words in|how many words does this have|tell me how many words there are in|give me the word count of> <|this|this text|the following|this sentence|this list|it><:| > {q}{body}{q}", body=body, q=g.one('"', "", "'", '"'))
    numbered = ", ".join(f"{n} {w}" for n, w in enumerate(words, 1))
    answer = f"{len(words)} word{'s' if len(words) != 1 else ''}."
    made = plain(g, "count", polite(g, request), answer, f"{numbered}: {len(words)}.", "The last number is the answer.")
    made.skip_history = True
    return made


def spell(g: Draw) -> Dialogue:
    """Letters of a word, or how many."""
    word = g.words.pick(lambda: g.words.cased())
    spelled = " ".join(word)
    kind = g.rng.randrange(3)
    if kind == 0:
        request = g.say("<spell|spell out|how do you spell|write the letters of|spell the word|what are the letters of> {q}{w}{q}", w=word, q=g.one('"', "", "'"))
        return plain(g, "spell", polite(g, request), spelled, f"The word is {word}.", "I write one letter after the other.")
    numbered = ", ".join(f"{n} {c}" for n, c in enumerate(word, 1))
    if kind == 1:
        request = g.say("<how many letters <are in|has|does have>|count the letters <of|in>|number of letters in|what is the length of|how long is> <the word|> {q}{w}{q}", w=word, q=g.one('"', "", "'"))
        answer = f"{len(word)} letter{'s' if len(word) != 1 else ''}."
        made = plain(g, "spell", polite(g, request), answer, f"{numbered}: {len(word)}.", "The last number is the answer.")
    else:
        letter = g.one(*word.lower()) if g.chance(0.85) else g.one(*"abcdeiorst")
        hits = [n for n, c in enumerate(word, 1) if c.lower() == letter]
        request = g.say("<how many|count the|how often do you see|number of> {q}{c}{q}<|s|'s> <are there|> in <the word|> {q}{w}{q}", w=word, c=letter, q=g.one('"', "", "'"))
        marked = ", ".join(f"{n} {c}" + (f" = {hits.index(n) + 1}" if n in hits else "") for n, c in enumerate(word, 1))
        answer = f"{len(hits)}."
        made = plain(g, "spell", polite(g, request), answer, f"{marked}: {len(hits)}.", f"I counted each {letter}.")
    made.skip_history = True
    return made


def count_up(g: Draw) -> Dialogue:
    """Counting to a number, or one word several times."""
    r = g.rng
    if g.chance(0.6):
        first = 1 if g.chance(0.75) else r.randint(0, 20)
        last = first + r.choice((2, 3, 4, 5, 7, 9, 9, 11, 14, 19, 19, 29, 49))
        down = g.chance(0.15)
        numbers = list(range(first, last + 1))[::-1 if down else 1]
        a, b = numbers[0], numbers[-1]
        request = g.say("<count|count up|please count|list the numbers|write the numbers|say the numbers|print all numbers|give me the numbers|numbers> from {a} <to|up to|until|through> {b}" if first != 1 or down or g.chance(0.4) else
                        "<count to|count up to|please count to|can you count to|list the numbers up to|write the numbers up to|count until> {b}", a=a, b=b)
        return plain(g, "count_up", polite(g, request), ", ".join(map(str, numbers)), f"I count from {a} to {b}.", "I write one number after the other.")
    word, n = g.words.cased(), r.randint(2, 12)
    said = ("zero one two three four five six seven eight nine ten eleven twelve".split()[n]) if g.chance(0.4) else str(n)
    request = g.say("<repeat|say|write|print|type> <the word|the text|> {q}{w}{q} {n} times" if g.chance(0.7) else
                    "<write|say|repeat|print> {n} times<:| the word> {q}{w}{q}", w=word, n=said, q=g.one('"', "", "'"))
    numbered = ", ".join(f"{k} {word}" for k in range(1, n + 1))
    made = plain(g, "count_up", polite(g, request), " ".join([word] * n), f"{numbered}.", "I write it without the numbers.")
    made.skip_history = True
    return made


PLACES = ("Ones", "Tens", "Hundreds")


def digits(n: int) -> str:
    """12 → 1 2, so that each digit is a token."""
    return " ".join(str(n))


def column(a: int, b: int, minus: bool) -> str:
    """The written way of adding or subtracting, digit by digit, with what is carried or borrowed."""
    steps, over = [], 0
    for place in range(max(len(str(a)), len(str(b)), 2)):
        x, y = a // 10 ** place % 10, b // 10 ** place % 10
        tail = f" {'-' if minus else '+'} {over}" if place else ""
        if minus:
            borrow = int(x - y - over < 0)
            steps.append(f"{PLACES[place]}: {x + 10 * borrow} - {y}{tail} = {x + 10 * borrow - y - over}.")
            over = borrow
        else:
            total = x + y + over
            steps.append(f"{PLACES[place]}: {x} + {y}{tail} = {total}.")
            over = total // 10
    return " ".join(steps)


def sums(g: Draw) -> Dialogue:
    """Sums and differences digit by digit, products up to 12 x 12."""
    r = g.rng
    kind, top = r.random(), r.choice((20, 99, 99, 999))
    if kind < 0.45:
        a, b = r.randint(0, top), r.randint(0, top)
        answer = a + b
        work = f"{column(a, b, False)} So {answer}."
        form = g.one("{a} + {b}", "{a}+{b}", "{a} plus {b}", "the sum of {a} and {b}", "{a} and {b} together", "{a} added to {b}")
    elif kind < 0.75:
        a, b = sorted((r.randint(0, top), r.randint(0, top)), reverse=True)
        answer = a - b
        work = f"{column(a, b, True)} So {answer}."
        form = g.one("{a} - {b}", "{a}-{b}", "{a} minus {b}", "the difference of {a} and {b}", "{a} less {b}")
    else:
        a, b = r.randint(0, 12), r.randint(0, 12)
        answer = a * b
        work = f"{a} times {b} = {answer}."
        form = g.one("{a} * {b}", "{a} x {b}", "{a} times {b}", "{a}*{b}", "the product of {a} and {b}", "{a} multiplied by {b}")
    request = g.say("<what is|how much is|what's|calculate|compute|tell me|solve|add up|work out|||give me|do you know|can you do> {q}<?||>", q=g.say(form, a=a, b=b))
    request = request if g.unseen else g.one(request, request, roughen(g.rng, request) if not any(c.isdigit() for c in request[:2]) else request)
    made = plain(g, "sums", request, f"{answer}", work, f"The digits are {digits(a)} and {digits(b)}.")
    made.skip_history = True
    return made
