"""EasyR1's own reward manager (verl/workers/reward, unchanged) with our shim. Prints rewards and metrics as JSON.

Arguments: the folder of its repository, our shim, a JSON list of [task, response]; with `ray` behind them the manager
lives in an actor of a local Ray cluster, as in a training. IRONBARK_REWARD_URL names the server.
"""

import importlib
import json
import os
import sys
import types

import torch

root, shim, cases, *where = sys.argv[1:]


def load_manager():
    """`AutoRewardManager` and `RewardConfig`; what their package imports beside them is played."""
    folders = {"verl": "verl", "verl.workers": "verl/workers", "verl.workers.reward": "verl/workers/reward", "verl.utils": ""}
    for name, folder in folders.items():
        package = sys.modules[name] = types.ModuleType(name)
        package.__path__ = [os.path.join(root, folder)] if folder else []
    protocol, functions = types.ModuleType("verl.protocol"), types.ModuleType("verl.utils.py_functional")
    protocol.DataProto = Data
    functions.get_abs_path = lambda path, prompt="": os.path.abspath(path)
    sys.modules.update({"verl.protocol": protocol, "verl.utils.py_functional": functions})
    function = importlib.import_module("verl.workers.reward.function")
    return function.AutoRewardManager, function.RewardConfig


class Data:
    """What the manager reads of a batch: responses as one token per byte, padded at the right."""

    def __init__(self, rows: list) -> None:
        texts = [list(response.encode()) for _, response in rows]
        width = max(map(len, texts))
        self.batch = {
            "responses": torch.tensor([text + [0] * (width - len(text)) for text in texts]),
            "response_mask": torch.tensor([[1] * len(text) + [0] * (width - len(text)) for text in texts]),
        }
        self.non_tensor_batch = {"ground_truth": [task for task, _ in rows]}

    def __len__(self) -> int:
        return len(self.batch["responses"])


class Tokenizer:
    def decode(self, ids, **_) -> str:
        return bytes(ids.tolist()).decode()


def score() -> dict:
    manager, config_class = load_manager()
    config = config_class(reward_function=f"{shim}:compute_score")
    config.post_init()
    data = Data(json.loads(cases))
    tensor, metrics = manager(config, Tokenizer()).compute_reward(data)
    last = data.batch["response_mask"].sum(-1) - 1
    on_last = tensor.gather(1, last.unsqueeze(1)).squeeze(1)
    return {"rewards": on_last.tolist(), "sums": tensor.sum(-1).tolist(), "metrics": dict(metrics)}


def score_in_actor() -> dict:
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)

    class Worker:
        def score(self) -> dict:
            return score()

    variables = {"IRONBARK_REWARD_URL": os.environ["IRONBARK_REWARD_URL"]}
    workers = [ray.remote(Worker).options(runtime_env={"env_vars": variables}).remote() for _ in range(2)]
    first, second = ray.get([worker.score.remote() for worker in workers])
    pids = {"nodes": len(ray.nodes()), "same": first == second}
    ray.shutdown()
    return {**first, **pids}


result = score_in_actor() if where else score()
# Its manager says which function it uses on standard output.
print(f"\n{json.dumps(result)}")
