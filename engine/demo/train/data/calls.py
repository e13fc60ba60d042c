"""Function calls: declared functions, arguments taken from the request, none when none fits, results used in the answer."""

import json
import re
from dataclasses import dataclass

from .. import harmony as h
from .base import Dialogue, Draw, is_call, is_final
from .chat import fallback_text, faq, greeting
from .functions import ACTIONS, DEEDS, KINDS, LEAD, NOUNS, VERBS, Kind, group_of


@dataclass
class Made:
    """A function and a request that it answers."""

    function: dict
    request: str
    arguments: dict
    group: str = ""  # functions of one group could answer each other's requests


def property_of(g: Draw, kind: Kind, described: bool) -> dict:
    """The schema of a parameter."""
    schema = {"type": "string" if kind.type == "enum" else kind.type}
    if kind.type == "array":
        schema["items"] = {"type": "string"}
    if described:
        schema["description"] = g.say(kind.about) + g.one("", "", ".")
    return schema


def listed(values: list) -> str:
    """a, b and c"""
    return values[0] if len(values) == 1 else ", ".join(values[:-1]) + " and " + values[-1]


def mention(g: Draw, kind: Kind, name: str, value) -> str:
    """How a request says a value."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, list):
        text = g.one(", ".join(value), " and ".join(value), ", ".join(value), listed(value), listed(value))
    else:
        text = str(value)
    if g.chance(0.12):
        return g.one(f"{name}: {text}", f"{name} = {text}", f"{name} {text}", f"with {name} {text}")
    return g.one(*kind.said.split("|")).replace("{v}", text).replace("{p}", name)


def realistic(g: Draw, actions=ACTIONS) -> Made:
    """A function of the kind that people declare, with a request in plain words."""
    said, names, about, kinds = g.one(*actions)
    group, kinds = group_of(names), kinds.split()
    used = kinds[:1] + [k for k in kinds[1:] if g.chance(0.5)]
    declared = used + [k for k in kinds if k not in used and g.chance(0.4)]
    declared = [k for k in kinds if k in declared]
    extra = g.chance(0.06)
    if extra:
        declared, used = declared + ["flag"] * ("flag" not in declared), used + ["flag"] * ("flag" not in used)
    described, properties, arguments, places, taken = g.chance(0.75), {}, {}, [], set()
    for key in declared:
        kind = KINDS[key]
        name = g.say(kind.names)
        while name in taken:
            name = key if key not in taken else name + "_2"
        taken.add(name)
        schema = property_of(g, kind, described and g.chance(0.85))
        value = kind.value(g) if key in used else None
        if kind.type == "enum":
            schema["enum"] = {"unit": ["celsius", "fahrenheit", "kelvin"], "priority": ["low", "medium", "high", "urgent"],
                              "size": ["small", "medium", "large"], "mode": ["eco", "fast", "quiet", "auto"]}[key]
        properties[name] = schema
        if key in used:
            arguments[name] = value
            inside = [key] == kinds[:1] and "{v}" in said
            if inside:
                said = said.replace("{v}", "{value}")
                inner = str(value) if not isinstance(value, list) else listed(value)
            else:
                places.append((key, mention(g, kind, name, value)))
    if g.chance(0.3) and places and "{value}" not in said:
        head, tail = places[0], places[1:]
        g.rng.shuffle(tail)
        places = [head, *tail]
    if g.chance(0.2):
        properties = dict(sorted(properties.items()))
    arguments = {name: arguments[name] for name in properties if name in arguments}
    required = [name for name in properties if name in arguments and (g.chance(0.8) or name == next(iter(arguments)))]
    extra_empty = not properties and g.chance(0.3)
    function = {"name": g.one(*names.split("|")), "description": g.say(about) + g.one(".", ""),
                "parameters": {"type": "object", "properties": properties, **({} if extra_empty else {"required": required})}}
    style(g, function)
    request = g.say(LEAD) + " " + (g.say(said, value=inner) if "{value}" in said else g.say(said)) + " " + " ".join(text for _, text in places)
    request = request.replace(" :", ":").strip() + g.one("", ".", "?", "", "!")
    request = request[0].upper() + request[1:] if g.chance(0.6) else request
    return Made(function, request, arguments)


def composed(g: Draw) -> Made:
    """A plausible function of any verb and noun with ordinary parameters."""
    verb, noun = g.one(*DEEDS), g.one(*NOUNS)
    kinds = g.rng.sample(sorted(set(KINDS) - {"flag", "text", "topic"}), g.rng.choice((1, 1, 2, 2, 3)))
    said = f"<{verb} the {noun}|{verb} a {noun}|{verb} my {noun}|{verb} {noun}>"
    names = f"{verb}_{noun}|{verb}_{noun}|{noun}_{verb}|{verb}_the_{noun}"
    about = f"<{verb.capitalize()}s the {noun}|{verb.capitalize()} a {noun}|To {verb} a {noun}|{noun.capitalize()}: {verb} it>"
    return realistic(g, [(said, names, about, " ".join(kinds))])


def arithmetic(g: Draw) -> Made:
    """A function that computes with two numbers."""
    name, about, forms = g.one(
        ("add|sum|plus|add_numbers", "<Adds two numbers|The sum of two numbers>", "what is {a} plus {b}|{a} + {b}|add {a} and {b}|how much is {a}+{b}|sum up {a} and {b}"),
        ("subtract|minus|difference", "<Subtracts two numbers|The difference>", "what is {a} minus {b}|{a} - {b}|subtract {b} from {a}|how much is {a} - {b}"),
        ("divide|quotient", "<Divides two numbers|Division>", "what is {a} divided by {b}|{a} / {b}|divide {a} by {b}|how much is {a}/{b}"),
        ("product|times|mul", "<Product of two numbers|Times>", "what is {a} times {b}|{a} * {b}|the product of {a} and {b}|how much is {a} x {b}|{a} multiplied by {b}"))
    left, right = g.one(("a", "b"), ("x", "y"), ("first", "second"), ("n", "m"), ("left", "right"))
    a, b = g.words.integer(), g.words.integer()
    kind = g.one("number", "number", "integer")
    function = {"name": g.one(*name.split("|")), "description": g.say(about) + g.one("", "."),
                "parameters": {"type": "object", "properties": {left: {"type": kind}, right: {"type": kind}}, "required": [left, right]}}
    request = g.say("<|||please |can you tell me |compute: >") + " " + g.say(g.one(*forms.split("|")), a=a, b=b) + g.one("", "?", ".")
    request = request.strip()
    return Made(function, request[0].upper() + request[1:] if g.chance(0.5) else request, {left: a, right: b})


def style(g: Draw, function: dict) -> None:
    """Names as different programmers write them."""
    if g.chance(0.12):
        parts = function["name"].split("_")
        function["name"] = parts[0] + "".join(p.capitalize() for p in parts[1:])
    if g.chance(0.2):
        function["description"] = g.one("", function["description"].lower(), f"Tool: {function['description']}", function["description"] + " Use it when the user asks for it.")
    if g.chance(0.2):
        function["parameters"]["additionalProperties"] = False


def random_value(g: Draw):
    """(schema, value) of some ordinary type."""
    w = g.words
    kind = g.rng.random()
    if kind < 0.5:
        return {"type": "string"}, g.one(w.word(), w.word(), str(w.integer()), w.title(), w.name(), w.city(), w.code(), w.sentence(), w.date(), w.email(), w.path())
    if kind < 0.7:
        return {"type": "integer"}, w.integer()
    if kind < 0.78:
        return {"type": "number"}, w.decimal()
    if kind < 0.84:
        return {"type": "boolean"}, g.chance(0.5)
    if kind < 0.93:
        options = w.words(2, 4)
        return {"type": "string", "enum": options}, g.one(*options)
    return {"type": "array", "items": {"type": "string"}}, w.words(1, 4)


def written(g: Draw, value) -> str:
    """A value inside a request."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return g.one(", ".join(value), listed(value), h.compact(value)) if g.chance(0.4) else ", ".join(value)
    text = str(value)
    return f'"{text}"' if isinstance(value, str) and (" " in text and g.chance(0.6) or g.chance(0.1)) else text


