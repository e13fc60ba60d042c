"""Held-out prompts: how they are made, how a completion is read and judged. The format is in engine/demo/README.md."""

import json
from collections import defaultdict

import torch

from . import harmony as h
from . import tokenizer as t
from .batches import row_of_id
from .data import mix
from .data.base import Draw
from .model import Demo, generate

TEXT_OF = {number: text for text, number in t.SPECIALS.items()}


def prompt_of(messages: list[dict]) -> list[dict]:
    """The messages before the last answer and the thought in front of it."""
    end = len(messages) - 1
    while messages[end - 1].get("channel") == "analysis" and not messages[end - 1].get("recipient") and messages[end - 1]["author"]["role"] == "assistant":
        end -= 1
    return messages[:end]


def held_out(pieces: list[str], per_skill: int, seed: int = 0) -> list[dict]:
    """Records of unseen words and phrasings, `per_skill` of each skill function."""
    records = []
    for maker in mix.MAKERS:
        for n in range(per_skill):
            g = Draw(-1 - seed - n, pieces, unseen=True)
            messages, made = mix.dialogue(g, maker)
            records.append({"id": f"{maker.__name__}/{n:03}", "skill": maker.__name__, "messages": prompt_of(messages), "check": made.check})
    return records


def said(encoding, ids: list[int]) -> list[dict]:
    """Completion ids → [{"header", "text", "end"}], one a message."""
    out, header, body, place = [], [], [], "header"

    def text(tokens: list[int]) -> str:
        return "".join(TEXT_OF[i] if i in TEXT_OF else encoding.decode_single_token_bytes(i).decode("latin-1") for i in tokens).encode(
            "latin-1").decode("utf-8", "replace")

    for i in ids:
        if i == t.MESSAGE and place == "header":
            place = "body"
        elif i in (t.END, t.RETURN, t.CALL):
            out.append({"header": text(header), "text": text(body), "end": TEXT_OF[i], "tokens": len(body)})
            header, body, place = [], [], "header"
        else:
            (header if place == "header" else body).append(i)
    return out


def right(check: dict, messages: list[dict]) -> bool:
    """Whether the completion passes."""
    if not messages:
        return False
    last = messages[-1]
    is_answer = "<|channel|>final" in last["header"] and last["end"] == "<|return|>"
    kind = check["kind"]
    if kind == "analysis_tokens":
        length = sum(m["tokens"] for m in messages if m["header"].endswith("<|channel|>analysis"))
        return is_answer and check["at_least"] <= length <= check["at_most"]
    if kind in ("call", "call_text"):
        if f" to={check['to']} " not in last["header"] + " " or last["end"] != "<|call|>":
            return False
        return last["text"] == check["text"] if kind == "call_text" else same_json(last["text"], check["arguments"])
    if not is_answer:
        return False
    if kind == "final_equals":
        return last["text"].strip() == check["text"].strip()
    if kind == "final_contains":
        low = last["text"].lower()
        return all(x.lower() in low for x in check.get("all", [])) and (not check.get("any") or any(x.lower() in low for x in check["any"]))
    return same_json(last["text"], check["value"])


def same_json(text: str, value) -> bool:
    """Equal as JSON."""
    try:
        return json.loads(text) == value
    except ValueError:
        return False


def judge(model: Demo, encoding, records: list[dict], limit: int = 320) -> list[tuple[dict, bool, list[dict]]]:
    """Greedy completions of all records, with their verdicts."""
    renderer, rows = h.Renderer(encoding), row_of_id()
    prompts = [rows[renderer.prompt(record["messages"], trained_form=False)].tolist() for record in records]
    stops = {int(rows[t.RETURN]), int(rows[t.CALL])}
    order = sorted(range(len(records)), key=lambda n: len(prompts[n]))
    out = [None] * len(records)
    while order:
        n = max(1, min(len(order), 160_000 // (len(prompts[order[0]]) + limit) if torch.cuda.is_available() else 16))
        while n > 1 and n * len(prompts[order[n - 1]]) > 120_000:
            n -= 1
        part, order = order[:n], order[n:]
        for at, made in zip(part, generate(model, [prompts[n] for n in part], limit, stops)):
            messages = said(encoding, [t.KEPT[row] if row < len(t.KEPT) else t.SPECIALS["<|endoftext|>"] for row in made])
            out[at] = (records[at], right(records[at]["check"], messages), messages)
    return out


def table(results) -> str:
    """Accuracy of each skill."""
    by = defaultdict(list)
    for record, passed, _ in results:
        by[record["skill"]].append(passed)
    lines = [f"{skill:16} {sum(v):4}/{len(v):<4} {100 * sum(v) / len(v):5.1f} %" for skill, v in sorted(by.items())]
    total = [p for v in by.values() for p in v]
    return "\n".join([*lines, f"{'all':16} {sum(total):4}/{len(total):<4} {100 * sum(total) / len(total):5.1f} %"])
