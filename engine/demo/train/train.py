"""Trains the demo model on one CUDA GPU, packs it and judges the packed file.

    python -m train.train --minutes 8 --out OUT [--resume demo.safetensors] [--workers 12]
    python -m train.train --tiny --minutes 0.3 --out OUT        (a tiny model on the CPU: does everything run?)
"""

import argparse
import json
import time
from pathlib import Path

import torch

from . import batches, judge, pack
from . import tokenizer as t
from .model import Demo, FlexAttend, PlainAttend, Shape

HERE = Path(__file__).parent
MATRICES = ("q", "k", "v", "o", "gate", "up", "down")


def orthogonal(g: torch.Tensor) -> torch.Tensor:
    """Five Newton-Schulz steps towards the nearest orthogonal matrix; g [n, out, in] (Muon, Jordan et al. 2024)."""
    x = g.bfloat16()
    flip = x.shape[-2] > x.shape[-1]
    x = x.mT if flip else x
    x = x / (x.float().norm(dim=(-2, -1), keepdim=True) + 1e-7).bfloat16()
    for _ in range(5):
        a = x @ x.mT
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return x.mT if flip else x


class Muon:
    """Momentum, orthogonal steps, and a cap on each matrix's rms, without which the attention logits of this model explode."""

    def __init__(self, parameters: list, cap: float, compiled: bool):
        groups = {}
        for p in parameters:
            groups.setdefault(tuple(p.shape[-2:]), []).append(p)
        self.groups, self.cap = list(groups.values()), cap
        self.momentum = [torch.cat([torch.zeros_like(p).view(-1, *p.shape[-2:]) for p in group]) for group in self.groups]
        self.orthogonal = torch.compile(orthogonal) if compiled else orthogonal

    @torch.no_grad()
    def step(self, rate: float, momentum: float) -> None:
        """One update of every matrix."""
        for group, buffer in zip(self.groups, self.momentum):
            grad = torch.cat([p.grad.view(-1, *p.shape[-2:]) for p in group])
            buffer.mul_(momentum).add_(grad)
            update = self.orthogonal(grad.add(buffer, alpha=momentum)).float()
            rows, columns = update.shape[-2:]
            weight = torch.cat([p.view(-1, rows, columns) for p in group])
            weight.sub_(update, alpha=rate * max(1, rows / columns) ** 0.5)
            rms = weight.square().mean((-2, -1), keepdim=True).sqrt()
            weight.mul_((self.cap / columns ** 0.5 / rms).clamp(max=1))
            at = 0
            for p in group:
                n = p.numel() // (rows * columns)
                p.copy_(weight[at:at + n].view_as(p))
                at += n


def rate_at(progress: float, step: int, warm: int, decay: float) -> float:
    """Warm-up, constant, linear decay over the last part of the time."""
    return min(1.0, (step + 1) / warm) * min(1.0, max(0.0, (1 - progress) / decay))


def look_inside(model: Demo, rows, documents) -> str:
    """Largest attention logit and the residual's rms after each layer, on one row of a batch."""
    with torch.no_grad():
        attend, probe = PlainAttend(model.shape, documents[:1]), []
        model.hidden(rows[:1], attend, probe)
    return f"attention logit {attend.largest:.1f}, residual {probe[0]:.2f} -> {probe[-1]:.2f}"


