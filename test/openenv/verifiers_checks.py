"""Plays the environments at argv[1] (echo) and argv[2] (patch) through the verifiers taskset, with a scripted model.

verifiers loads the taskset, its tasks and its environment by their id; only the seat of the model is taken by a script.
Prints one JSON line per check: {"check", "ok", "detail"}.
"""

import asyncio
import contextlib
import json
import sys
import traceback
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parents[2] / "python"))

import verifiers.v1 as vf
from env_verifiers import NoSignal, OpenEnvConfig, OpenEnvTasksetConfig
from verifiers.v1.utils.loaders import load_environment

ECHO, PATCH = sys.argv[1], sys.argv[2]


class Script:
    """Answers each turn with the next reply, then has nothing more to say."""

    def __init__(self, replies):
        self.replies, self.heard, self.rewards = list(replies), [], {}
        self.trace = SimpleNamespace(record_reward=self.rewards.__setitem__)
        self.player = SimpleNamespace(interaction=self.interaction)

    @contextlib.asynccontextmanager
    async def interaction(self, task):
        yield self

    async def turn(self, text):
        self.heard.append(text)
        if not self.replies:
            return vf.Segment(messages=[], terminated=True)
        return vf.Segment(messages=[vf.AssistantMessage(content=self.replies.pop(0))])


def environment(url, **config):
    return load_environment(OpenEnvConfig(taskset=OpenEnvTasksetConfig(id="env_verifiers", url=url, **config)))


def play(env, index, replies):
    script = Script(replies)
    asyncio.run(env.run(list(env.taskset)[index], script))
    return script


def tasks_are_the_servers():
    names = [task.data.name for task in environment(ECHO).taskset]
    assert names == ["echo/train/0", "echo/train/1", "echo/train/2", "echo/holdout/0"], names
    assert [task.data.idx for task in environment(ECHO, split="holdout").taskset] == [0]
    try:
        list(environment(ECHO, split="none").taskset)
    except ValueError as error:
        assert "train, holdout" in str(error)
    else:
        raise AssertionError("a split that does not exist was taken")


def an_episode_begins_with_its_task_and_sums_rewards():
    say = lambda message: json.dumps({"message": message})
    script = play(environment(ECHO), 1, [say("a"), f"```json\n{say('b')}\n```", say("end"), say("late")])
    assert json.loads(script.heard[0])["observation"]["echoed"] == "ready task=train/1", script.heard[0]
    assert script.rewards == {"environment": 3.0}, script.rewards
    assert script.replies == [say("late")]


def answers_that_are_no_action_cost_nothing_and_end_it():
    script = play(environment(ECHO), 0, ["hello", '{"massage": 1}', json.dumps({"message": "a"}), "1", "2", "3", "4"])
    assert script.rewards == {"environment": 1.0} and script.replies == ["4"], script.__dict__
    assert "not an action" in script.heard[1] and "VALIDATION_ERROR" in script.heard[2]


def without_a_signal_there_is_no_reward():
    script = Script([json.dumps({"message": "null"})])
    env = environment(ECHO)
    try:
        asyncio.run(env.run(next(iter(env.taskset)), script))
    except NoSignal:
        assert script.rewards == {}
    else:
        raise AssertionError("a reward was made up")


def the_patch_environment():
    guess = {"action": "identify_vuln", "type": "sql_injection", "file": "app.py", "line": 11}
    script = play(environment(PATCH), 0, [json.dumps(guess), json.dumps({"action": "terminate"})])
    assert script.rewards == {"environment": 0.3}, script.rewards
    assert "app.py" in json.loads(script.heard[0])["observation"]["source_code"]


CHECKS = (
    tasks_are_the_servers,
    an_episode_begins_with_its_task_and_sums_rewards,
    answers_that_are_no_action_cost_nothing_and_end_it,
    without_a_signal_there_is_no_reward,
    the_patch_environment,
)
for check in CHECKS:
    detail = ""
    try:
        check()
    except BaseException:
        detail = traceback.format_exc()
    print(json.dumps({"check": check.__name__, "ok": detail == "", "detail": detail}), flush=True)
