"""Writes tiny random models with LoRA adapters and what PEFT computes with them; exit code 3 without it.

usage: adapters.py OUTDIR [--seed N]
       adapters.py --apply BASE ADAPTER ...   prints the logits of each pair, a line of JSON each
"""
import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
try:
    import peft
    import torch
    import transformers
    from peft import LoraConfig, PeftModel, get_peft_model
    from safetensors.torch import save_file
except ImportError:
    sys.exit(3)

transformers.utils.logging.disable_progress_bar()
SIZES = dict(vocab_size=80, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
             max_position_embeddings=64, initializer_range=0.12)
DECODER = dict(**SIZES, num_key_value_heads=2, bos_token_id=None, eos_token_id=1, pad_token_id=0)
QWEN2 = transformers.Qwen2Config(**DECODER, tie_word_embeddings=True)
LLAMA = transformers.LlamaConfig(**DECODER)
ROBERTA = transformers.RobertaConfig(**SIZES, id2label={0: "a", 1: "b", 2: "c"}, label2id={"a": 0, "b": 1, "c": 2})
CASES = {
    "lora-all-linear": (QWEN2, dict(r=4, lora_alpha=8, target_modules="all-linear")),
    "lora-patterns": (QWEN2, dict(r=4, lora_alpha=8, target_modules=["q_proj", "down_proj"], layers_to_transform=[0, 2],
                                  rank_pattern={"down_proj": 7, r"layers\.2\.self_attn\.q_proj": 2},
                                  alpha_pattern={"q_proj": 3})),
    "lora-rslora-saved": (LLAMA, dict(r=6, lora_alpha=5, use_rslora=True, target_modules=r".*\.(k|v|up)_proj",
                                      modules_to_save=["lm_head", "norm"])),
    "lora-head": (LLAMA, dict(r=3, lora_alpha=3, target_modules=["lm_head", "o_proj"], exclude_modules=["layers.1.self_attn.o_proj"])),
    "lora-classifier": (ROBERTA, dict(r=4, lora_alpha=16, target_modules=["query", "value"], task_type="SEQ_CLS")),
}


def kind(config):
    if config.model_type == "roberta":
        return transformers.AutoModelForSequenceClassification
    return transformers.AutoModelForCausalLM


def fixed_ids():
    return torch.tensor([[(i * 37 + 5) % 77 + 2 for i in range(24)]])


def apply(base, adapter):
    model = kind(transformers.AutoConfig.from_pretrained(base)).from_pretrained(base, dtype=torch.float32)
    with torch.no_grad():
        return PeftModel.from_pretrained(model, adapter).eval()(fixed_ids()).logits.flatten().tolist()


def write(folder, number, config, settings):
    torch.manual_seed(number)
    base = kind(config).from_config(config)
    base.save_pretrained(os.path.join(folder, "base"))
    model = get_peft_model(base, LoraConfig(**{"task_type": "CAUSAL_LM", **settings})).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # A fresh adapter changes nothing; a trained one does.
            if parameter.requires_grad:
                parameter.add_(0.05 * torch.randn_like(parameter))
    model.save_pretrained(os.path.join(folder, "adapter"))
    logits = model(fixed_ids()).logits
    logits.pow(2).mean().backward()
    reference = {"logits": logits}
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            reference[f"grad/{name.replace('modules_to_save.default.', '').replace('.default.', '.')}"] = parameter.grad
    with torch.no_grad(), model.disable_adapter():
        reference["base"] = model(fixed_ids()).logits
    save_file({key: value.detach().contiguous() for key, value in reference.items()},
              os.path.join(folder, "reference.safetensors"))


if sys.argv[1] == "--apply":
    for pair in zip(sys.argv[2::2], sys.argv[3::2], strict=True):
        print(json.dumps(apply(*pair)))
else:
    seed = int(sys.argv[sys.argv.index("--seed") + 1]) if "--seed" in sys.argv else 0
    for number, (name, case) in enumerate(CASES.items()):
        write(os.path.join(sys.argv[1], name), 1000 * seed + 700 + number, *case)
    print(json.dumps({"names": list(CASES), "versions": {"peft": peft.__version__}}))