def train(options, shape: Shape, device: str) -> Demo:
    """The whole run."""
    torch.manual_seed(options.seed)
    torch.set_float32_matmul_precision("high")
    begin = time.time()
    queue = batches.start(HERE.parent / "tokenizer.json", options.seed, options.batch, options.workers)
    model = Demo(shape, torch.bfloat16)
    if options.resume:
        model.load_state_dict(pack.unpacked(options.resume, shape).state_dict())
    model = model.to(device)
    on_gpu = device == "cuda"
    attend = FlexAttend(shape, options.batch, batches.LENGTH, device) if on_gpu else None
    matrices = [p for name, p in model.named_parameters() if name.split(".")[-1] in MATRICES]
    muon = Muon(matrices, 1.5, on_gpu)
    small = [p for name, p in model.named_parameters() if name != "embedding" and name.split(".")[-1] not in MATRICES]
    adam = torch.optim.AdamW([{"params": [model.embedding], "peak": options.row_rate}, {"params": small, "peak": 2e-3}],
                             betas=(0.9, 0.95), weight_decay=0.0, fused=on_gpu)

    def loss_of(rows, places, targets, masks):
        return model.loss(rows, attend.using(masks) if on_gpu else PlainAttend(shape, masks), places, targets)

    compute = torch.compile(loss_of, dynamic=False) if on_gpu else loss_of
    step, first, seen = 0, None, 0
    end = begin + options.minutes * 60
    while time.time() < end:
        rows, documents, places, targets = (torch.from_numpy(a).to(device, non_blocking=True) for a in queue.get())
        rows, targets, places = rows.int(), targets.long(), places.int()
        masks = attend.set_documents(documents.int()) if on_gpu else documents.int()
        loss, balance, hit = compute(rows, places, targets, masks)
        (loss + options.balance * balance).backward()
        first = first or time.time()
        progress = min(1.0, (time.time() - first) / (end - first))
        rate = options.scale * rate_at(progress, step, options.warm, options.decay)
        torch.nn.utils.clip_grad_norm_([model.embedding, *small], 1.0)
        for group in adam.param_groups:
            group["lr"] = group["peak"] * rate
        adam.step()
        muon.step(options.rate * rate, 0.85 + 0.1 * min(1.0, step / 300))
        model.zero_grad(set_to_none=True)
        step, seen = step + 1, seen + rows.numel()
        if step % options.log == 0 or step in (1, 2, 5, 10, 20):
            value = loss.item()
            now = time.time()
            inside = look_inside(model, rows, documents) if step % (10 * options.log) == 0 else ""
            print(f"step {step} {now - begin:.0f}s loss {value:.4f} right {hit.item():.4f} balance {balance.item():.3f} rate {rate:.3f} "
                  f"tokens {seen / 1e6:.1f}M queue {queue.qsize()} {inside}", flush=True)
            if not value < (2.5 if step >= 600 else 20):
                raise SystemExit("the loss does not fall")
    print(f"trained {step} steps, {seen / 1e6:.1f} M tokens, {time.time() - begin:.0f} s, last loss {loss.item():.4f}", flush=True)
    return model


def main() -> None:
    parse = argparse.ArgumentParser()
    parse.add_argument("--minutes", type=float, default=8)
    parse.add_argument("--out", type=Path, required=True)
    parse.add_argument("--resume", type=Path)
    parse.add_argument("--workers", type=int, default=12)
    parse.add_argument("--batch", type=int, default=32)
    parse.add_argument("--rate", type=float, default=0.007, help="of Muon")
    parse.add_argument("--row-rate", type=float, default=1e-2, help="of the embedding rows")
    parse.add_argument("--scale", type=float, default=1.0, help="of all rates")
    parse.add_argument("--balance", type=float, default=0.01)
    parse.add_argument("--warm", type=int, default=200)
    parse.add_argument("--decay", type=float, default=0.6)
    parse.add_argument("--log", type=int, default=50)
    parse.add_argument("--seed", type=int, default=1)
    parse.add_argument("--judge", type=int, default=40, help="generated held-out prompts a skill")
    parse.add_argument("--tiny", action="store_true")
    options = parse.parse_args()
    shape = Shape()
    if options.tiny:
        shape = Shape(hidden=64, layers=2, heads=2, kv_heads=1, experts=2, intermediate=64)
        options.batch, options.workers, options.log, options.judge = 1, 1, 1, 1
    device = "cuda" if torch.cuda.is_available() and not options.tiny else "cpu"
    model = train(options, shape, device)
    pack.write(model, options.out)
    print(pack.bytes_of(options.out / "demo.safetensors"), flush=True)
    begin = time.time()
    exact = pack.unpacked(options.out / "demo.safetensors", shape).to(device)
    encoding = t.load(HERE.parent / "tokenizer.json")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.set_float32_matmul_precision("highest")
    records = judge.held_out(batches.pieces(encoding), options.judge)
    committed = HERE.parent / "eval.jsonl"
    if committed.exists() and not options.tiny:
        records += [r | {"skill": "eval:" + r["skill"]} for r in map(json.loads, committed.read_text().splitlines()) if r]
    results = judge.judge(exact, encoding, records, 24 if options.tiny else 320)
    with open(options.out / "misses.jsonl", "w") as file:
        for record, passed, messages in results:
            if not passed:
                file.write(json.dumps({"id": record["id"], "skill": record["skill"], "asked": record["messages"][-1]["content"], "check": record["check"],
                                       "said": messages}, ensure_ascii=False) + "\n")
    print(judge.table(results))
    print(f"judged in {time.time() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main()
