"""Runs `gpt-oss logits` on every checkpoint that make.py wrote below a folder and compares with transformers' logits.

    python engine/oracle/compare.py DIR --binary target/release/gpt-oss

Prints, for each shape, the largest difference over the largest logit and how often the best id agrees; exits 1 when an error is
above 1e-3 or a best id differs.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

from safetensors.torch import load_file


def compare(folder, binary):
    with tempfile.TemporaryDirectory() as out:
        out = pathlib.Path(out) / "logits.safetensors"
        subprocess.run([binary, "logits", "--model", folder, "--tokens", folder / "tokens.json", "--out", out], check=True)
        got = load_file(out)["logits"]
    expected = load_file(folder / "expected.logits")
    got, want = got[expected["rows"].long()], expected["logits"]
    error = ((got - want).abs().max() / want.abs().max()).item()
    equal = (got.argmax(-1) == want.argmax(-1)).float().mean().item()
    print(f"{folder.name:24} {len(want):5} rows  relative error {error:.2e}  best id equal {100 * equal:.2f} %")
    return error <= 1e-3 and equal == 1.0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--binary", default="gpt-oss")
    arguments = parser.parse_args()
    folders = sorted(f.parent for f in arguments.folder.glob("*/expected.logits"))
    results = [compare(folder, arguments.binary) for folder in folders]
    sys.exit(0 if results and all(results) else 1)


if __name__ == "__main__":
    main()
