"""The gpt-oss architecture for training: f32 masters, bf16 products, experts rounded to MXFP4 with a straight-through gradient.

Shapes: B rows, S positions, T = B·S tokens, h hidden, E experts, i intermediate, H query heads, G KV heads, d head width.
Formulas: the gpt-oss model card and reference code; `test_pack.py` compares with transformers' GptOssForCausalLM.
"""

import math
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .tokenizer import KEPT, VOCABULARY


@dataclass(frozen=True)
class Shape:
    """Extents and constants of the model."""

    hidden: int = 384
    layers: int = 8
    heads: int = 8
    kv_heads: int = 2
    head_dim: int = 64
    experts: int = 8
    top: int = 2
    intermediate: int = 384
    window: int = 128
    limit: float = 7.0
    eps: float = 1e-5
    theta: float = 150_000.0
    yarn: dict = field(default_factory=lambda: {
        "beta_fast": 32.0, "beta_slow": 1.0, "factor": 32.0, "original_max_position_embeddings": 4096})

    @property
    def rows(self) -> int:
        """Rows of the embedding: the kept ids and the one that all other ids share."""
        return len(KEPT) + 1


def rope_tables(shape: Shape, length: int, device) -> tuple[Tensor, Tensor]:
    """cos and sin [length, d/2] of YaRN with unrounded bounds, times its concentration."""
    d, y = shape.head_dim, shape.yarn
    frequency = shape.theta ** (torch.arange(0, d, 2, dtype=torch.float64) / d)

    def bound(rotations: float) -> float:
        return d * math.log(y["original_max_position_embeddings"] / (rotations * 2 * math.pi)) / (2 * math.log(shape.theta))

    low, high = bound(y["beta_fast"]), bound(y["beta_slow"])
    ramp = ((torch.arange(d // 2, dtype=torch.float64) - low) / (high - low)).clamp(0, 1)
    inverse = ramp / (y["factor"] * frequency) + (1 - ramp) / frequency
    angle = torch.arange(length, dtype=torch.float64)[:, None] * inverse
    concentration = 0.1 * math.log(y["factor"]) + 1
    return (angle.cos() * concentration).float().to(device), (angle.sin() * concentration).float().to(device)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """RoPE by halves; x [B, heads, S, d], tables [S, d/2]."""
    a, b = x.float().chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1).to(x.dtype)


def mxfp4_codes(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Index into (0, .5, 1, 1.5, 2, 3, 4, 6) with sign bit 8, and the exponent of each block of 32 along the last axis.

    The exponent is ceil(log2(max / 6)), so nothing is clipped.
    """
    blocks = weight.float().unflatten(-1, (-1, 32))
    largest = blocks.abs().amax(-1).clamp_min(2.0 ** -100)
    exponent = torch.ceil(torch.log2(largest / 6.0))
    scaled = blocks * torch.exp2(-exponent)[..., None]
    bounds = torch.tensor([0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5.0], device=weight.device)
    index = torch.bucketize(scaled.abs(), bounds)
    return index + 8 * (scaled < 0), exponent


def mxfp4_round(weight: Tensor) -> Tensor:
    """The value that the packed weight has; the gradient passes straight through."""
    with torch.no_grad():
        blocks = weight.unflatten(-1, (-1, 32))
        largest = blocks.abs().amax(-1, keepdim=True).clamp_min(2.0 ** -100)
        scale = torch.exp2(torch.ceil(torch.log2(largest / 6.0)))
        x = (blocks / scale).abs()
        step = torch.where(x < 2, 0.5, torch.where(x < 4, 1.0, 2.0))
        # Ties go up, as `bucketize` with right=False sends a value on its bound down: use the same rule by rounding half down.
        rounded = torch.ceil(x / step - 0.5) * step
        value = (torch.copysign(rounded, blocks) * scale).flatten(-2)
    return weight + (value - weight).detach()


class Layer(nn.Module):
    """Attention and experts of one layer."""

    def __init__(self, s: Shape):
        super().__init__()
        q, k = s.heads * s.head_dim, s.kv_heads * s.head_dim

        def matrix(*extents: int, gain: float = 1.0) -> nn.Parameter:
            return nn.Parameter(torch.randn(*extents) * gain / math.sqrt(extents[-1]))

        self.q, self.k, self.v = matrix(q, s.hidden), matrix(k, s.hidden), matrix(k, s.hidden)
        self.o = matrix(s.hidden, q, gain=0.3)
        self.gate, self.up = (matrix(s.experts, s.intermediate, s.hidden) for _ in range(2))
        self.down = matrix(s.experts, s.hidden, s.intermediate, gain=0.3)
        self.router = matrix(s.experts, s.hidden)
        zeros = {"q_bias": (q,), "k_bias": (k,), "v_bias": (k,), "o_bias": (s.hidden,), "sinks": (s.heads,),
                 "gate_bias": (s.experts, s.intermediate), "up_bias": (s.experts, s.intermediate),
                 "down_bias": (s.experts, s.hidden), "router_bias": (s.experts,)}
        for name, extents in zeros.items():
            setattr(self, name, nn.Parameter(torch.zeros(*extents)))
        self.attention_norm = nn.Parameter(torch.ones(s.hidden))
        self.mlp_norm = nn.Parameter(torch.ones(s.hidden))


class Demo(nn.Module):
    """The whole model. `compute` is the dtype of matrix products."""

    def __init__(self, shape: Shape, compute=torch.bfloat16):
        super().__init__()
        self.shape, self.compute = shape, compute
        self.quantise = True
        self.embedding = nn.Parameter(torch.randn(shape.rows, shape.hidden))
        self.final_norm = nn.Parameter(torch.full((shape.hidden,), 0.03))
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))

    def linear(self, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """x [.., in] · weight [out, in] + bias [out]"""
        bias = None if bias is None else bias.to(self.compute)
        return F.linear(x.to(self.compute), weight.to(self.compute), bias)

    def norm(self, x: Tensor, scale: Tensor) -> Tensor:
        """RMSNorm in f32; the scale is rounded to bf16 as it is stored."""
        x = x.float()
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.shape.eps) * scale.bfloat16().float()

    def attention(self, layer: Layer, x: Tensor, at: int, attend) -> Tensor:
        """x [B, S, h] → [B, S, h]. `attend(q, k, v, sinks, layer index)` masks and mixes."""
        s = self.shape
        b, n, _ = x.shape

        def heads(weight: Tensor, bias: Tensor) -> Tensor:
            return self.linear(x, weight, bias).view(b, n, -1, s.head_dim).transpose(1, 2)

        q, k, v = heads(layer.q, layer.q_bias), heads(layer.k, layer.k_bias), heads(layer.v, layer.v_bias)
        mixed = attend(q, k, v, layer.sinks.float(), at)
        return self.linear(mixed.transpose(1, 2).reshape(b, n, -1), layer.o, layer.o_bias)

    def experts(self, layer: Layer, x: Tensor) -> tuple[Tensor, Tensor]:
        """x [T, h] → [T, h] and the balance loss. Every expert is computed; those not chosen have the weight 0."""
        s = self.shape
        scores = F.linear(x.float(), layer.router.bfloat16().float(), layer.router_bias.float())
        best, chosen = scores.topk(s.top, -1)
        weights = torch.zeros_like(scores).scatter(-1, chosen, best.softmax(-1))  # [T, E]
        load = (weights > 0).float().mean(0)
        balance = s.experts / s.top * (load * scores.softmax(-1).mean(0)).sum()
        gate, up, down = layer.gate, layer.up, layer.down
        if self.quantise:
            gate, up, down = mxfp4_round(gate), mxfp4_round(up), mxfp4_round(down)
        g = self.linear(x, gate.flatten(0, 1), layer.gate_bias.flatten()).clamp(max=s.limit)  # [T, E·i]
        u = self.linear(x, up.flatten(0, 1), layer.up_bias.flatten()).clamp(-s.limit, s.limit)
        hidden = g * torch.sigmoid(1.702 * g) * (u + 1)
        hidden = hidden.unflatten(-1, (s.experts, -1)) * weights[..., None].to(hidden.dtype)
        flat = down.permute(1, 0, 2).flatten(1)  # [h, E·i]
        out = self.linear(hidden.flatten(1), flat)
        return out.float() + weights @ layer.down_bias.bfloat16().float(), balance

    def hidden(self, rows: Tensor, attend, probe: list | None = None) -> tuple[Tensor, Tensor]:
        """rows [B, S] → the normalised residual [B, S, h] and the balance loss."""
        x = self.embedding.bfloat16()[rows].float()
        balance = 0.0
        for at, layer in enumerate(self.layers):
            x = x + self.attention(layer, self.norm(x, layer.attention_norm), at, attend).float()
            flat = self.norm(x, layer.mlp_norm).flatten(0, 1)
            out, loss = self.experts(layer, flat)
            x = x + out.view_as(x)
            balance = balance + loss
            if probe is not None:
                probe.append(x.square().mean().sqrt().item())
        return self.norm(x, self.final_norm), balance / len(self.layers)

    def logits(self, hidden: Tensor) -> Tensor:
        """[.., h] → f32 [.., rows]; the last column is the logit of each single id without a row of its own."""
        return self.linear(hidden, self.embedding).float()

    def loss(self, rows: Tensor, attend, places: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Mean cross-entropy at `places` (into the flattened batch; target -1 is none), balance loss, share of right tokens."""
        hidden, balance = self.hidden(rows, attend)
        logits = self.logits(hidden.flatten(0, 1)[places])
        others = torch.zeros(self.shape.rows, device=rows.device)
        others[-1] = math.log(VOCABULARY - len(KEPT))  # the shared row stands for that many ids
        logits = logits + others
        loss = F.cross_entropy(logits, targets, ignore_index=-1)
        right = ((logits.argmax(-1) == targets) & (targets >= 0)).sum() / (targets >= 0).sum()
        return loss, balance, right


def plain_attention(q: Tensor, k: Tensor, v: Tensor, sinks: Tensor, mask: Tensor) -> Tensor:
    """softmax with a sink; q [B, H, S, d], k and v [B, G, K, d], mask [B, 1, S, K] of the visible."""
    group = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
    scores = (q @ k.transpose(-1, -2)).float() / math.sqrt(q.shape[-1])
    scores = scores.masked_fill(~mask, float("-inf"))
    sink = sinks.view(1, -1, 1, 1).expand(*scores.shape[:-1], 1)
    return torch.cat([scores, sink], -1).softmax(-1)[..., :-1].to(v.dtype) @ v


class PlainAttend:
    """Attention with explicit masks: on the CPU, and to look inside. Remembers the largest logit."""

    def __init__(self, shape: Shape, documents: Tensor):
        n = documents.shape[1]
        self.tables = rope_tables(shape, n, documents.device)
        place = torch.arange(n, device=documents.device)
        seen = (place[:, None] >= place) & (documents[:, :, None] == documents[:, None, :])
        near = place[:, None] - place < shape.window
        self.masks = [(seen & near)[:, None], seen[:, None]]
        self.largest = 0.0

    def __call__(self, q, k, v, sinks, at):
        q, k = rotate(q, *self.tables), rotate(k, *self.tables)
        if not torch.is_grad_enabled():
            scores = q @ k.repeat_interleave(q.shape[1] // k.shape[1], 1).transpose(-1, -2) / math.sqrt(q.shape[-1])
            self.largest = max(self.largest, scores.masked_fill(~self.masks[at % 2], 0).abs().max().item())
        return plain_attention(q, k, v, sinks, self.masks[at % 2])


class FlexAttend:
    """Attention through flex_attention's block masks (CUDA). A sink scales the output by sigmoid(logsumexp - sink)."""

    def __init__(self, shape: Shape, batch: int, length: int, device):
        from torch.nn.attention import flex_attention as flex
        self.flex, self.shape = flex, shape
        self.tables = rope_tables(shape, length, device)
        # The masks' rules read this buffer, so that they stay the same functions from step to step.
        self.documents = torch.zeros(batch, length, dtype=torch.int32, device=device)
        documents, window = self.documents, shape.window

        def full(b, h, q, k):
            return (q >= k) & (documents[b, q] == documents[b, k])

        def near(b, h, q, k):
            return (q >= k) & (q - k < window) & (documents[b, q] == documents[b, k])

        self.rules = (near, full)
        self.make = torch.compile(flex.create_block_mask)

    def set_documents(self, documents: Tensor) -> list:
        """documents [B, S]: which dialogue each token belongs to. Gives the masks of sliding and full layers."""
        self.documents.copy_(documents)
        b, n = documents.shape
        return [self.make(rule, b, None, n, n, device=documents.device) for rule in self.rules]

    def using(self, masks: list):
        """The `attend` of a forward pass with these masks."""

        def attend(q, k, v, sinks, at):
            q, k = rotate(q, *self.tables), rotate(k, *self.tables)
            out, total = self.flex.flex_attention(q, k, v, block_mask=masks[at % 2], enable_gqa=True, return_lse=True)
            return out * torch.sigmoid(total - sinks[None, :, None])[..., None].to(out.dtype)

        return attend


class CachedAttend:
    """Attention for generation: keys and values of earlier steps are kept; rows are padded on the left."""

    def __init__(self, shape: Shape, pads: Tensor, capacity: int):
        device = pads.device
        self.shape, self.pads, self.used = shape, pads, 0
        self.tables = rope_tables(shape, capacity, device)
        self.keys, self.values = {}, {}
        self.capacity = capacity

    def __call__(self, q, k, v, sinks, at):
        n = q.shape[2]
        start = self.used
        cos, sin = (table[start:start + n] for table in self.tables)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if at not in self.keys:
            extents = (*k.shape[:2], self.capacity, k.shape[3])
            self.keys[at], self.values[at] = k.new_zeros(extents), v.new_zeros(extents)
        self.keys[at][:, :, start:start + n] = k
        self.values[at][:, :, start:start + n] = v
        end = start + n
        place, keys = torch.arange(start, end, device=q.device), torch.arange(end, device=q.device)
        seen = (place[:, None] >= keys)[None] & (keys[None, None] >= self.pads[:, None, None])
        seen = seen | (place[:, None] == keys)[None]  # a padding position sees itself, so that its softmax is defined
        if at % 2 == 0:
            seen = seen & (place[:, None] - keys < self.shape.window)[None]
        if at == self.shape.layers - 1:
            self.used = end
        return plain_attention(q, self.keys[at][:, :, :end], self.values[at][:, :, :end], sinks, seen[:, None])


@torch.no_grad()
def generate(model: Demo, prompts: list[list[int]], limit: int, stops: set[int]) -> list[list[int]]:
    """Greedy completions of prompts (embedding rows), at most `limit` tokens each, a stop row included."""
    device = model.embedding.device
    longest = max(map(len, prompts))
    pads = torch.tensor([longest - len(p) for p in prompts], device=device)
    rows = torch.tensor([[0] * (longest - len(p)) + p for p in prompts], device=device)
    attend = CachedAttend(model.shape, pads, longest + limit)
    out = [[] for _ in prompts]
    done = [False] * len(prompts)
    for _ in range(limit):
        hidden, _ = model.hidden(rows, attend)
        rows = model.logits(hidden[:, -1]).argmax(-1, keepdim=True)
        for at, row in enumerate(rows[:, 0].tolist()):
            if not done[at]:
                out[at].append(row)
                done[at] = row in stops
        if all(done):
            break
    return out
