"""Answers that fill a JSON schema from the facts in the request."""

from .. import harmony as h
from .base import Dialogue, Draw
from .calls import KINDS, mention, property_of, random_value, written

SETS = [("person", "person city email count country"), ("event", "title date time city person"), ("contact", "person email city country"),
        ("order", "item count price color size"), ("trip", "origin destination date people nights"), ("ticket", "title priority person text id"),
        ("product", "item price color size count"), ("booking", "city date nights people person"), ("message", "person email text title"),
        ("file_info", "file language count url"), ("movie", "title genre minutes language"), ("task", "title date priority minutes"),
        ("recipe", "title items minutes people"), ("place", "city country temperature url"), ("meeting", "title items date time")]
ASK = ("<||extract the data: |fill the schema: |give me json: |as json: |extract the {n}: |make the {n} json: |parse this: |"
       "turn this into json: |return the {n} as json. |here is the {n}: |read this and fill the fields: |get the fields from this text: >")


def schema(g: Draw) -> Dialogue:
    """A named schema of ordinary fields."""
    w = g.words
    fields = []  # (name, schema, value, mention)
    if g.chance(0.6):
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
