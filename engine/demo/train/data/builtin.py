"""The built-in tools: browser, python, apply_patch."""

import json

from .. import harmony as h
from .base import Dialogue, Draw, is_final
from .text import polite

PATCH_TOOL = "Changes files by a patch from *** Begin Patch to *** End Patch."


def tool_check(to: str, text: str) -> dict:
    """Check: a call with exactly this text."""
    return {"kind": "call_text", "to": to, "text": text}


def browser(g: Draw) -> Dialogue:
    """A search, then an answer from the result page, or opening it."""
    w = g.words
    query = g.one(w.title(), w.word(), w.full_name(), f"{w.word()} {w.city()}", f"{w.word()} {w.integer()}", w.title())
    request = g.say("<search the web for|search for|look up|google|find|browse for|find out about|search|look for|check the web for|what does the web say about|find information on|search online for|use the browser to find|news about> {x}<| online| on the web| for me>", x=query)
    request = polite(g, request) + g.one("", ".", "?", "")
    arguments = {"query": query}
    turns = [h.user(request), g.think(f"I search for {query}.", "The browser tool can find it."), h.builtin_call("browser.search", h.compact(arguments))]
    check = {"kind": "call", "to": "browser.search", "arguments": arguments}
    tools = [h.BROWSER] if g.chance(0.7) else [h.BROWSER, h.PYTHON]
    if g.chance(0.5):
        n, hits = g.rng.randint(1, 3), []
        for at in range(n):
            hits.append((w.title(), f"{w.word()}.{g.one('com', 'org', 'net')}", w.sentence()))
        lines = ["", "URL: ", "# Search Results", ""] + [f"  * 【{at}†{t}†{d}】 {s}" for at, (t, d, s) in enumerate(hits)]
        page = f"[0] {query}\n**viewing lines [0 - {len(lines) - 1}] of {len(lines) - 1}**\n\n" + "\n".join(f"L{at}: {line}" for at, line in enumerate(lines))
        turns.append(h.tool("browser.search", page, "analysis"))
        answer = f"{hits[0][2].rstrip('.')} 【0†L4】."
        turns += [g.think(f"The first result says: {hits[0][2]}", "I quote it with its place."), h.final(answer)]
        check = is_final(answer)
    return Dialogue("browser", turns, check, tools=tools, plain=False)


def python(g: Draw) -> Dialogue:
    """A computation by code, then its output in the answer."""
    w, r = g.words, g.rng
    kind = r.randrange(7)
    a, b = r.randint(2, 99999), r.randint(2, 9999)
    if kind in (0, 1):
        sign, word = g.one(("*", "times"), ("+", "plus"), ("-", "minus"), ("/", "divided by"), ("**", "to the power of"), ("%", "modulo"))
        b = r.randint(2, 20) if sign == "**" else b
        code = f"print({a} {sign} {b})"
        form = g.one(f"{a} {sign} {b}", f"{a} {word} {b}", f"{a}{sign}{b}")
        request, answer = g.say("<what is|calculate|compute|how much is|use python to compute|work out|run python for|> {x}", x=form), "{out}"
        output = str({"*": a * b, "+": a + b, "-": a - b, "/": a / b, "**": a ** min(b, 4), "%": a % b}[sign])
    elif kind == 2:
        numbers = [r.randint(0, 999) for _ in range(r.randint(2, 7))]
        word, f = g.one(("sum", "sum"), ("maximum", "max"), ("minimum", "min"), ("sorted order", "sorted"), ("number of entries", "len"))
        code, output = f"print({f}({numbers}))", str({"sum": sum, "max": max, "min": min, "sorted": sorted, "len": len}[f](numbers))
        request = g.say("<what is|find|compute|calculate|give me> the {f} of {x}", f=word, x=", ".join(map(str, numbers)))
    elif kind == 3:
        text = w.word()
        word, form = g.one(("length", "len({t})"), ("reverse", "{t}[::-1]"), ("upper case", "{t}.upper()"))
        code = f"print({form.replace('{t}', json.dumps(text, ensure_ascii=False))})"
        output = {"length": str(len(text)), "reverse": text[::-1], "upper case": text.upper()}[word]
        request = g.say("<use python to find|with python, give me|compute|get|run python to get> the {f} of {x}", f=word, x=text)
    elif kind == 4:
        n = r.randint(2, 999)
        word, form, out = g.one(("factorial", f"import math\nprint(math.factorial({n}))", "a long number"), ("square root", f"import math\nprint(math.sqrt({n}))", str(n ** 0.5)),
                                ("square", f"print({n} ** 2)", str(n * n)), ("cube", f"print({n} ** 3)", str(n ** 3)))
        code, output = form, out
        request = g.say("<what is|compute|calculate|find|tell me> the {f} of {x}", f=word, x=n)
    elif kind == 5:
        text = g.one(w.word(), w.sentence())
        code, output = f"print({json.dumps(text, ensure_ascii=False)})", text
        request = g.say("<run python that prints|print with python|use python to print|write and run code that prints|let python print> {x}", x=text)
    else:
        code = g.one(f"print({a} + {b})", f"x = {a}\nprint(x * {b})", f"print(len({json.dumps(w.word(), ensure_ascii=False)}))", f"for i in range({r.randint(2, 20)}):\n    print(i)", f"print(max({a}, {b}))")
        output = str(a + b)
        request = g.say("<run|execute|run this|execute this code|run this python code|what does this print>:\n{x}", x=code)
        if g.chance(0.3):
            request = f"{code}\n\n" + g.say("<run this|execute it|run the code above|what is the output>")
    request = polite(g, request) + (g.one("", "?", ".") if kind != 6 else "")
    turns = [h.user(request), g.think("I let python compute this.", "The python tool runs the code."), h.builtin_call("python", code)]
    check = tool_check("python", code)
    if g.chance(0.4):
        output = output if g.chance(0.7) else g.one(str(w.integer()), w.word(), f"Error: {w.sentence()}")
        answer = f"The output is: {output}"
        turns += [h.tool("python", output, "analysis"), g.think("The output is here.", "I tell it."), h.final(answer)]
        check = is_final(answer)
    return Dialogue("python", turns, check, tools=[h.PYTHON] if g.chance(0.7) else [h.BROWSER, h.PYTHON], plain=False)


