"""Messages → Harmony text and ids, the same as the project's own renderer and openai-harmony (test_harmony.py compares).

Messages are dicts in the JSON form of the Rust type `harmony::Message`, so that a conversation made here can be given to
`gpt-oss harmony render` and stands as it is in eval.jsonl.
"""

import json

from .tokenizer import CALL, CHANNEL, CONSTRAIN, END, MESSAGE, RETURN, START

IDENTITY = "You are ChatGPT, a large language model trained by OpenAI."
BROWSER = {
    "name": "browser",
    "description": "Tool for browsing.\nThe `cursor` appears in brackets before each browsing display: `[{cursor}]`.\n"
    "Cite information from the tool using the following format:\n"
    "`【{cursor}†L{line_start}(-L{line_end})?】`, for example: `【6†L9-L11】` or `【8†L3】`.\n"
    "Do not quote more than 10 words directly from the tool output.\nsources=web (default: web)",
    "functions": [
        {"name": "search", "description": "Searches for information related to `query` and displays `topn` results.",
         "parameters": {"type": "object", "properties": {
             "query": {"type": "string"}, "topn": {"type": "number", "default": 10}, "source": {"type": "string"}},
             "required": ["query"]}},
        {"name": "open", "description": "Opens the link `id` from the page indicated by `cursor` starting at line number `loc`, "
         "showing `num_lines` lines.\nValid link ids are displayed with the formatting: `【{id}†.*】`.\n"
         "If `cursor` is not provided, the most recent page is implied.\n"
         "If `id` is a string, it is treated as a fully qualified URL associated with `source`.\n"
         "If `loc` is not provided, the viewport will be positioned at the beginning of the document or centered on the most "
         "relevant passage, if available.\nUse this function without `id` to scroll to a new location of an opened page.",
         "parameters": {"type": "object", "properties": {
             "id": {"type": ["number", "string"], "default": -1}, "cursor": {"type": "number", "default": -1},
             "loc": {"type": "number", "default": -1}, "num_lines": {"type": "number", "default": -1},
             "view_source": {"type": "boolean", "default": False}, "source": {"type": "string"}}}},
        {"name": "find", "description": "Finds exact matches of `pattern` in the current page, or the page given by `cursor`.",
         "parameters": {"type": "object", "properties": {
             "pattern": {"type": "string"}, "cursor": {"type": "number", "default": -1}}, "required": ["pattern"]}},
    ],
}
PYTHON = {
    "name": "python",
    "description": "Use this tool to execute Python code in your chain of thought. The code will not be shown to the user. "
    "This tool should be used for internal reasoning, but not for code that is intended to be visible to the user "
    "(e.g. when creating plots, tables, or files).\n\n"
    "When you send a message containing Python code to python, it will be executed in a stateful Jupyter notebook environment. "
    "python will respond with the output of the execution or time out after 120.0 seconds. The drive at '/mnt/data' can be used "
    "to save and persist user files. Internet access for this session is UNKNOWN. Depends on the cluster.",
    "functions": [],
}


# Messages -----------------------------------------------------------------------------------------------------------------

def system(effort: str, date: str | None, tools: list | None = None) -> dict:
    """The system message as the server writes it."""
    return {"author": {"role": "system"}, "content": {"system": {
        "identity": IDENTITY, "knowledge_cutoff": "2024-06", "current_date": date, "effort": effort, "tools": tools or [],
        "channels": ["analysis", "commentary", "final"], "function_tools": False}}}


def developer(instructions: str | None = None, functions: list | None = None, formats: list | None = None) -> dict:
    """The developer message: instructions, function tools, response formats."""
    tools = [{"name": "functions", "functions": functions}] if functions else []
    return {"author": {"role": "developer"}, "content": {"developer": {
        "instructions": instructions, "tools": tools, "response_formats": formats or []}}}


def user(text: str) -> dict:
    """What the person says."""
    return {"author": {"role": "user"}, "content": {"text": text}}


def analysis(text: str) -> dict:
    """Chain of thought."""
    return {"author": {"role": "assistant"}, "channel": "analysis", "content": {"text": text}}


def final(text: str) -> dict:
    """The answer."""
    return {"author": {"role": "assistant"}, "channel": "final", "content": {"text": text}}


