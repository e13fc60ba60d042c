"""The demo's tokenizer: o200k with only the merges of rank below 4096.

BPE applies merges in the order of their ranks and a token's id is its rank, so cutting the table gives a valid o200k id sequence for
any text: every id stays below 4096, no text is unknown, and all ids are seen often in training. Special tokens keep their ids.

    python -m train.tokenizer O200K_BASE.TIKTOKEN OUT/tokenizer.json
"""

import base64
import json
import sys
from pathlib import Path

import tiktoken

ROWS = 4096
VOCABULARY = 201_088
START, END, MESSAGE, CHANNEL, CONSTRAIN, RETURN, CALL = (
    200006, 200007, 200008, 200005, 200003, 200002, 200012)
SPECIALS = {
    "<|startoftext|>": 199998, "<|endoftext|>": 199999, "<|return|>": RETURN, "<|constrain|>": CONSTRAIN,
    "<|channel|>": CHANNEL, "<|start|>": START, "<|end|>": END, "<|message|>": MESSAGE, "<|call|>": CALL,
}
# Ids with a row of their own in the embedding; all other ids share one row.
KEPT = list(range(ROWS)) + sorted(SPECIALS.values())

PATTERN = "|".join([
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"\p{N}{1,3}",
    r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
    r"\s*[\r\n]+",
    r"\s+(?!\S)",
    r"\s+",
])


def byte_letters() -> dict[int, str]:
    """The printable letter that stands for each byte in a byte-level tokenizer.json."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {byte: chr(byte) for byte in plain}
    for byte in range(256):
        if byte not in letters:
            letters[byte] = chr(256 + len(letters) - len(plain))
    return letters


def read_ranks(path: Path, limit: int = ROWS) -> dict[bytes, int]:
    """Token bytes → rank of a .tiktoken file, the first `limit` ranks."""
    ranks = {}
    for line in path.read_bytes().splitlines():
        token, rank = line.split()
        if int(rank) < limit:
            ranks[base64.b64decode(token)] = int(rank)
    return ranks


def merge_of(token: bytes, ranks: dict[bytes, int]) -> tuple[bytes, bytes]:
    """The two parts whose merge makes `token`: byte pair encoding of it with the merges of lower rank."""
    parts = [bytes([byte]) for byte in token]
    limit = ranks[token]
    while len(parts) > 2:
        pairs = [(ranks.get(a + b, limit), i) for i, (a, b) in enumerate(zip(parts, parts[1:]))]
        rank, at = min(pairs)
        if rank >= limit:
            raise ValueError(f"{token!r} cannot be merged")
        parts[at:at + 2] = [parts[at] + parts[at + 1]]
    return parts[0], parts[1]


def tokenizer_json(ranks: dict[bytes, int]) -> dict:
    """An ordinary Hugging Face tokenizer.json. The special tokens stand in the vocabulary too, which pins their ids."""
    letters = byte_letters()

    def written(token: bytes) -> str:
        return "".join(letters[byte] for byte in token)

    by_rank = sorted(ranks, key=ranks.get)
    merges = [[written(part) for part in merge_of(token, ranks)] for token in by_rank if len(token) > 1]
    vocabulary = {written(token): ranks[token] for token in by_rank} | SPECIALS
    added = [{"id": number, "content": text, "single_word": False, "lstrip": False, "rstrip": False,
              "normalized": False, "special": True} for text, number in sorted(SPECIALS.items(), key=lambda x: x[1])]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Isolated", "invert": False}, byte_level]},
        "post_processor": None, "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": vocabulary, "merges": merges},
    }


def load(path: Path) -> tiktoken.Encoding:
    """The tokenizer of a tokenizer.json written by this module, as a tiktoken encoding (faster than `tokenizers`)."""
    letters = {letter: byte for byte, letter in byte_letters().items()}
    vocabulary = json.loads(path.read_text())["model"]["vocab"]
    ranks = {bytes(letters[c] for c in text): rank for text, rank in vocabulary.items() if rank < ROWS}
    return tiktoken.Encoding("o200k_demo", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens=SPECIALS)


def main() -> None:
    source, target = map(Path, sys.argv[1:3])
    target.write_text(json.dumps(tokenizer_json(read_ranks(source)), ensure_ascii=False, indent=0) + "\n")


if __name__ == "__main__":
    main()
