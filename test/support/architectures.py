"""Writes tiny random checkpoints of each architecture with what transformers computes for them; exit code 3 without it.

usage: architectures.py OUTDIR [--seed N]
Each OUTDIR/NAME is a checkpoint folder with reference.safetensors beside its weights.
"""
import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
try:
    import torch
    import transformers
    from safetensors.torch import save_file
    from transformers import AutoModelForCausalLM, LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config
except ImportError:
    sys.exit(3)

transformers.utils.logging.disable_progress_bar()
OUT = sys.argv[1]
SEED = int(sys.argv[sys.argv.index("--seed") + 1]) if "--seed" in sys.argv else 0
ROWS, LENGTH, DRAWN, VOCABULARY = 2, 24, 64, 96
SIZES = dict(vocab_size=VOCABULARY, hidden_size=32, intermediate_size=56, num_hidden_layers=3, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=256, initializer_range=0.12, bos_token_id=None,
             eos_token_id=1, pad_token_id=0)
LLAMA3 = dict(rope_type="llama3", rope_theta=5e5, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=32)
YARN = dict(rope_type="yarn", rope_theta=1e4, factor=4.0, original_max_position_embeddings=64)

# name: configuration, element type of the weights, largest shard, whether config.json is put into transformers 4's words
CASES = {
    "qwen2": (Qwen2Config(**SIZES, tie_word_embeddings=True, rope_parameters=dict(rope_type="default", rope_theta=1e6)),
              torch.float32, "5GB", False),
    "qwen2-window": (Qwen2Config(**SIZES, use_sliding_window=True, sliding_window=7, max_window_layers=1),
                     torch.float32, "5GB", True),
    "qwen2-yarn": (Qwen2Config(**SIZES, rope_parameters=YARN), torch.bfloat16, "5GB", True),
    "qwen3": (Qwen3Config(**SIZES, head_dim=12, tie_word_embeddings=True), torch.float32, "5GB", False),
    "qwen3-bias": (Qwen3Config(**SIZES, head_dim=16, attention_bias=True), torch.float32, "20KB", True),
    "llama": (LlamaConfig(**{**SIZES, "num_key_value_heads": 4}), torch.float32, "5GB", True),
    "llama-bias": (LlamaConfig(**SIZES, attention_bias=True, mlp_bias=True), torch.float32, "5GB", False),
    "llama-linear": (LlamaConfig(**SIZES, rope_parameters=dict(rope_type="linear", rope_theta=1e5, factor=4.0)),
                     torch.float32, "5GB", True),
    "llama-3": (LlamaConfig(**SIZES, rope_parameters=LLAMA3, tie_word_embeddings=True), torch.bfloat16, "20KB", False),
    "llama-yarn": (LlamaConfig(**SIZES, rope_parameters=YARN), torch.float32, "5GB", False),
    "mistral": (MistralConfig(**SIZES, sliding_window=9, head_dim=16), torch.float16, "20KB", False),
    "mistral-full": (MistralConfig(**SIZES, sliding_window=None), torch.float32, "5GB", True),
}


def in_old_words(folder):
    """Rewrites config.json as transformers 4 wrote it."""
    path = os.path.join(folder, "config.json")
    config = json.load(open(path))
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    rope["type"] = rope.pop("rope_type")
    config["rope_scaling"] = None if rope["type"] == "default" else rope
    config["torch_dtype"] = config.pop("dtype")
    config.pop("layer_types", None)
    json.dump(config, open(path, "w"), indent=2)


def write(name, number, config, dtype, shard, old):
    folder = os.path.join(OUT, name)
    torch.manual_seed(1000 * SEED + number)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            # Fresh biases are 0 and norms 1, which would hide a mistake in either.
            if parameter.ndim == 1:
                parameter.add_(0.1 * torch.randn_like(parameter))
    model.to(dtype).save_pretrained(folder, max_shard_size=shard)
    if old:
        in_old_words(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa").eval()
    ids = torch.randint(2, VOCABULARY, (ROWS, LENGTH))
    out = model(ids, output_hidden_states=True)
    chosen = torch.log_softmax(out.logits[:, :-1], -1).gather(2, ids[:, 1:, None]).squeeze(2)
    chosen.mean().neg().backward()
    reference = {"ids": ids, "logits": out.logits, "logps": chosen}
    # The last entry is normed, as `hidden` returns it; those before are what each layer is given.
    for at, states in enumerate(out.hidden_states):
        reference[f"hidden/{at}"] = states
    for key, parameter in model.named_parameters():
        reference[f"grad/{key}"] = parameter.grad
    with torch.no_grad():
        model.generation_config.eos_token_id = None
        reference["greedy"] = model.generate(ids[:1], max_new_tokens=DRAWN, min_new_tokens=DRAWN, do_sample=False)
        if dtype != torch.float32:
            half = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="sdpa").eval()
            reference["half_logits"] = half(ids).logits.float()
    save_file({key: value.detach().contiguous() for key, value in reference.items()},
              os.path.join(folder, "reference.safetensors"))


for number, (name, case) in enumerate(CASES.items()):
    write(name, number, *case)
print(json.dumps({"names": list(CASES), "versions": {"torch": torch.__version__,
                                                     "transformers": transformers.__version__}}))