def made_up(g: Draw) -> Made:
    """A function that nobody has heard of, with a request that names its parameters or the function."""
    w = g.words
    names = []
    while len(names) < g.rng.choice((0, 1, 1, 2, 2, 3, 4)):
        name = w.identifier() if g.chance(0.5) else w.word()
        if name.isidentifier() and name.isascii() and name not in names:
            names.append(name)
    noun, other = w.word(), w.word()
    plain_noun = noun if noun.isascii() and noun.isalpha() else "part"
    verb = g.one(*VERBS) if g.chance(0.6) else (w.word() if g.chance(0.5) else plain_noun)
    verb = verb if verb.isascii() and verb.isalpha() else "do"
    name = g.one(f"{verb}_{plain_noun}", f"{verb}_{plain_noun}", f"{plain_noun}_{verb}", verb + plain_noun.capitalize(), plain_noun)
    properties, arguments = {}, {}
    for parameter in names:
        schema, value = random_value(g)
        if g.chance(0.4):
            schema["description"] = g.say("<The {p}|{p} of the {n}|Which {p}|The {n}'s {p}|Value of {p}>", p=parameter.replace("_", " "), n=noun)
        properties[parameter] = schema
        if g.chance(0.85):
            arguments[parameter] = value
    required = [p for p in arguments if g.chance(0.8)]
    description = g.say("<{v}s the {n}|{v} a {n} of the {o}|{v}s {n}s|Does {v} {n}|{v} {n}>", v=verb.capitalize(), n=noun, o=other) + g.one("", ".")
    function = {"name": name, "description": description if g.chance(0.85) else "",
                "parameters": {"type": "object", "properties": properties, **({"required": required} if required or g.chance(0.5) else {})}}
    joint, equals = g.one((", ", " "), (" and ", " "), (", ", " = "), (", ", ": "), (", ", "="), (" and ", " is "), (", ", " set to "), (", ", " being "))
    parts = [(p.replace("_", " ") if g.chance(0.3) else p) + equals + written(g, v) for p, v in arguments.items()]
    with_ = g.one(" with ", " with ", ": ", " using ", ", ", " where ", " for ") + joint.join(parts) if parts else ""
    head = g.say("<call {f}|use {f}|run {f}|{v} the {n}|{v} a {n}|{v} the {n} of the {o}|invoke {f}|execute {f}|call the function {f}|please {v} {n}|i need you to {v} the {n}|start {f}>",
                 f=name, v=verb, n=noun, o=other)
    request = g.say("<||||please |can you |now |could you >") + " " + head + with_ + g.one("", ".", "?")
    request = request.strip()
    return Made(function, request[0].upper() + request[1:] if g.chance(0.5) else request, arguments)


