"""Answers that fill a JSON schema from the facts in the request."""

from .. import harmony as h
from .base import Dialogue, Draw
from .calls import mention, property_of, random_value, written
from .functions import KINDS

SETS = [("person", "person city email count country"), ("event", "title date time city person"), ("contact", "person email city country"),
        ("order", "item count price color size"), ("trip", "origin destination date people nights"), ("ticket", "title priority person text id"),
        ("product", "item price color size count"), ("booking", "city date nights people person"), ("message", "person email text title"),
        ("file_info", "file language count url"), ("movie", "title genre minutes language"), ("task", "title date priority minutes"),
        ("recipe", "title items minutes people"), ("place", "city country temperature url"), ("meeting", "title items date time")]
ASK = ("<||extract the data: |fill the schema: |give me json: |as json: |extract the {n}: |make the {n} json: |parse this: |"
       "turn this into json: |return the {n} as json. |here is the {n}: |read this and fill the fields: |get the fields from this text: >")


# (title, fields by kind, what is said); a kind in braces is its value
NATURAL = [
    ("person", "name:person age:age", "<{name} is {age} years old|{name} is {age}|{name}, {age} years old, is here|{age}-year-old {name}|this is {name} and the age is {age}>"),
    ("person", "name:person city:city", "<{name} lives in {city}|{name} is from {city}|{name} comes from {city}|meet {name} from {city}|my <friend|sister|neighbor|colleague> {name} <lives in|moved to> {city}>"),
    ("person", "name:person job:word city:city", "<{name} works as a {job} in {city}|{name} is a {job} from {city}>"),
    ("person", "name:person age:age city:city", "<{name} is {age} years old and lives in {city}|{name} ({age}) from {city}>"),
    ("contact", "name:person email:email", "<write to {name} at {email}|{name} has the address {email}|mail {name}: {email}|you reach {name} under {email}|{name} <{email}>>".replace("<{email}>>", "- {email}>")),
    ("event", "name:title date:day participants:people_names", "<{participants} are going to {name} on {date}|{participants} meet for {name} on {date}|on {date} {participants} go to {name}>"),
    ("event", "title:title date:day time:time", "<{title} is on {date} at {time}|we have {title} on {date} at {time}|come to {title}, {date}, {time}>"),
    ("order", "product:word quantity:count", "<i want {quantity} {product}|i want to order {quantity} {product}|please send me {quantity} {product}|{quantity} {product} please|order {quantity} of {product}>"),
    ("product", "name:title price:decimal", "<{name} costs {price}|{name} is sold for {price} euros|the price of {name} is {price}|you can buy {name} for {price}>"),
    ("movie", "title:title minutes:count", "<the movie {title} lasts {minutes} minutes|the movie is called {title} and has {minutes} minutes|{title} is {minutes} minutes long>"),
    ("book", "title:title author:fullname year:year", "<{title} was written by {author} in {year}|{author} wrote {title} in {year}|{title} by {author}, {year}>"),
    ("trip", "origin:city destination:city date:day", "<from {origin} to {destination} on {date}|we travel from {origin} to {destination} on {date}|going to {destination} from {origin} on {date}>"),
    ("weather", "city:city temperature:temp", "<it is {temperature} degrees in {city}|{city} has {temperature} degrees|in {city} we measured {temperature} degrees>"),
    ("pet", "name:person animal:word", "<{name} is my {animal}|i have a {animal} called {name}|my {animal} is named {name}>"),
    ("color", "color:word", "<the color is {color}|it is {color}|i like {color}|paint it {color}>"),
    ("task", "task:sentence due:day", "<{task}, by {due}|by {due}: {task}|{task} until {due}>"),
]
DRAWS = {"person": lambda w: w.one_name(), "age": lambda w: w.rng.randint(1, 99), "city": lambda w: w.city(), "word": lambda w: w.word(), "email": lambda w: w.email(),
         "title": lambda w: w.title(), "day": lambda w: w.day(), "people_names": lambda w: [w.name() for _ in range(w.rng.randint(2, 3))], "time": lambda w: w.time(),
         "count": lambda w: w.rng.randint(1, 200), "decimal": lambda w: w.decimal(), "fullname": lambda w: w.full_name(), "year": lambda w: w.rng.randint(1500, 2039),
         "temp": lambda w: w.rng.randint(-20, 40), "sentence": lambda w: w.sentence()}
