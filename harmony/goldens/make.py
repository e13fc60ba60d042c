"""Makes the golden data of tests-data/harmony/ with the libraries that define the format.

    pip install openai-harmony==0.0.8 tiktoken tokenizers
    TIKTOKEN_ENCODINGS_BASE=DIR python harmony/goldens/make.py

DIR holds o200k_base.tiktoken, the published ranks (the crate tiktoken-rs carries the file in its assets folder). Nothing is downloaded.

render.json     conversations -> ids, by openai-harmony; `prompt` where our rule for dropped analysis agrees with that library's
schema.json     JSON Schemas whose TypeScript must be text-identical to openai-harmony's
parse.json      ids of well-formed turns -> messages, by openai-harmony's strict parser
tokenize.json   texts -> ids, by tiktoken (o200k) and by Hugging Face's tokenizers (o200k cut at rank 1024)
tokenizer_1024.json   that cut tokenizer, in Hugging Face's file format
"""

import base64
import json
import os
import pathlib
import random

import openai_harmony as oh
import tiktoken
import tokenizers
from tokenizers import decoders, models, pre_tokenizers

from cases import PARSE, RENDER, SCHEMAS

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests-data" / "harmony"
CUT = 1024
SPLIT = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)
HARMONY = {
    "<|endoftext|>": 199999,
    "<|return|>": 200002,
    "<|constrain|>": 200003,
    "<|channel|>": 200005,
    "<|start|>": 200006,
    "<|end|>": 200007,
    "<|message|>": 200008,
    "<|call|>": 200012,
}


def write(name, rows):
    """One row a line, so that a change shows as a change of its rows."""
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    (OUT / name).write_text(f"[\n{lines}\n]\n")


def namespace(ours):
    functions = [
        oh.ToolDescription.new(f["name"], f.get("description", ""), parameters=f.get("parameters"))
        for f in ours.get("functions", [])
    ]
    return oh.ToolNamespaceConfig(name=ours["name"], description=ours.get("description"), tools=functions)


def system(ours):
    content = oh.SystemContent(model_identity=ours["identity"], reasoning_effort=None)
    content.knowledge_cutoff = ours.get("knowledge_cutoff")
    content.conversation_start_date = ours.get("current_date")
    effort = ours.get("effort")
    content.reasoning_effort = oh.ReasoningEffort(effort.capitalize()) if effort else None
    content.channel_config = oh.ChannelConfig.require_channels(ours.get("channels", []))
    for tools in ours.get("tools", []):
        content = content.with_tools(namespace(tools))
    return content


def developer(ours):
    content = oh.DeveloperContent.new()
    if ours.get("instructions") is not None:
        content = content.with_instructions(ours["instructions"])
    for tools in ours.get("tools", []):
        content = content.with_tools(namespace(tools))
    return content


def message(ours):
    """A message of our JSON form as the library's."""
    kind, value = next(iter(ours["content"].items()))
    content = {"text": lambda text: oh.TextContent(text=text), "system": system, "developer": developer}[kind](value)
    author = ours["author"]
    theirs = oh.Message.from_author_and_content(oh.Author(role=author["role"], name=author.get("name")), content)
    if ours.get("recipient"):
        theirs = theirs.with_recipient(ours["recipient"])
    if ours.get("channel"):
        theirs = theirs.with_channel(ours["channel"])
    if kind := ours.get("content_type"):
        theirs = theirs.with_content_type(("<|constrain|>" if kind["constrained"] else "") + kind["name"])
    return theirs


def render(encoding):
    keep = oh.RenderConversationConfig(auto_drop_analysis=False)
    for case in RENDER:
        conversation = oh.Conversation.from_messages([message(m) for m in case["messages"]])
        row = {"name": case["name"], "messages": case["messages"]}
        row["ids"] = encoding.render_conversation(conversation, config=keep)
        if case.get("prompt", True):
            row["prompt"] = encoding.render_conversation_for_completion(conversation, oh.Role.ASSISTANT)
        yield row


def schemas(encoding):
    for name, schema in SCHEMAS.items():
        tool = oh.ToolDescription.new("f", "", parameters=schema)
        content = oh.DeveloperContent.new().with_function_tools([tool])
        text = encoding.decode_utf8(encoding.render(oh.Message.from_role_and_content(oh.Role.DEVELOPER, content)))
        begin, end = "type f = (_: ", ") => any;\n\n} // namespace functions"
        yield {"name": name, "schema": schema, "typescript": text[text.index(begin) + len(begin) : text.rindex(end)]}