def others(g: Draw, made: Made, n: int, source) -> list:
    """Functions beside the right one that cannot answer its request, in any order."""
    out, names, groups = [made.function], {made.function["name"]}, {made.group}
    for _ in range(n * 4):
        if len(out) > n:
            break
        other = source(g)
        if other.function["name"] in names or (other.group in groups and other.group):
            continue
        if other.group and made.group and stem(other.function) & stem(made.function):
            continue
        names.add(other.function["name"])
        groups.add(other.group)
        out.append(other.function)
    g.rng.shuffle(out)
    g.groups = groups
    return out


def stem(function: dict) -> set:
    """The nouns of a function's name, to keep near twins apart."""
    words = re.findall(r"[a-z]+", re.sub(r"([A-Z])", r" \1", function["name"]).lower())
    skip = {"get", "set", "find", "create", "add", "search", "make", "list", "show", "open", "book", "write", "read", "send", "to", "the"}
    return {w.rstrip("s") for w in words if w not in skip} or set(words)


def arguments_thought(g: Draw, made: Made) -> dict:
    """Which function and which arguments."""
    values = ", ".join(f"{k} = {v if isinstance(v, str) else h.compact(v)}" for k, v in made.arguments.items()) or "no arguments"
    return g.think(f"I call {made.function['name']}.", f"Its arguments: {values}.", f"The function {made.function['name']} fits the request, the others do not.")


