"""python -m pytest engine/demo/train: our renderer against openai-harmony, our tokenizer.json against `tokenizers` and tiktoken."""

import os
import random
from pathlib import Path

import pytest

from . import harmony as h
from . import tokenizer as t

HERE = Path(__file__).parent
FUNCTIONS = [
    {"name": "get_weather", "description": "Gets it.", "parameters": {"type": "object", "properties": {
        "city": {"type": "string", "description": "The city"}, "unit": {"type": "string", "enum": ["c", "f"], "default": "c"},
        "days": {"type": "integer"}, "x": {"type": "number", "description": "x", "default": 2}, "b": {"type": "boolean"},
        "names": {"type": "array", "items": {"type": "string"}}}, "required": ["city"]}},
    {"name": "empty", "description": "", "parameters": {"type": "object", "properties": {}}},
    {"name": "none", "description": "No args"},
    {"name": "apply_patch", "description": "Patch", "parameters": {"type": "string"}},
]
CONVERSATIONS = [
    [h.system("low", "2026-01-02"), h.user("hi")],
    [h.system("high", "2025-12-31", [h.BROWSER, h.PYTHON]), h.user("hi")],
    [h.system("medium", None, [h.PYTHON]), h.developer("Be nice.\n\nAlways."), h.user("hi"), h.final("Hello <|end|>"), h.user("bye")],
    [h.system("low", "2026-01-02"), h.developer("Be nice.", FUNCTIONS), h.user("hi"), h.analysis("hmm"),
     h.call("get_weather", '{"city":"x"}'), h.tool("functions.get_weather", '{"r":1}')],
    [h.system("low", "2026-01-02"), h.developer(None, FUNCTIONS[:1]), h.user("hi")],
]


def oracle(messages):
    """The same conversation through openai-harmony, as ids of the full vocabulary."""
    oh = pytest.importorskip("openai_harmony")
    if "TIKTOKEN_ENCODINGS_BASE" not in os.environ:
        pytest.skip("set TIKTOKEN_ENCODINGS_BASE to the folder of o200k_base.tiktoken")
    encoding = oh.load_harmony_encoding(oh.HarmonyEncodingName.HARMONY_GPT_OSS)
    said = []
    for message in messages:
        content, author = message["content"], message["author"]
        if "system" in content:
            s = content["system"]
            body = oh.SystemContent.new().with_reasoning_effort(oh.ReasoningEffort(s["effort"].capitalize()))
            if s["current_date"]:
                body = body.with_conversation_start_date(s["current_date"])
            for namespace in s["tools"]:
                body = body.with_browser_tool() if namespace["name"] == "browser" else body.with_python_tool()
        elif "developer" in content:
            d = content["developer"]
            body = oh.DeveloperContent.new()
            body = body.with_instructions(d["instructions"]) if d["instructions"] else body
            for namespace in d["tools"]:
                body = body.with_function_tools([oh.ToolDescription.new(
                    f["name"], f["description"], parameters=f.get("parameters")) for f in namespace["functions"]])
        else:
            body = oh.TextContent(text=content["text"])
        made = oh.Message.from_author_and_content(oh.Author.new(oh.Role(author["role"]), author.get("name", "")), body)
        if not author.get("name"):
            made = oh.Message.from_role_and_content(oh.Role(author["role"]), body)
        made = made.with_channel(message["channel"]) if message.get("channel") else made
        made = made.with_recipient(message["recipient"]) if message.get("recipient") else made
        kind = message.get("content_type")
        made = made.with_content_type(("<|constrain|>" if kind["constrained"] else "") + kind["name"]) if kind else made
        said.append(made)
    return encoding, encoding.render_conversation_for_completion(oh.Conversation.from_messages(said), oh.Role.ASSISTANT)


@pytest.mark.parametrize("messages", CONVERSATIONS)
def test_rendered_as_openai_harmony_does(messages):
    encoding, expected = oracle(messages)
    full = h.Renderer(type("Full", (), {"encode_ordinary": staticmethod(lambda text: encoding.encode(text, disallowed_special=()))})())
    ours = full.prompt(messages)
    assert encoding.decode_utf8(ours) == encoding.decode_utf8(expected)
    assert ours == expected


def test_old_analysis_is_dropped():
    said = [h.system("low", None), h.user("a"), h.analysis("x"), h.final("A"), h.user("b"), h.analysis("y"), h.final("B")]
    assert [m for m in h.drop_analysis(said) if m.get("channel") == "analysis"] == [h.analysis("y")]


def test_tokenizer_json_agrees_with_the_cut_ranks():
    tokenizers = pytest.importorskip("tokenizers")
    path = HERE.parent / "tokenizer.json"
    ours, theirs = t.load(path), tokenizers.Tokenizer.from_file(str(path))
    rng = random.Random(1)
    letters = "abcdefghijklmnop ABC  \n\t.,_-'\"0123456789éüßñ漢字кот🙂"
    texts = ["".join(rng.choices(letters, k=rng.randrange(1, 60))) for _ in range(2000)]
    texts += [(HERE / "harmony.py").read_text(), "I'LL don't we've <|start|> x", "a" * 300, "\n\n\n  \r\n x"]
    for text in texts:
        ids = ours.encode_ordinary(text)
        assert max(ids) < t.ROWS
        assert ours.decode(ids) == text
        if "<|" not in text:
            assert theirs.encode(text, add_special_tokens=False).ids == ids, text
    assert theirs.encode("<|start|>user<|message|>").ids[0] == t.START
    for text, number in t.SPECIALS.items():
        assert theirs.token_to_id(text) == number
        assert theirs.decode([number], skip_special_tokens=False) == text