def parse(encoding):
    for text in PARSE:
        ids = encoding.encode(text, allowed_special="all")
        rows = []
        for m in encoding.parse_messages_from_completion_tokens(ids, role=oh.Role.ASSISTANT):
            row = {"author": m.author.role.value, "name": m.author.name, "recipient": m.recipient, "channel": m.channel}
            row |= {"content_type": m.content_type, "text": "".join(part.text for part in m.content)}
            rows.append(row)
        yield {"text": text, "ids": ids, "messages": rows}


def texts():
    """Awkward texts, and random mixtures of what the split pattern distinguishes."""
    yield from ["", " ", "\n", "  \n\n  x", "\r\n\r\n", "a" * 300, "A" * 300, " " * 100, " " * 99 + "x", "\n" * 50, "!" * 120, "1" * 50]
    yield from ["I'm you'RE THEY'LL he'd isn't 's 'S", "Hello, world!", "don't stop//\n//", "x\u0301\u0301y", "\u01c5ungla \u01c8", "a\u2028b\u00a0c\u3000d"]
    yield from ["<|start|>user<|message|>hi<|end|>", "<|endoftext|>", "<|", "|>", "<|start|", "  <|call|>  ", "naïve café", "Ünïcödé ÄÖÜ"]
    yield from ["日本語のテキスト、漢字。", "한국어 문장", "русский текст", "العربية", "हिन्दी वाक्य", "👩‍👩‍👧‍👦🇩🇪👍🏽", "1234567890 1,234.5", "fn main() {\n\tprintln!(\"{}\", 1);\n}\n"]
    pools = ["abcdefghijklmnop", "ABCDEFG", "0123456789", " ", " \t\n\r", "'’`\"", ".,;:!?()[]{}<>|/\\-_=+*&^%$#@~", "éüßñåøæ", "日本語漢字かなカナ", "\u0301\u0308\u20dd", "ǅǈǋᾈ", "ʰʲˠ", "½²Ⅷ٣", "👍🏽👩‍💻🇫🇷", "\u200b\u200d\u00a0\u3000\u2028\x00\x1f"]
    rng = random.Random(20261122)
    for _ in range(250):
        parts = []
        for _ in range(rng.randrange(1, 14)):
            pool = rng.choice(pools)
            parts.append("".join(rng.choice(pool) for _ in range(rng.choice([1, 1, 2, 3, 5, 9]))))
        yield "".join(parts)


def ranks():
    path = pathlib.Path(os.environ["TIKTOKEN_ENCODINGS_BASE"]) / "o200k_base.tiktoken"
    rows = (line.split() for line in path.read_bytes().splitlines())
    return {base64.b64decode(token): int(rank) for token, rank in rows}


def cut_tokenizer(all_ranks):
    """o200k with the ranks below CUT only, as Hugging Face's library writes it."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    other = [byte for byte in range(256) if byte not in printable]
    letters = {byte: chr(byte) for byte in printable} | {byte: chr(256 + i) for i, byte in enumerate(other)}
    spell = lambda token: "".join(letters[byte] for byte in token)
    kept = {token: rank for token, rank in all_ranks.items() if rank < CUT}
    vocab = {spell(token): rank for token, rank in sorted(kept.items(), key=lambda row: row[1])}
    merges = []
    for token, rank in sorted(kept.items(), key=lambda row: row[1]):
        halves = [(token[:i], token[i:]) for i in range(1, len(token))]
        merges += [(spell(a), spell(b)) for a, b in halves if kept.get(a, rank) < rank and kept.get(b, rank) < rank]
    made = tokenizers.Tokenizer(models.BPE(vocab, merges))
    split = pre_tokenizers.Split(tokenizers.Regex(SPLIT), "isolated")
    made.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    made.decoder = decoders.ByteLevel()
    file = json.loads(made.to_str())
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    file["added_tokens"] = [{"id": id, "content": name} | flags for name, id in HARMONY.items()]
    return made, file


def tokenize(all_ranks, cut):
    whole = tiktoken.Encoding("o200k", pat_str=SPLIT, mergeable_ranks=all_ranks, special_tokens={})
    for text in texts():
        yield {"text": text, "o200k": whole.encode_ordinary(text), "cut": cut.encode(text).ids}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    encoding = oh.load_harmony_encoding(oh.HarmonyEncodingName.HARMONY_GPT_OSS)
    write("render.json", render(encoding))
    write("schema.json", schemas(encoding))
    write("parse.json", parse(encoding))
    all_ranks = ranks()
    cut, file = cut_tokenizer(all_ranks)
    write("tokenize.json", tokenize(all_ranks, cut))
    (OUT / f"tokenizer_{CUT}.json").write_text(json.dumps(file, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
