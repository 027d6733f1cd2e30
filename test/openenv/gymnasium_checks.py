"""Plays the echo environment at argv[1] and the patch environment at argv[2] through the Gymnasium wrapper.

Prints one JSON line per check: {"check", "ok", "detail"}.
"""

import json
import math
import sys
import traceback
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "python"))

from env_gymnasium import OpenEnv
from gymnasium.utils.env_checker import check_env

ECHO, PATCH = sys.argv[1], sys.argv[2]


def gymnasiums_own_checker():
    env = OpenEnv(ECHO)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_env(env, skip_render_check=True, skip_close_check=True)
    env.close()


def spaces_hold_what_is_sent_and_answered():
    env = OpenEnv(PATCH)
    env.action_space.seed(5)
    observation, _ = env.reset(seed=3)
    assert env.observation_space.contains(observation), observation
    kinds = set()
    for _ in range(14):
        action = env.action_space.sample()
        assert env.action_space.contains(action), action
        kinds.add(action["action"])
        observation, reward, terminated, truncated, _ = env.step(action)
        assert env.observation_space.contains(observation), observation
        if terminated or truncated:
            env.reset(seed=3)
    assert len(kinds) > 2, kinds
    for wrong in (None, {}, {"action": "dance"}, {"action": "read_file"}, {"action": "read_file", "path": ""}, {"action": "terminate", "x": 1}):
        assert not env.action_space.contains(wrong), wrong
    env.close()


def the_same_seed_is_the_same_episode():
    first, second = OpenEnv(ECHO), OpenEnv(ECHO)
    for env in (first, second):
        env.reset(seed=11)
    a = [first.reset()[0] for _ in range(3)]
    assert a == [second.reset()[0] for _ in range(3)]
    assert len({one["draw"] for one in a}) == 3
    first.close(), second.close()


def rewards_and_ends():
    env = OpenEnv(ECHO)
    env.reset(seed=1)
    assert env.step({"message": "hi"})[1:4] == (1.0, False, False)
    _, reward, _, _, info = env.step({"message": "null"})
    assert math.isnan(reward) and info["no_signal"]
    assert env.step({"message": "end"})[2:4] == (True, False)
    env.close()
    env = OpenEnv(PATCH)
    env.reset(options={"index": 0})
    action = {"action": "identify_vuln", "type": "sql_injection", "file": "app.py", "line": 11}
    assert env.step(action)[1] == 0.3
    assert env.state()["total_reward"] == 0.3
    for _ in range(13):
        assert env.step({"action": "read_file", "path": "app.py"})[2:4] == (False, False)
    assert env.step({"action": "read_file", "path": "app.py"})[2:4] == (False, True)
    env.reset(options={"index": 0})
    assert env.step({"action": "terminate"})[2:4] == (True, False)
    env.close()


for check in (gymnasiums_own_checker, spaces_hold_what_is_sent_and_answered, the_same_seed_is_the_same_episode, rewards_and_ends):
    detail = ""
    try:
        check()
    except BaseException:
        detail = traceback.format_exc()
    print(json.dumps({"check": check.__name__, "ok": detail == "", "detail": detail}), flush=True)