def code_line(g: Draw) -> str:
    """A line of a text file or program."""
    w = g.words
    return g.one(f"{w.word()} = {w.integer()}", f"print(\"{w.word()}\")", w.sentence(), f"let {w.word()} = \"{w.word()}\";", f"{w.word()}: {w.title()}",
                 f"return {w.word()}", f"import {w.word()}", f"# {w.title()}", f"{w.word()}({w.word()}, {w.integer()})")


def patch(g: Draw) -> Dialogue:
    """A patch: a line replaced, a file added or deleted."""
    path = g.words.path()
    kind = g.rng.random()
    q = g.one("`", '"', "'", "`")
    if kind < 0.55:
        old, new = code_line(g), code_line(g)
        request = g.say("<in {p} <replace|change> {o} <with|by|to|into> {n}|<replace|change> {o} <with|by|to> {n} in <the file|> {p}|edit {p}: {o} <becomes|should be> {n}|{p}: change the line {o} to {n}|update {p} so that {o} becomes {n}>",
                        p=path, o=f"{q}{old}{q}", n=f"{q}{new}{q}")
        body = f"*** Update File: {path}\n@@\n-{old}\n+{new}\n"
        done = f"I changed {path}."
    elif kind < 0.85:
        lines = [code_line(g) for _ in range(g.rng.choice((1, 1, 2, 3)))]
        text = "\n".join(lines)
        request = g.say("<create|add|write|make> <a|the> <file|new file> {p} <with the content|with|containing|that contains|with this text><:| >\n{t}" if len(lines) > 1 else
                        "<create|add|write|make> <a|the> <file|new file> {p} <with the content|with|containing|that contains|with the line|that says> {t}", p=path, t=text if len(lines) > 1 else f"{q}{text}{q}")
        body = f"*** Add File: {path}\n" + "".join(f"+{line}\n" for line in lines)
        done = f"I added {path}."
    else:
        request = g.say("<delete|remove|drop|get rid of> <the file|file|> {p}", p=path)
        body = f"*** Delete File: {path}\n"
        done = f"I deleted {path}."
    text = f"*** Begin Patch\n{body}*** End Patch"
    key = g.one(None, "patch", "input", "patch")
    parameters = {"type": "string"} if key is None else {"type": "object", "properties": {key: {"type": "string"} | ({"description": "The patch"} if g.chance(0.4) else {})}, "required": [key]}
    about = g.one(PATCH_TOOL, "Applies a patch to files.", "Patch files.", "Use this to edit files.", "Applies a patch.")
    function = {"name": "apply_patch", "description": about, "parameters": parameters}
    thought = g.think(f"I patch {path}.", "apply_patch takes the patch text.", f"The file is {path}.")
    turns = [h.user(polite(g, request)), thought]
    if key is None:
        call = h.call("apply_patch", text)
        call["content_type"] = {"name": "code", "constrained": False}
        check = tool_check("functions.apply_patch", text)
    else:
        call = h.call("apply_patch", h.compact({key: text}))
        check = {"kind": "call", "to": "functions.apply_patch", "arguments": {key: text}}
    turns.append(call)
    if g.chance(0.3):
        output, answer = g.one(("Done!", done), ("Done!", done), (f"Error: {path} not found", f"The patch failed: Error: {path} not found"))
        turns += [h.tool("functions.apply_patch", output), g.think("The patch tool has answered.", "I tell what happened."), h.final(answer)]
        check = is_final(answer)
    return Dialogue("patch", turns, check, functions=[function], instructions=g.one(None, None, "Use apply_patch to edit files.", "You are a coding assistant."), plain=False)
