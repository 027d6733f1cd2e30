"""Any environment served over OpenEnv as a taskset of verifiers (v1), one task for each entry of the server's task list.

    PYTHONPATH=python eval env_verifiers --env.taskset.url http://127.0.0.1:8000

The environment plays the user: it says what it observes and how an action looks, and the model answers with one JSON
object. Rewards of the steps are summed. An episode whose infrastructure failed ends in an error, which verifiers counts
and may retry: it is never a reward of zero. Needs verifiers and websockets.
"""

import asyncio
import json
from collections.abc import Iterator
from typing import Optional

import verifiers.v1 as vf
from openenv_wire import ServerError, Session, call

# Answers in a row that are no action; then the episode ends with what it has earned.
MAX_MISTAKES = 3


class NoSignal(RuntimeError):
    """The infrastructure failed: the episode says nothing about the model."""


class OpenEnvData(vf.TaskData):
    url: str
    split: str
    index: int


class OpenEnvTasksetConfig(vf.TasksetConfig):
    url: str = "http://127.0.0.1:8000"
    split: Optional[str] = None
    """All of the server's splits unless given."""


class OpenEnvTask(vf.Task[OpenEnvData]):
    pass


class OpenEnvTaskset(vf.Taskset[OpenEnvTask, OpenEnvTasksetConfig]):
    def load(self) -> Iterator[OpenEnvTask]:
        url = self.config.url
        [name] = call(url, "/list_environments")
        names = [split["name"] for split in call(url, f"/{name}/splits")]
        if self.config.split is not None and self.config.split not in names:
            raise ValueError(f"no split {self.config.split!r}; expected one of {', '.join(names)}")
        idx = 0
        for split in names if self.config.split is None else [self.config.split]:
            for index in range(call(url, f"/{name}/num_tasks", {"split": split})["num_tasks"]):
                data = OpenEnvData(idx=idx, name=f"{name}/{split}/{index}", url=url, split=split, index=index)
                yield OpenEnvTask(data, self.config.task)
                idx += 1


class OpenEnvConfig(vf.EnvConfig):
    player: vf.AgentConfig = vf.AgentConfig()


class OpenEnvEnv(vf.Env[OpenEnvConfig]):
    async def run(self, task, agents) -> None:
        data = task.data
        session = Session(data.url)
        try:
            schema = (await asyncio.to_thread(call, data.url, "/schema"))["action"]
            result = await asyncio.to_thread(session.reset, split=data.split, index=data.index)
            says = json.dumps({"observation": result.observation, "action_schema": schema}, ensure_ascii=False)
            total, mistakes = 0.0, 0
            async with agents.player.interaction(task) as interaction:
                segment = await interaction.turn(says)
                while not segment.terminated and not result.done and mistakes < MAX_MISTAKES:
                    try:
                        action = read_action(segment.last_reply)
                        result = await asyncio.to_thread(session.step, action)
                    except (ValueError, ServerError) as error:
                        mistakes += 1
                        segment = await interaction.turn(f"not an action: {error}; answer with one JSON object")
                        continue
                    if result.reward is None:
                        raise NoSignal("the environment's infrastructure failed in this episode")
                    mistakes, total = 0, total + result.reward
                    if not result.done:
                        says = json.dumps({"observation": result.observation}, ensure_ascii=False)
                        segment = await interaction.turn(says)
            interaction.trace.record_reward("environment", total)
        finally:
            session.close()


def read_action(reply: str) -> dict:
    """A JSON object, alone or in a fence. Throws ValueError."""
    text = reply.strip()
    if text.startswith("```") and text.endswith("```"):
        text = "\n".join(text.splitlines()[1:-1])
    action = json.loads(text)
    if not isinstance(action, dict):
        raise ValueError("expected an object")
    return action


__all__ = ["OpenEnvEnv", "OpenEnvTaskset"]
