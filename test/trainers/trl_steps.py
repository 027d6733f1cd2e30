"""GRPOTrainer of TRL for two steps on the CPU with our reward function. Prints one JSON line: what it logged.

Arguments: the folder of the shims, a file with tasks as JSON Lines, an empty folder. IRONBARK_REWARD_URL names the server.
"""

import json
import os
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="", HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
shims, tasks, out = sys.argv[1:]
sys.path.insert(0, shims)

import torch  # noqa: E402
from datasets import Dataset  # noqa: E402
from peft import LoraConfig  # noqa: E402
from reward_trl import ironbark_reward  # noqa: E402
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # noqa: E402
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM  # noqa: E402
from trl import GRPOConfig, GRPOTrainer  # noqa: E402

seen = []


def recorded(**given):
    rewards = ironbark_reward(**given)
    seen.append(rewards)
    return rewards


recorded.__name__ = "ironbark"


def tokenizer() -> PreTrainedTokenizerFast:
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer, inner.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=258, special_tokens=["<pad>", "<eos>"], initial_alphabet=alphabet)
    inner.train_from_iterator(["print(input())\n"], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", eos_token="<eos>", padding_side="left")


def main() -> None:
    torch.manual_seed(0)
    words = tokenizer()
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    ends = {"eos_token_id": words.eos_token_id, "pad_token_id": words.pad_token_id}
    model = Qwen2ForCausalLM(Qwen2Config(vocab_size=len(words), num_key_value_heads=2, **sizes, **ends))
    with open(tasks) as file:
        rows = [{"prompt": json.loads(line)["prompt"], "task": line} for line in file]
    config = GRPOConfig(
        output_dir=out,
        max_steps=2,
        per_device_train_batch_size=4,
        num_generations=4,
        max_completion_length=12,
        learning_rate=1e-3,
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        bf16=False,
    )
    trainer = GRPOTrainer(
        model=model,
        processing_class=words,
        reward_funcs=[recorded],
        args=config,
        train_dataset=Dataset.from_list(rows),
        peft_config=LoraConfig(task_type="CAUSAL_LM", r=4, target_modules="all-linear"),
    )
    trainer.train()
    logs = [entry for entry in trainer.state.log_history if "loss" in entry]
    print(json.dumps({"rewards": seen, "steps": trainer.state.global_step, "logs": logs}))


main()
