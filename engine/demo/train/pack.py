"""The trained model as engine/demo/demo.safetensors, and back.

Hugging Face names and shapes; experts in MXFP4, all else bf16. The embedding is `model.embed_tokens.rows` [n + 1, h] with
`model.embed_tokens.ids` u32 [n]: row r belongs to id ids[r], and every other id has the last row. The unembedding is tied to it.
"""

import json
import math
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from . import tokenizer as t
from .model import Demo, Shape, mxfp4_codes

LUT = torch.tensor([0, .5, 1, 1.5, 2, 3, 4, 6, -0.0, -.5, -1, -1.5, -2, -3, -4, -6])
PLAIN = {  # ours → Hugging Face
    "q": "self_attn.q_proj.weight", "q_bias": "self_attn.q_proj.bias", "k": "self_attn.k_proj.weight", "k_bias": "self_attn.k_proj.bias",
    "v": "self_attn.v_proj.weight", "v_bias": "self_attn.v_proj.bias", "o": "self_attn.o_proj.weight", "o_bias": "self_attn.o_proj.bias",
    "sinks": "self_attn.sinks", "router": "mlp.router.weight", "router_bias": "mlp.router.bias", "down_bias": "mlp.experts.down_proj_bias",
    "attention_norm": "input_layernorm.weight", "mlp_norm": "post_attention_layernorm.weight",
}


def mxfp4(weight: Tensor) -> tuple[Tensor, Tensor]:
    """[.., out, in] → blocks u8 [.., out, in/32, 16] (low nibble first) and scales u8 [.., out, in/32]."""
    codes, exponent = mxfp4_codes(weight)
    blocks = codes[..., 0::2] | codes[..., 1::2] << 4
    return blocks.to(torch.uint8), (exponent + 127).to(torch.uint8)


def unpack_mxfp4(blocks: Tensor, scales: Tensor) -> Tensor:
    """The values of `mxfp4`, f32 [.., out, in]."""
    codes = torch.stack([blocks & 15, blocks >> 4], -1).flatten(-2).long()
    return (LUT.to(blocks.device)[codes] * torch.exp2(scales.float() - 127)[..., None]).flatten(-2)


def interleave(gate: Tensor, up: Tensor) -> Tensor:
    """Rows gate 0, up 0, gate 1, up 1, … of [E, i, ..]."""
    return torch.stack([gate, up], 2).flatten(1, 2)


def packed(model: Demo) -> dict[str, Tensor]:
    """The tensors of the file."""
    out = {"model.norm.weight": model.final_norm.bfloat16(), "model.embed_tokens.rows": model.embedding.bfloat16(),
           "model.embed_tokens.ids": torch.tensor(t.KEPT).to(torch.uint32)}
    for n, layer in enumerate(model.layers):
        base = f"model.layers.{n}."
        for ours, theirs in PLAIN.items():
            out[base + theirs] = getattr(layer, ours).bfloat16()
        experts = base + "mlp.experts."
        out[experts + "gate_up_proj_bias"] = interleave(layer.gate_bias, layer.up_bias).bfloat16()
        for name, weight in (("gate_up_proj", interleave(layer.gate, layer.up)), ("down_proj", layer.down)):
            out[f"{experts}{name}_blocks"], out[f"{experts}{name}_scales"] = mxfp4(weight)
    return {name: tensor.detach().cpu().contiguous() for name, tensor in out.items()}


def unpacked(path: Path, shape: Shape) -> Demo:
    """The model of a packed file, with exactly its values, computing in f32."""
    tensors = load_file(path)
    model = Demo(shape, compute=torch.float32)
    model.quantise = False
    with torch.no_grad():
        model.embedding.copy_(tensors["model.embed_tokens.rows"])
        model.final_norm.copy_(tensors["model.norm.weight"])
        for n, layer in enumerate(model.layers):
            base = f"model.layers.{n}."
            for ours, theirs in PLAIN.items():
                getattr(layer, ours).copy_(tensors[base + theirs])
            experts = base + "mlp.experts."
            both = unpack_mxfp4(tensors[experts + "gate_up_proj_blocks"], tensors[experts + "gate_up_proj_scales"])
            layer.gate.copy_(both[:, 0::2])
            layer.up.copy_(both[:, 1::2])
            bias = tensors[experts + "gate_up_proj_bias"]
            layer.gate_bias.copy_(bias[:, 0::2])
            layer.up_bias.copy_(bias[:, 1::2])
            layer.down.copy_(unpack_mxfp4(tensors[experts + "down_proj_blocks"], tensors[experts + "down_proj_scales"]))
    return model


def config(s: Shape) -> dict:
    """config.json in the Hugging Face form."""
    return {
        "architectures": ["GptOssForCausalLM"], "model_type": "gpt_oss", "attention_bias": True, "attention_dropout": 0.0,
        "eos_token_id": t.RETURN, "pad_token_id": t.SPECIALS["<|endoftext|>"], "experts_per_token": s.top, "num_experts_per_tok": s.top,
        "head_dim": s.head_dim, "hidden_act": "silu", "hidden_size": s.hidden, "initial_context_length": 4096, "initializer_range": 0.02,
        "intermediate_size": s.intermediate, "layer_types": ["sliding_attention", "full_attention"] * (s.layers // 2),
        "max_position_embeddings": 131072, "num_attention_heads": s.heads, "num_hidden_layers": s.layers, "num_key_value_heads": s.kv_heads,
        "num_local_experts": s.experts, "output_router_logits": False, "rms_norm_eps": s.eps, "rope_theta": int(s.theta),
        "rope_scaling": {**s.yarn, "rope_type": "yarn", "truncate": False}, "router_aux_loss_coef": 0.01, "sliding_window": s.window,
        "swiglu_limit": s.limit, "tie_word_embeddings": True, "use_cache": True, "vocab_size": t.VOCABULARY,
        "quantization_config": {"quant_method": "mxfp4", "modules_to_not_convert": [
            "model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"]},
    }


GENERATION = {"bos_token_id": 199998, "do_sample": False, "temperature": 0.0, "eos_token_id": [t.RETURN, 199999, t.CALL], "pad_token_id": 199999}


def write(model: Demo, folder: Path) -> None:
    """demo.safetensors, config.json, generation_config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(packed(model), folder / "demo.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config(model.shape), indent=2) + "\n")
    (folder / "generation_config.json").write_text(json.dumps(GENERATION, indent=2) + "\n")


def bytes_of(path: Path) -> str:
    """For the log."""
    size = path.stat().st_size
    return f"{size} bytes ({size / 2**20:.1f} MiB, {math.ceil(size / (15 * 2**20))} parts of 15 MiB)"
