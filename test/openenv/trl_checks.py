"""Two steps of TRL's GRPOTrainer on the CPU against the patch environment at argv[1], with forced tool calls.

A model of random weights never calls a tool, so what it would have generated is replaced; tokenisation, the parsing of
the calls, the environments, the rewards, the loss and the optimizer are TRL's own. argv[2] is JSON with the calls,
taken in turn by the rollouts. Prints one JSON line: {"rewards": one per rollout, "totals": the same from the sessions'
states, "logged": the mean of each step in the trainer's log, "changed": whether the weights moved, "tools": its tools}.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TRL_EXPERIMENTAL_SILENCE="1", TOKENIZERS_PARALLELISM="false")
sys.path.insert(0, str(Path(__file__).parents[2] / "python"))

import torch
from datasets import Dataset
from env_trl import PatchEnvironment
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM
from trl import GRPOConfig, GRPOTrainer
from trl.chat_template_utils import qwen3_chat_template

URL, CALLS = sys.argv[1], json.loads(sys.argv[2])
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
PLAIN = ["<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>"]


def byte_tokenizer():
    """One token per byte, and Qwen3's chat template, whose tool calls TRL knows how to read."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    raw = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(letters)}, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    tokenizer.add_tokens(SPECIAL, special_tokens=True)
    tokenizer.add_tokens(PLAIN)
    tokenizer.chat_template = qwen3_chat_template
    return tokenizer


def tiny_model(tokenizer):
    torch.manual_seed(0)
    size = dict(hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, head_dim=8)
    tokens = dict(vocab_size=len(tokenizer), eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id)
    return Qwen3ForCausalLM(Qwen3Config(num_key_value_heads=1, max_position_embeddings=32768, **size, **tokens))


def forced(tokenizer, model):
    """First turn: the next call of CALLS for each rollout. Second turn, after the tool has answered: a last word."""
    turns = {"given": 0}
    answered = tokenizer.encode("<tool_response>", add_special_tokens=False)[0]

    def generate(input_ids, **_):
        texts = []
        for prompt in input_ids:
            if answered in prompt.tolist():
                texts.append("done<|im_end|>")
                continue
            call = json.dumps(CALLS[turns["given"] % len(CALLS)])
            turns["given"] += 1
            texts.append(f"<tool_call>\n{call}\n</tool_call><|im_end|>")
        ids = [tokenizer.encode(text, add_special_tokens=False) for text in texts]
        width = max(map(len, ids))
        padded = [one + [tokenizer.pad_token_id] * (width - len(one)) for one in ids]
        return torch.cat([input_ids, torch.tensor(padded)], dim=1)

    model.generate = generate


seen, totals, made = [], [], []


class Watched(PatchEnvironment):
    def __init__(self):
        super().__init__(URL)
        made.append(self)

    def get_reward(self):
        reward = super().get_reward()
        seen.append(reward)
        totals.append(self._session.state()["total_reward"])
        return reward


tokenizer = byte_tokenizer()
model = tiny_model(tokenizer)
before = [weight.detach().clone() for weight in model.parameters()]
with tempfile.TemporaryDirectory() as folder:
    args = GRPOConfig(
        output_dir=folder,
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        max_steps=2,
        per_device_train_batch_size=len(CALLS),
        num_generations=len(CALLS),
        max_completion_length=4096,
        learning_rate=0.1,
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        beta=0.0,
    )
    rows = [{"prompt": [{"role": "user", "content": "Find the weakness."}], "index": 0}] * 4
    trainer = GRPOTrainer(
        model=model,
        args=args,
        processing_class=tokenizer,
        train_dataset=Dataset.from_list(rows),
        environment_factory=Watched,
    )
    forced(tokenizer, trainer.model)
    trainer.train()
    column = [log[key] for log in trainer.state.log_history for key in log if key == "rewards/Watched/mean"]
for environment in made:
    environment._session.close()
moved = any(not torch.equal(a, b) for a, b in zip(before, trainer.model.parameters()))
tools = sorted(tool.__name__ for tool in trainer.tools)
print(json.dumps({"rewards": seen, "totals": totals, "logged": column, "changed": moved, "tools": tools}))
