"""Random checkpoints and the logits that transformers computes for them, in fp32 with eager attention and eager experts.

    python engine/oracle/make.py tests-data/oracle              # the small goldens that `cargo test` checks; committed
    python engine/oracle/make.py --full DIR                     # real widths, not committed
    python engine/oracle/compare.py DIR --binary gpt-oss        # runs `gpt-oss logits` on them and prints the errors

Every parameter is random, biases and sinks too. Dense weights are rounded to bf16 and experts to MXFP4 *before* transformers sees
them, so both sides compute with the same numbers. Needs torch, transformers, safetensors and numpy; nothing is downloaded.
"""

import argparse
import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import GptOssConfig, GptOssForCausalLM

SLIDING, FULL = "sliding_attention", "full_attention"
CODES = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6])


def config(layers, hidden, heads, kv_heads, head_dim, experts, top_k, intermediate, vocabulary, window=128, tied=False,
           truncate=False):
    """config.json in the published form."""
    if isinstance(layers, int):
        layers = [SLIDING, FULL] * (layers // 2)
    return {
        "architectures": ["GptOssForCausalLM"],
        "model_type": "gpt_oss",
        "num_hidden_layers": len(layers),
        "layer_types": layers,
        "hidden_size": hidden,
        "intermediate_size": intermediate,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "head_dim": head_dim,
        "num_local_experts": experts,
        "num_experts_per_tok": top_k,
        "vocab_size": vocabulary,
        "tie_word_embeddings": tied,
        "sliding_window": window,
        "max_position_embeddings": 131072,
        "initial_context_length": 4096,
        "rope_theta": 150000,
        "rope_scaling": {"rope_type": "yarn", "factor": 32.0, "beta_fast": 32.0, "beta_slow": 1.0,
                         "original_max_position_embeddings": 4096, "truncate": truncate},
        "rms_norm_eps": 1e-05,
        "swiglu_limit": 7.0,
        "hidden_act": "silu",
        "attention_bias": True,
        "attention_dropout": 0.0,
        "eos_token_id": vocabulary - 1,
        "pad_token_id": vocabulary - 2,
    }


# name: (config, tokens, rows of logits that are kept, layout, scale of the expert weights)
SMALL = {
    "experts_128": (config(2, 32, 4, 2, 16, 128, 4, 32, 96), 48, 48, "hugging_face", 1.0),
    "educational": (config(12, 32, 16, 4, 8, 8, 2, 32, 96, tied=True), 200, 40, "hugging_face", 1.0),
    "past_yarn_boundary": (config(2, 32, 2, 1, 16, 4, 2, 32, 64), 4500, 60, "hugging_face", 1.0),
    "odd_heads_and_window": (config([FULL, FULL, SLIDING], 96, 9, 3, 10, 5, 3, 64, 101, window=13, truncate=True), 70, 40,
                             "hugging_face", 4.0),  # large experts: the activation's clamps take part
    "original_layout": (config(4, 64, 8, 2, 16, 4, 2, 32, 96), 150, 30, "original", 1.0),
}
FULL_SIZE = {
    "experts_128": (config(4, 512, 8, 2, 64, 128, 4, 512, 8192), 256, 256, "hugging_face", 1.0),
    "educational": (config(12, 768, 16, 4, 48, 8, 2, 768, 201088, tied=True), 300, 64, "hugging_face", 1.0),
    "past_yarn_boundary": (config(4, 256, 8, 2, 64, 8, 2, 256, 2048), 4500, 500, "hugging_face", 1.0),
    "odd_heads_and_window": (config([FULL, SLIDING, SLIDING, FULL, SLIDING], 352, 15, 5, 34, 7, 3, 416, 3001, window=61,
                                    truncate=True), 400, 400, "hugging_face", 4.0),
    "original_layout": (config(6, 640, 64, 8, 64, 32, 4, 640, 4096), 300, 300, "original", 1.0),
    "wide": (config(2, 2880, 64, 8, 64, 8, 4, 2880, 8192), 200, 200, "hugging_face", 1.0),
}


def quantise(weight):
    """[e, rows, columns] f32 -> (blocks u8, scales u8, the values they stand for)."""
    e, rows, columns = weight.shape
    groups = weight.reshape(e, rows, columns // 32, 32)
    exponent = torch.ceil(torch.log2(groups.abs().amax(-1).clamp(min=1e-30) / 6)).clamp(-126, 126)
    scale = torch.exp2(exponent)
    scaled = groups / scale[..., None]
    codes = torch.bucketize(scaled.abs(), (CODES[:7] + CODES[1:8]) / 2)  # the nearest magnitude
    codes += 8 * ((scaled < 0) & (codes > 0))
    values = (CODES[codes] * scale[..., None]).reshape(e, rows, columns)
    blocks = (codes[..., 0::2] + 16 * codes[..., 1::2]).to(torch.uint8)
    return blocks, (exponent + 127).to(torch.uint8), values


def random_parameters(model, expert_scale, generator):
    """Fills the model; returns the tensors of the checkpoint in the Hugging Face layout."""
    tensors = {}

    def normal(shape, std, mean=0.0):
        return (torch.randn(shape, generator=generator) * std + mean)

    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(("gate_up_proj", "down_proj")):
                # transformers keeps [e, in, out]; checkpoints keep [e, out, in].
                e, inner, outer = parameter.shape
                blocks, scales, values = quantise(normal((e, outer, inner), expert_scale / inner**0.5))
                parameter.copy_(values.transpose(1, 2))
                tensors[name + "_blocks"], tensors[name + "_scales"] = blocks, scales
                continue
            if name.endswith("norm.weight"):
                value = normal(parameter.shape, 0.2, 1.0)
            elif name.endswith(("bias", "sinks")):
                value = normal(parameter.shape, 0.5)
            elif "embed_tokens" in name:
                value = normal(parameter.shape, 1.0)
            else:
                value = normal(parameter.shape, 1.2 / parameter.shape[-1]**0.5)
            value = value.to(torch.bfloat16)
            parameter.copy_(value.float())
            tensors[name] = value
    if model.config.tie_word_embeddings:
        tensors.pop("lm_head.weight", None)
    return tensors


def original(shape, tensors):
    """The same tensors and configuration under the names of `original/`."""
    names = {"model.embed_tokens.weight": "embedding.weight", "model.norm.weight": "norm.scale",
             "lm_head.weight": "unembedding.weight"}
    for n in range(shape["num_hidden_layers"]):
        hf, to = f"model.layers.{n}.", f"block.{n}."
        for kind in ("weight", "bias"):
            parts = [tensors.pop(f"{hf}self_attn.{p}_proj.{kind}") for p in "qkv"]
            tensors[f"{to}attn.qkv.{kind}"] = torch.cat(parts)
            names[f"{hf}self_attn.o_proj.{kind}"] = f"{to}attn.out.{kind}"
            names[f"{hf}mlp.router.{kind}"] = f"{to}mlp.gate.{kind}"
        names[f"{hf}self_attn.sinks"] = f"{to}attn.sinks"
        names[f"{hf}input_layernorm.weight"] = f"{to}attn.norm.scale"
        names[f"{hf}post_attention_layernorm.weight"] = f"{to}mlp.norm.scale"
        for theirs, ours in (("gate_up_proj", "mlp1"), ("down_proj", "mlp2")):
            names[f"{hf}mlp.experts.{theirs}_blocks"] = f"{to}mlp.{ours}_weight.blocks"
            names[f"{hf}mlp.experts.{theirs}_scales"] = f"{to}mlp.{ours}_weight.scales"
            names[f"{hf}mlp.experts.{theirs}_bias"] = f"{to}mlp.{ours}_bias"
    keys = ("num_hidden_layers", "vocab_size", "hidden_size", "intermediate_size", "swiglu_limit", "head_dim",
            "num_attention_heads", "num_key_value_heads", "sliding_window", "initial_context_length", "rope_theta")
    written = {key: shape[key] for key in keys}
    written |= {"num_experts": shape["num_local_experts"], "experts_per_token": shape["num_experts_per_tok"],
                "rope_scaling_factor": 32.0, "rope_ntk_alpha": 1, "rope_ntk_beta": 32}
    return written, {names.get(name, name): tensor for name, tensor in tensors.items()}


def make(folder, name, case, seed):
    shape, count, kept, layout, expert_scale = case
    generator = torch.Generator().manual_seed(seed)
    settings = GptOssConfig(**{k: v for k, v in shape.items() if k not in ("architectures", "model_type")})
    settings._attn_implementation = "eager"
    settings._experts_implementation = "eager"
    model = GptOssForCausalLM(settings).float().eval()
    assert model.config._attn_implementation == "eager" and model.config._experts_implementation == "eager"
    tensors = random_parameters(model, expert_scale, generator)
    tokens = torch.randint(0, shape["vocab_size"], (1, count), generator=generator)
    with torch.no_grad():
        logits = model(tokens, use_cache=False).logits[0]
    # The last rows and, evenly, some before.
    rows = torch.unique(torch.cat([torch.linspace(0, count - 1, kept // 2).long(), torch.arange(count - kept // 2, count)]))
    top = logits[rows].topk(2, -1).values
    print(f"{name}: logits in {logits.min():.2f}..{logits.max():.2f}, closest first two {(top[:, 0] - top[:, 1]).min():.2e}")

    to = folder / name
    to.mkdir(parents=True, exist_ok=True)
    written = shape | {"quantization_config": {"quant_method": "mxfp4"}}
    if layout == "original":
        written, tensors = original(shape, tensors)
    (to / "config.json").write_text(json.dumps(written, indent=2) + "\n")
    (to / "tokens.json").write_text(json.dumps(tokens[0].tolist()) + "\n")
    save_file({k: v.contiguous() for k, v in tensors.items()}, to / "model.safetensors")
    # Not named *.safetensors: a checkpoint's folder holds only its own.
    save_file({"rows": rows.to(torch.int32), "logits": logits[rows].contiguous()}, to / "expected.logits")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--full", action="store_true", help="real widths")
    parser.add_argument("--only", help="one shape by name")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    for seed, (name, case) in enumerate((FULL_SIZE if arguments.full else SMALL).items()):
        if arguments.only in (None, name):
            make(arguments.folder, name, case, seed)


if __name__ == "__main__":
    main()
