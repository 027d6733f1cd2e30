"""OpenRLHF's own reward loader (openrlhf/utils/agent.py, unchanged) against our server. Prints its answers as JSON.

Arguments: its agent.py, the server's /get_reward, a JSON list of [prompt, label, response]. Its engine is played.
"""

import asyncio
import importlib.util
import json
import logging
import sys
import types

agent_file, url, cases = sys.argv[1:]

# What it imports of its own package beside itself.
for name in ("openrlhf", "openrlhf.utils", "openrlhf.utils.logging_utils"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["openrlhf.utils.logging_utils"].init_logger = logging.getLogger
spec = importlib.util.spec_from_file_location("agent", agent_file)
agent = importlib.util.module_from_spec(spec)
spec.loader.exec_module(agent)


class Row(list):
    def tolist(self) -> list:
        return list(self)


class Tokenizer:
    """One token per character."""

    def __call__(self, text: str, **_) -> dict:
        return {"input_ids": [Row(ord(letter) for letter in text)]}

    def decode(self, ids: list, **_) -> str:
        return "".join(map(chr, ids))


class Engine:
    def __init__(self, response: str) -> None:
        ids = [ord(letter) for letter in response]
        self.output = types.SimpleNamespace(token_ids=ids, text=response, finish_reason="stop", logprobs=None)

    async def generate(self, *_, **__) -> types.SimpleNamespace:
        return types.SimpleNamespace(outputs=[self.output])


async def ask(prompt: str, label: str, response: str) -> dict:
    sampling = types.SimpleNamespace(max_tokens=4096, logprobs=None)
    executor = agent.SingleTurnAgentExecutor(url)
    answer = await executor.execute(prompt, label, sampling, 65536, Tokenizer(), Engine(response))
    return {name: answer[name] for name in ("reward", "scores", "extra_logs")}


async def main() -> list:
    return await asyncio.gather(*(ask(*case) for case in json.loads(cases)))


print(json.dumps(asyncio.run(main())))