def call(function: str, arguments: str) -> dict:
    """A call of a client's function with JSON arguments."""
    return {"author": {"role": "assistant"}, "recipient": f"functions.{function}", "channel": "commentary",
            "content_type": {"name": "json", "constrained": True}, "content": {"text": arguments}}


def builtin_call(recipient: str, text: str) -> dict:
    """A call of a built-in tool while thinking."""
    return {"author": {"role": "assistant"}, "recipient": recipient, "channel": "analysis",
            "content_type": {"name": "code", "constrained": False}, "content": {"text": text}}


def tool(name: str, text: str, channel: str = "commentary") -> dict:
    """A tool's output; `name` is the full one, such as `functions.f`."""
    return {"author": {"role": "tool", "name": name}, "recipient": "assistant", "channel": channel, "content": {"text": text}}


# Schemas ------------------------------------------------------------------------------------------------------------------

def type_of(schema: dict) -> str:
    """The TypeScript type of an ordinary schema without nested objects."""
    if "enum" in schema:
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in schema["enum"])
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(type_of({**schema, "type": one}) for one in kind)
    if kind == "array":
        return type_of(schema.get("items", {})) + "[]"
    if kind in ("string", "number", "boolean"):
        return kind
    if kind == "integer":
        return "number"
    raise ValueError(f"not an ordinary schema: {schema}")


def arguments_type(schema: dict) -> str:
    """The type of a function's argument."""
    if schema.get("type") != "object":
        return type_of(schema)
    lines = ["{"]
    for name, property_ in schema.get("properties", {}).items():
        lines += [f"// {line}" for line in property_.get("description", "").split("\n") if line]
        optional = "" if name in schema.get("required", []) else "?"
        line = f"{name}{optional}: {type_of(property_)},"
        if "default" in property_:
            default = property_["default"]
            line += f" // default: {default if isinstance(default, str) else json.dumps(default)}"
        lines.append(line)
    return "\n".join(lines) + "\n}"


def function_text(function: dict) -> str:
    """One function of a namespace."""
    comment = "".join(f"// {line}\n" for line in function.get("description", "").split("\n") if line)
    parameters = function.get("parameters")
    argument = f"_: {arguments_type(parameters)}" if parameters is not None else ""
    return f"{comment}type {function['name']} = ({argument}) => any;\n"


def namespace_text(namespace: dict) -> str:
    """A namespace under `# Tools`."""
    functions = namespace.get("functions") or []
    mark = "// " if functions else ""
    lines = [f"## {namespace['name']}\n"]
    lines += [mark + line if mark else line for line in (namespace.get("description") or "").split("\n") if line or not mark]
    if not namespace.get("description"):
        lines = lines[:1]
    if functions:
        lines += [f"namespace {namespace['name']} {{\n", *map(function_text, functions), f"}} // namespace {namespace['name']}"]
    return "\n".join(lines)


def compact(value) -> str:
    """JSON as the server writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def content_text(message: dict, functions: bool) -> str:
    """The text of a message's content."""
    content = message["content"]
    if "text" in content:
        return content["text"]
    if "system" in content:
        s = content["system"]
        top = [s["identity"]]
        top += [f"Knowledge cutoff: {s['knowledge_cutoff']}"] if s.get("knowledge_cutoff") else []
        top += [f"Current date: {s['current_date']}"] if s.get("current_date") else []
        sections = ["\n".join(top)]
        sections += [f"Reasoning: {s['effort']}"] if s.get("effort") else []
        tools = sorted(s.get("tools") or [], key=lambda tool: tool["name"])
        sections += ["# Tools", *map(namespace_text, tools)] if tools else []
        line = f"# Valid channels: {', '.join(s['channels'])}. Channel must be included for every message."
        if functions:
            line += "\nCalls to these tools must go to the commentary channel: 'functions'."
        return "\n\n".join([*sections, line])
    d = content["developer"]
    sections = [f"# Instructions\n\n{d['instructions']}"] if d.get("instructions") else []
    sections += ["# Tools", *map(namespace_text, d["tools"])] if d.get("tools") else []
    for at, form in enumerate(d.get("response_formats") or []):
        sections += ["# Response Formats"] if at == 0 else []
        description = f"// {form['description']}\n" if form.get("description") else ""
        sections.append(f"## {form['name']}\n\n{description}{compact(form['schema'])}")
    return "\n\n".join(sections)