def calling(g: Draw, skill: str, made: Made, functions: list) -> Dialogue:
    """The request and the call."""
    name = made.function["name"]
    return Dialogue(skill, [h.user(made.request), arguments_thought(g, made), h.call(name, h.compact(made.arguments))],
                    is_call(name, made.arguments), functions=functions)


def call_new(g: Draw) -> Dialogue:
    """One function never seen, or the right one of several."""
    made = made_up(g)
    return calling(g, "call_new", made, others(g, made, g.one(0, 0, 1, 2, 3, 4), made_up if g.chance(0.7) else realistic))


def call_real(g: Draw) -> Dialogue:
    """A realistic function, alone or among others."""
    made = g.rng.choices((realistic, composed, arithmetic), (55, 37, 8))[0](g)
    beside = g.rng.choices((realistic, composed, made_up), (55, 30, 15))[0]
    return calling(g, "call_real", made, others(g, made, g.one(0, 0, 1, 2, 3, 4), beside))


def result_value(g: Draw):
    """A value as functions return them."""
    w = g.words
    return g.one(w.word(), w.title(), w.integer(), w.decimal(), w.city(), w.code(), w.sentence(), w.date(), g.chance(0.5), w.words(1, 3), w.name(), w.time())


def spoken(value) -> str:
    """A result's value in an answer."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return ", ".join(map(spoken, value))
    return h.compact(value) if isinstance(value, dict) else str(value)


RESULTS = {"weather": ["temperature", "unit", "condition", "wind", "humidity", "city", "forecast"], "order": ["status", "eta", "order_id", "carrier", "total"],
           "any": ["status", "ok", "id", "result", "message", "success", "count", "name", "url", "price", "time", "items", "value", "date", "confirmation", "state"]}


def result_of(g: Draw, name: str) -> tuple[str, str]:
    """(a function's output, what the answer says of it)."""
    kind = g.rng.random()
    if kind < 0.1:
        text = g.one(g.words.sentence(), g.words.title(), str(g.words.integer()), "ok", "done", "Done!", g.words.code())
        return text, f"{name} returned: {text}"
    if kind < 0.2:
        message = g.one(g.words.sentence(), "not found", "timeout", "invalid argument", "permission denied")
        return g.one(h.compact({"error": message}), '{"error": ' + h.compact(message) + "}"), f"{name} failed: {message}"
    pool = RESULTS["weather"] if "weather" in name else RESULTS["order"] if "order" in name else RESULTS["any"]
    keys = []
    for _ in range(g.rng.choice((1, 1, 2, 2, 3, 4))):
        key = g.one(*pool) if g.chance(0.6) else g.words.word()
        if key not in keys:
            keys.append(key)
    values = {key: result_value(g) if not (key == "temperature" and g.chance(0.8)) else g.rng.randint(-20, 40) for key in keys}
    if "condition" in values and g.chance(0.8):
        values["condition"] = g.one("sunny", "cloudy", "rainy", "windy", "clear", "snow")
    text = h.compact(values) if g.chance(0.5) else json.dumps(values, ensure_ascii=g.chance(0.2))
    return text, f"{name} returned: " + "; ".join(f"{key}: {spoken(value)}" for key, value in values.items())


def end(text: str) -> str:
    """With a full stop, unless the text ends in a mark."""
    return text if text[-1:] in ".!?" else text + "."


def result(g: Draw) -> Dialogue:
    """The client has run the function; the answer tells what came back."""
    made = made_up(g) if g.chance(0.5) else realistic(g)
    name = made.function["name"]
    output, answer = result_of(g, name)
    answer = end(answer)
    turns = [h.user(made.request), arguments_thought(g, made), h.call(name, h.compact(made.arguments)), h.tool(f"functions.{name}", output),
             g.think(f"The result of {name} is here.", "I tell what it says.", f"The output is {output}"), h.final(answer)]
    return Dialogue("result", turns, is_final(answer), functions=others(g, made, g.one(0, 0, 1, 2), made_up if g.chance(0.5) else realistic))


def second_call(g: Draw) -> Dialogue:
    """Two calls in one turn, one after the other, then the answer; or a new request after a finished call."""
    source = realistic if g.chance(0.6) else made_up
    first, second = source(g), source(g)
    for _ in range(20):
        if first.function["name"] != second.function["name"] and not stem(first.function) & stem(second.function) and (
                not first.group or first.group != second.group):
            break
        second = source(g)
    names = [first.function["name"], second.function["name"]]
    outputs = [result_of(g, name) for name in names]
    functions = [first.function, second.function]
    g.rng.shuffle(functions)
    call_one = [arguments_thought(g, first), h.call(names[0], h.compact(first.arguments)), h.tool(f"functions.{names[0]}", outputs[0][0])]
    call_two = [arguments_thought(g, second), h.call(names[1], h.compact(second.arguments))]
    if g.chance(0.5):
        told = [g.think(f"The result of {names[0]} is here.", "I tell what it says."), h.final(end(outputs[0][1]))]
        turns = [h.user(first.request), *call_one, *told, h.user(second.request), *call_two]
        return Dialogue("second_call", turns, is_call(names[1], second.arguments), functions=functions)
    joint = g.one("{a} Then {b}", "{a} After that {b}", "First {a} Second {b}", "{a} And then {b}", "1. {a}\n2. {b}", "{a} Then also {b}")
    a = first.request.rstrip(".?! ") + g.one(".", ".", ",")
    request = joint.replace("{a}", a).replace("{b}", second.request)
    turns = [h.user(request), *call_one, *call_two]
    check = is_call(names[1], second.arguments)
    if g.chance(0.5):
        answer = end(outputs[0][1]) + "\n" + end(outputs[1][1])
        turns += [h.tool(f"functions.{names[1]}", outputs[1][0]), g.think("Both results are here.", "I tell what they say."), h.final(answer)]
        check = is_final(answer)
    return Dialogue("second_call", turns, check, functions=functions)


def greeting_beside(g: Draw, functions: list) -> Dialogue:
    """A greeting while functions are declared."""
    inner = greeting(g)
    return Dialogue("no_fit", inner.turns, inner.check, functions=functions)


def no_fit(g: Draw) -> Dialogue:
    """Functions are declared, but the request is for none of them."""
    source = realistic if g.chance(0.6) else made_up
    made = source(g)
    functions = others(g, made, g.one(0, 0, 1, 1), source)
    kind = g.rng.random()
    if kind < 0.2:
        inner = faq(g) if g.chance(0.7) else greeting(g)
        return Dialogue("no_fit", inner.turns, inner.check, functions=functions)
    taken = set().union(*map(stem, functions))
    groups = g.groups
    for _ in range(30):
        asked = (realistic if g.chance(0.7) else made_up)(g)
        if not stem(asked.function) & taken and (not asked.group or asked.group not in groups):
            break
    else:
        return greeting_beside(g, functions)
    request = asked.request if kind < 0.75 else fallback_text(g)
    names = ", ".join(f["name"] for f in functions)
    answer = f"None of my functions fits that. I can call: {names}."
    turns = [h.user(request), g.think("No function fits this.", f"The functions are: {names}.", "So I call nothing and say so."), h.final(answer)]
    return Dialogue("no_fit", turns, is_final(answer), functions=functions)
