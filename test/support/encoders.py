"""Writes tiny random BERT and RoBERTa checkpoints with what transformers computes for them; exit code 3 without it.

usage: encoders.py OUTDIR [--seed N]
"""
import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
try:
    import torch
    import transformers
    from safetensors.torch import save_file
    from transformers import AutoModel, AutoModelForSequenceClassification, BertConfig, RobertaConfig
except ImportError:
    sys.exit(3)

transformers.utils.logging.disable_progress_bar()
OUT = sys.argv[1]
SEED = int(sys.argv[sys.argv.index("--seed") + 1]) if "--seed" in sys.argv else 0
LENGTHS, LENGTH, VOCABULARY = (20, 13, 1), 20, 90
SIZES = dict(vocab_size=VOCABULARY, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
             max_position_embeddings=40, initializer_range=0.2)
LABELS = dict(id2label={0: "none", 1: "xss", 2: "sqli"}, label2id={"none": 0, "xss": 1, "sqli": 2})
CASES = {
    "bert": (BertConfig(**SIZES), AutoModel, torch.float32),
    "bert-classifier": (BertConfig(**SIZES, **LABELS), AutoModelForSequenceClassification, torch.float16),
    "roberta": (RobertaConfig(**SIZES, type_vocab_size=1), AutoModel, torch.float32),
    "roberta-classifier": (RobertaConfig(**SIZES, type_vocab_size=1, layer_norm_eps=1e-5, hidden_act="gelu_new", **LABELS),
                           AutoModelForSequenceClassification, torch.float32),
}


def write(name, number, config, kind, dtype):
    folder = os.path.join(OUT, name)
    torch.manual_seed(1000 * SEED + 500 + number)
    model = kind.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.1 * torch.randn_like(parameter))
    model.to(dtype).save_pretrained(folder)
    model = kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa").eval()
    ids = torch.randint(3, VOCABULARY, (len(LENGTHS), LENGTH))
    mask = torch.tensor([[int(t < length) for t in range(LENGTH)] for length in LENGTHS])
    ids = torch.where(mask == 1, ids, torch.tensor(config.pad_token_id))
    segments = (torch.arange(LENGTH).expand(len(LENGTHS), -1) > 6).long() % config.type_vocab_size
    out = model(ids, attention_mask=mask, token_type_ids=segments, output_hidden_states=True)
    reference = {"ids": ids, "mask": mask, "segments": segments}
    for at, states in enumerate(out.hidden_states):
        reference[f"hidden/{at}"] = states * mask[..., None]
    if hasattr(out, "logits"):
        reference["logits"] = out.logits
        loss = torch.nn.functional.cross_entropy(out.logits, torch.tensor([2, 0, 1]))
    else:
        reference["pooler"] = out.pooler_output
        loss = out.pooler_output.pow(2).mean()
    loss.backward()
    for key, parameter in model.named_parameters():
        if parameter.grad is not None:
            reference[f"grad/{key}"] = parameter.grad
    save_file({key: value.detach().contiguous() for key, value in reference.items()},
              os.path.join(folder, "reference.safetensors"))


for number, (name, case) in enumerate(CASES.items()):
    write(name, number, *case)
print(json.dumps({"names": list(CASES), "versions": {"transformers": transformers.__version__}}))