TYPES = {"age": "integer", "count": "integer", "year": "integer", "decimal": "number", "temp": "number", "people_names": "array"}


def natural(g: Draw) -> tuple[str, list, str]:
    """(title, fields, a sentence that says them all)"""
    title, kinds, grammar = g.one(*NATURAL)
    fields, values = [], {}
    for pair in kinds.split():
        name, kind = pair.split(":")
        value = DRAWS[kind](g.words)
        made = {"type": TYPES.get(kind, "string")}
        if kind == "people_names":
            made["items"] = {"type": "string"}
        values[name] = ", ".join(value[:-1]) + " and " + value[-1] if isinstance(value, list) else value
        fields.append((name, made, value, ""))
    return title, fields, g.say(grammar, **values)


def schema(g: Draw) -> Dialogue:
    """A named schema of ordinary fields."""
    w = g.words
    fields = []  # (name, schema, value, mention)
    sentence = None
    if g.chance(0.3):
        title, fields, sentence = natural(g)
    elif g.chance(0.55):
        title, kinds = g.one(*SETS)
        for key in [k for n, k in enumerate(kinds.split()) if n == 0 or g.chance(0.65)]:
            kind = KINDS[key]
            name, value = g.say(kind.names), kind.value(g)
            if any(name == f[0] for f in fields):
                continue
            made = property_of(g, kind, g.chance(0.3))
            if kind.type == "enum":
                made["enum"] = {"priority": ["low", "medium", "high", "urgent"], "size": ["small", "medium", "large"]}[key]
            label = name.replace("_", " ") if g.chance(0.5) else name
            said = mention(g, kind, name, value) if g.chance(0.35) else g.one(f"{label}: {{v}}", f"{label} is {{v}}", f"the {label} is {{v}}", f"{label} {{v}}").replace(
                "{v}", ", ".join(value) if isinstance(value, list) else str(value))
            fields.append((name, made, value, said))
    else:
        title = w.identifier() if g.chance(0.6) else w.word()
        for _ in range(g.rng.randint(1, 5)):
            name = w.identifier() if g.chance(0.3) else w.word()
            if not name.replace("_", "").replace("-", "").isalnum() or any(name == f[0] for f in fields):
                continue
            made, value = random_value(g)
            said = g.one(f"{name}: {{v}}", f"{name} is {{v}}", f"the {name} is {{v}}", f"{name} = {{v}}").replace("{v}", written(g, value))
            fields.append((name, made, value, said))
        if not fields:
            fields = [("name", {"type": "string"}, "x", "name: x")]
    title = "".join(c for c in title if c.isascii() and (c.isalnum() or c in "_-")) or "data"
    order = list(fields)
    if g.chance(0.35):
        g.rng.shuffle(order)
    text = g.one(", ", "; ", "\n", ". ", " and ", ", ").join(f[3] for f in order)
    text = sentence or text
    request = g.say(ASK, n=title).strip() + " " + text + g.one("", ".", "")
    request = request.strip()
    request = request[0].upper() + request[1:] if g.chance(0.5) else request
    if g.chance(0.25):
        fields.sort(key=lambda f: f[0])
    names = [f[0] for f in fields]
    body = {"type": "object", "properties": {f[0]: f[1] for f in fields}}
    body |= {"required": names} if g.chance(0.85) else {}
    body |= {"additionalProperties": False} if g.chance(0.7) else {}
    if g.chance(0.35):
        body = dict(sorted(body.items()))
    value = {f[0]: f[2] for f in fields}
    form = {"name": title, "schema": body}
    if g.chance(0.3):
        form["description"] = g.say("<The {n}|Data of a {n}|A {n} with its fields|{n} record>", n=title)
    listed = ", ".join(f"{k} = {v if isinstance(v, str) else h.compact(v)}" for k, v in value.items())
    thought = g.think(f"I answer with JSON for {title}.", f"The values: {listed}.", f"The fields are {', '.join(names)}.")
    answer = h.compact(value)
    return Dialogue("schema", [h.user(request), thought, h.final(answer)], {"kind": "final_json", "value": value}, formats=[form], plain=False)