# Rendering ----------------------------------------------------------------------------------------------------------------

class Renderer:
    """Messages → (ids, trained flags) with one tokenizer."""

    def __init__(self, encoding):
        self.encode = encoding.encode_ordinary
        self.cache = {}

    def words(self, text: str) -> list[int]:
        """Ids of header text and other short text that repeats."""
        found = self.cache.get(text)
        if found is None:
            if len(self.cache) > 4096:
                self.cache.clear()
            found = self.cache[text] = self.encode(text)
        return found

    def header(self, message: dict, trained_form: bool) -> list[int]:
        """Ids between `<|start|>` + author and `<|message|>`. `trained_form`: the recipient after the channel, as gpt-oss generates it."""
        to = f" to={message['recipient']}" if message.get("recipient") else ""
        ids = [] if trained_form else list(self.words(to))
        if message.get("channel"):
            ids += [CHANNEL, *self.words(message["channel"])]
        if trained_form and to:
            ids += self.words(to)
        kind = message.get("content_type")
        if kind:
            ids += [*self.words(" "), CONSTRAIN, *self.words(kind["name"])] if kind["constrained"] else self.words(" " + kind["name"])
        return ids

    def message(self, message: dict, functions: bool, last: bool, trained_form: bool) -> tuple[list[int], int, int]:
        """Ids of one message, where its header (after the author) starts and where its content starts."""
        role = message["author"]["role"]
        ids = [START, *self.words(message["author"].get("name") or role)]
        header = len(ids)
        ids += self.header(message, trained_form and role == "assistant") + [MESSAGE]
        content = len(ids)
        ids += self.encode(content_text(message, functions))
        is_call = role == "assistant" and message.get("recipient")
        ids.append(CALL if is_call else RETURN if last and message.get("channel") == "final" else END)
        return ids, header, content

    def prompt(self, messages: list[dict], trained_form: bool = False) -> list[int]:
        """The prompt for the assistant's next message: old analysis dropped, ends in `<|start|>assistant`."""
        ids = []
        for message in drop_analysis(messages):
            ids += self.message(message, has_functions(messages), False, trained_form)[0]
        return [*ids, START, *self.words("assistant")]

    def training(self, messages: list[dict], skip_history: bool, trained_form: bool) -> tuple[list[int], list[int]]:
        """Ids and whether each is trained: everything the assistant says after the last user message, and the earlier answers' text."""
        kept = drop_analysis(messages)
        functions = has_functions(messages)
        turn = max(at for at, message in enumerate(kept) if message["author"]["role"] == "user")
        ids, trained = [], []
        for at, message in enumerate(kept):
            said, header, content = self.message(message, functions, at == len(kept) - 1, trained_form or at > turn)
            if message["author"]["role"] != "assistant":
                flags = [0] * len(said)
            elif at > turn:
                # Behind its own message the assistant writes `<|start|>assistant` itself; otherwise the prompt ends in that.
                goes_on = kept[at - 1]["author"]["role"] == "assistant" and not kept[at - 1].get("recipient")
                flags = [int(goes_on)] * header + [1] * (len(said) - header)
            elif message.get("channel") == "final" and not skip_history:
                flags = [0] * content + [1] * (len(said) - content - 1) + [0]
            else:
                flags = [0] * len(said)
            ids += said
            trained += flags
        return ids, trained


def has_functions(messages: list[dict]) -> bool:
    """Whether any developer message offers functions."""
    return any(m["content"].get("developer", {}).get("tools") for m in messages if m["author"]["role"] == "developer")


def drop_analysis(messages: list[dict]) -> list[dict]:
    """Without the chain of thought (and built-in tools used in it) of turns that a later answer has closed.

    A last message that is itself an answer belongs to the running turn.
    """
    answers = [at for at, m in enumerate(messages[:-1]) if m.get("channel") == "final"]
    answered = answers[-1] if answers else 0

    def dropped(message: dict) -> bool:
        names = (message.get("recipient") or "", message["author"].get("name") or "")
        return message.get("channel") == "analysis" and not any(name.startswith("functions.") for name in names)

    return [m for at, m in enumerate(messages) if not (at < answered and dropped(m))]
