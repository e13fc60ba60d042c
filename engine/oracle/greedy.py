"""Exports the demo model, lets transformers (fp32, eager attention) answer held-out prompts greedily, and checks every token of each answer.

    python engine/oracle/greedy.py --binary target/release/gpt-oss [--prompts 8] [--tokens 48]

The program computes the logits of prompt and answer in one pass from the built-in model; its best id must be the token that transformers chose.
Where it is not, the two best logits must be closer than 1e-3: a near tie. Proves export, tokenizer file and model together. Needs torch,
transformers with accelerate (which transformers asks for before it reads MXFP4) and safetensors; nothing is downloaded.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer, GptOssForCausalLM

HELD_OUT = pathlib.Path(__file__).parents[1] / "demo" / "eval.jsonl"
NEAR_TIE = 1e-3


def render(binary, tokenizer, messages):
    command = [binary, "harmony", "render", "--text", "--tokenizer", tokenizer]
    return subprocess.run(command, input=json.dumps(messages), capture_output=True, text=True, check=True).stdout.rstrip("\n")


def our_logits(binary, folder, ids):
    (folder / "ids.json").write_text(json.dumps(ids))
    out = folder / "ours.safetensors"
    subprocess.run([binary, "logits", "--model", "demo", "--tokens", folder / "ids.json", "--out", out], check=True, capture_output=True)
    return load_file(out)["logits"]


def wrong_tokens(logits, prompt, answer):
    """How many tokens of `answer` are not the best, and how many of these are not near ties."""
    rows = logits[prompt - 1:prompt - 1 + len(answer)]
    gap = rows.max(-1).values - rows[torch.arange(len(answer)), answer]
    return int((gap > 0).sum()), int((gap > NEAR_TIE).sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="gpt-oss")
    parser.add_argument("--prompts", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=48)
    arguments = parser.parse_args()
    cases = random.Random(1).sample(HELD_OUT.read_text().splitlines(), arguments.prompts)
    total = ties = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        checkpoint = folder / "demo"
        subprocess.run([arguments.binary, "model", "export", "demo", checkpoint], check=True, capture_output=True)
        tokenizer = AutoTokenizer.from_pretrained(checkpoint)
        model = GptOssForCausalLM.from_pretrained(checkpoint, dtype=torch.float32, attn_implementation="eager")
        for case in map(json.loads, cases):
            prompt = tokenizer.encode(render(arguments.binary, checkpoint / "tokenizer.json", case["messages"]))
            with torch.no_grad():
                answer = model.generate(torch.tensor([prompt]), max_new_tokens=arguments.tokens, do_sample=False)[0, len(prompt):]
            other, far = wrong_tokens(our_logits(arguments.binary, folder, prompt + answer.tolist()), len(prompt), answer)
            print(f"{case['id']:24} {len(prompt):5} + {len(answer):3} tokens  {other - far} near ties  {far} wrong", flush=True)
            total, ties, wrong = total + len(answer), ties + other - far, wrong + far
    print(f"{total} tokens: {ties} near ties, {wrong} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
