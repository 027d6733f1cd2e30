"""Prints what transformers computes for checkpoints on fixed ids (logits, or states of a bare model), a line of JSON each; exit code 3 without transformers."""
import json
import sys

try:
    import torch
    import transformers
except ImportError:
    sys.exit(3)

for folder in sys.argv[1:]:
    kind = getattr(transformers, transformers.AutoConfig.from_pretrained(folder).architectures[0])
    model = kind.from_pretrained(folder, dtype=torch.float32)
    vocabulary = model.config.vocab_size
    ids = torch.tensor([[(i * 37 + 5) % vocabulary for i in range(24)]])
    with torch.no_grad():
        out = model(ids)
    values = out.logits if hasattr(out, "logits") else out.last_hidden_state
    # Of a sequence, the last two positions.
    print(json.dumps((values[0, -2:] if values.ndim == 3 else values).flatten().tolist()))
