"""TRL's and transformers' side of bench/train-step.ts, bench/generate.ts and bench/grpo-step.ts.

Usage: sides.py train-step|generate|grpo-step FOLDER SETTINGS, the settings being JSON. Prints its versions, then one
JSON line for each line read. FOLDER is a checkpoint that Ironbark wrote, so that both sides have the same weights.
"""
import json, re, sys, time

import torch, transformers, trl, peft
from datasets import Dataset
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast
from safetensors.torch import load_file
from tokenizers import Tokenizer, models
from trl import GRPOConfig, GRPOTrainer

mode, folder, settings = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
torch.set_num_threads(settings["threads"])
transformers.logging.set_verbosity_error()


def say(**values):
    print(json.dumps(values), flush=True)


def peak_mb(reset=False):
    """Largest resident size of this process, since the last reset."""
    if reset:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    return int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) / 1024


def load():
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa")


def tokenizer(size):
    """Words that are numbers: every id is a word."""
    vocabulary = {str(i): i for i in range(size)}
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.WordLevel(vocabulary, unk_token="0")),
        pad_token="0", eos_token=str(size - 1), padding_side="left")


def trainer(model, rows, reward, **config):
    config = GRPOConfig(
        output_dir=folder + "/trl", use_cpu=True, bf16=False, report_to=[], save_strategy="no",
        logging_steps=10_000, disable_tqdm=True, **config)
    lora = peft.LoraConfig(
        r=settings["rank"], lora_alpha=2 * settings["rank"], target_modules="all-linear", task_type="CAUSAL_LM")
    own = GRPOTrainer(
        model=model, reward_funcs=[reward], args=config, train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer(settings["vocabulary"]), peft_config=lora)
    peft.set_peft_model_state_dict(own.model, load_file(folder + "/adapter/adapter_model.safetensors"))
    return own


def train_step():
    """GRPOTrainer's own loss over a given batch, its backward pass, clipping, and AdamW."""
    batch, checkpointing = settings["batch"], settings["checkpointing"]
    own = trainer(
        load(), [{"prompt": "1"}], lambda **kw: [0.0], per_device_train_batch_size=len(batch["completions"]),
        num_generations=len(batch["completions"]), gradient_checkpointing=checkpointing)
    own.current_gradient_accumulation_steps = 1
    model = own.model.train()
    prompts, completions = torch.tensor(batch["prompts"]), torch.tensor(batch["completions"])
    inputs = dict(
        prompt_ids=prompts, prompt_mask=torch.ones_like(prompts), completion_ids=completions,
        completion_mask=torch.ones_like(completions), advantages=torch.tensor(batch["advantages"]),
        num_items_in_batch=torch.tensor(completions.numel()))
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=settings["rate"], weight_decay=0.0, fused=True)

    def step():
        started = time.perf_counter()
        loss = own._compute_loss(model, inputs)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return dict(seconds=time.perf_counter() - started, loss=loss.item(), norm=norm.item())

    idle = peak_mb(reset=True)
    return lambda: dict(step(), idle=idle, peak=peak_mb())


def generate():
    model = load().eval()
    prompts = torch.tensor(settings["prompts"])

    def run():
        started = time.perf_counter()
        with torch.inference_mode():
            out = model.generate(
                prompts, attention_mask=torch.ones_like(prompts), do_sample=False,
                max_new_tokens=settings["new"], min_new_tokens=settings["new"])
        return dict(seconds=time.perf_counter() - started, ids=out[:, prompts.shape[1]:].tolist())

    return run


def grpo_step():
    """Whole steps of GRPOTrainer, timed by its own callbacks."""
    marks = []

    class Marks(transformers.TrainerCallback):
        def on_step_begin(self, *args, **kwargs):
            marks.append(time.perf_counter())

        def on_step_end(self, *args, **kwargs):
            marks.append(time.perf_counter())

    def reward(completion_ids, **columns):
        return [sum(i % 2 for i in ids) / max(1, len(ids)) for ids in completion_ids]

    rows = [{"prompt": " ".join(map(str, prompt))} for prompt in settings["prompts"]]
    own = trainer(
        load(), rows, reward, per_device_train_batch_size=settings["batch"], num_generations=settings["samples"],
        gradient_accumulation_steps=1, max_completion_length=settings["new"], max_steps=settings["steps"],
        beta=settings["beta"], learning_rate=settings["rate"], gradient_checkpointing=False,
        lr_scheduler_type="constant", generation_kwargs={"min_new_tokens": settings["new"]}, shuffle_dataset=False)
    own.add_callback(Marks())

    def run():
        marks.clear()
        own.train()
        # From the end of one step to that of the next: a step begins before its batch is generated only in some versions.
        ends = marks[1::2]
        return dict(seconds=[b - a for a, b in zip(ends, ends[1:])])

    return run


answer = {"train-step": train_step, "generate": generate, "grpo-step": grpo_step}[mode]()
say(python=sys.version.split()[0], torch=torch.__version__, transformers=transformers.__version__,
    trl=trl.__version__, peft=peft.__version__)
for _ in sys.stdin:
    say(**answer())
