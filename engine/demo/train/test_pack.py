"""The packed file in transformers, the cached generation, and the judge on the right answers."""

from pathlib import Path

import pytest
import torch

from . import batches, harmony, judge, pack
from . import tokenizer as t
from .data import mix
from .data.base import Draw
from .model import Demo, PlainAttend, Shape, generate

HERE = Path(__file__).parent
SMALL = Shape(hidden=64, layers=4, heads=4, kv_heads=2, head_dim=64, experts=4, top=2, intermediate=64)


def small_model(tmp_path):
    torch.manual_seed(3)
    model = Demo(SMALL)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.05 * torch.randn_like(p))
    pack.write(model, tmp_path)
    return pack.unpacked(tmp_path / "demo.safetensors", SMALL)


def transformers_model(model: Demo):
    """The same weights in GptOssForCausalLM, f32, eager."""
    from transformers import GptOssConfig, GptOssForCausalLM
    made = pack.config(model.shape)
    made.pop("quantization_config")
    theirs = GptOssForCausalLM(GptOssConfig(**made, attn_implementation="eager")).float().eval()
    table = model.embedding[-1].repeat(t.VOCABULARY, 1)
    table[t.KEPT] = model.embedding[:-1]
    state = {"model.embed_tokens.weight": table, "lm_head.weight": table, "model.norm.weight": model.final_norm}
    for n, layer in enumerate(model.layers):
        base = f"model.layers.{n}."
        state |= {base + name: getattr(layer, ours) for ours, name in pack.PLAIN.items()}
        state[base + "mlp.experts.gate_up_proj"] = pack.interleave(layer.gate, layer.up).mT
        state[base + "mlp.experts.gate_up_proj_bias"] = pack.interleave(layer.gate_bias, layer.up_bias)
        state[base + "mlp.experts.down_proj"] = layer.down.mT
    theirs.load_state_dict({name: tensor.detach() for name, tensor in state.items()})
    return theirs


def test_logits_agree_with_transformers(tmp_path):
    pytest.importorskip("transformers")
    model = small_model(tmp_path)
    rows = torch.randint(0, len(t.KEPT), (1, 300))
    with torch.no_grad():
        hidden, _ = model.hidden(rows, PlainAttend(SMALL, torch.zeros_like(rows)))
        ours = model.logits(hidden)[0, :, :-1]
        theirs = transformers_model(model)(torch.tensor(t.KEPT)[rows]).logits[0][:, t.KEPT]
    assert (ours - theirs).norm() / theirs.norm() < 1e-4


def test_generation_with_a_cache_is_the_plain_forward(tmp_path):
    model = small_model(tmp_path)
    prompts = [list(range(5, 160)), list(range(40, 60))]
    made = generate(model, prompts, 12, set())
    for prompt, completion in zip(prompts, made):
        rows = torch.tensor([prompt + completion])
        with torch.no_grad():
            hidden, _ = model.hidden(rows, PlainAttend(SMALL, torch.zeros_like(rows)))
            best = model.logits(hidden)[0].argmax(-1)
        assert best[len(prompt) - 1:-1].tolist() == completion


def test_mxfp4_round_is_what_is_packed():
    from .model import mxfp4_round
    weight = torch.randn(3, 64, 96)
    assert torch.equal(mxfp4_round(weight), pack.unpack_mxfp4(*pack.mxfp4(weight)))


@pytest.mark.parametrize("maker", mix.MAKERS, ids=lambda maker: maker.__name__)
def test_the_right_answer_passes_and_another_does_not(maker):
    encoding = t.load(HERE.parent / "tokenizer.json")
    renderer, pieces = harmony.Renderer(encoding), batches.pieces(encoding)
    for seed in range(40):
        messages, made = mix.dialogue(Draw(seed, pieces, unseen=seed % 2 == 0), maker)
        assert "{date}" not in str(messages) + str(made.check)
        whole, _ = renderer.training(messages, False, True)
        prompt = renderer.prompt(judge.prompt_of(messages), trained_form=True)
        assert whole[:len(prompt)] == prompt
        said = judge.said(encoding, whole[len(prompt):])
        assert judge.right(made.check, said), (made.check, said)
        said[-1]["text"] += "x"
        assert not judge.right(made.check, said)


def test_batches_train_what_the_assistant_says():
    packer = batches.Packer(HERE.parent / "tokenizer.json", 7, 2)
    rows, documents, places, targets = packer.make()
    used = targets >= 0
    flat = rows.reshape(-1)
    assert (flat[places[used] + 1] == targets[used]).all()
    assert 0.1 < used.sum() / flat.size < 0.36
    assert (documents >= 0).mean() > 0.8


def test_the_shipped_model_says_the_same_in_transformers():
    """Greedy tokens of the shipped file: transformers in f32 over the whole vocabulary, against the packed model."""
    pytest.importorskip("transformers")
    encoding = t.load(HERE.parent / "tokenizer.json")
    renderer, rows = harmony.Renderer(encoding), batches.row_of_id()
    model = pack.unpacked(HERE.parent / "demo.safetensors", Shape())
    theirs = transformers_model(model)
    for text in ("Hi", "Reverse these words: tin bell moon"):
        prompt = renderer.prompt([harmony.system("medium", "2026-11-22"), harmony.user(text)])
        ours = generate(model, [rows[prompt].tolist()], 120, {int(rows[t.RETURN])})[0]
        made = theirs.generate(torch.tensor([prompt]), max_new_tokens=120, do_sample=False, eos_token_id=[t.RETURN], pad_token_id=199999)
        assert made[0, len(prompt):].tolist() == [t.KEPT[row] for row in ours]
        assert ours[-1] == int(rows[t.RETURN])
