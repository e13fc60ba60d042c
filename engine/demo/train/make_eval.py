"""Writes engine/demo/eval.jsonl: generated held-out prompts (unseen words and phrasings) and the hand-written ones.

    python -m train.make_eval [prompts a skill]
"""

import json
import sys
from pathlib import Path

from . import batches, judge
from . import tokenizer as t

HERE = Path(__file__).parent


def main() -> None:
    encoding = t.load(HERE.parent / "tokenizer.json")
    per_skill = int(sys.argv[1]) if len(sys.argv) > 1 else 16
    records = judge.held_out(batches.pieces(encoding), per_skill, seed=100_000)
    try:
        from .data.handwritten import records as written
        records += written()
    except ImportError:
        pass
    lines = [json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in records]
    (HERE.parent / "eval.jsonl").write_text("\n".join(lines) + "\n")
    print(len(lines), "prompts")


if __name__ == "__main__":
    main()
