"""Any environment served over OpenEnv as a Gymnasium environment: actions and observations are JSON objects.

    env = OpenEnv("http://127.0.0.1:8000")
    observation, info = env.reset(seed=1, options={"scenario_id": "library"})
    observation, reward, terminated, truncated, info = env.step({"action": "read_file", "path": "app.py"})

Needs gymnasium, numpy and websockets. The spaces are the server's JSON Schemas. A step without a signal (the
infrastructure failed) has the reward NaN and `info["no_signal"]`: neither is a zero, and neither may be learnt from.
"""

import math
from typing import Any, Optional

import gymnasium
from openenv_wire import Session, call

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
# Longest text and list that sampling makes.
LONGEST = 12
# Values of the field `ended`, where an environment has one: the episode ran out of steps. All else is an end of its own.
CUT_SHORT = ("steps", "timeout")


class JsonSpace(gymnasium.Space):
    """Values of a JSON Schema of the kind that environment servers publish; other keywords are not looked at."""

    def __init__(self, schema: dict, seed=None):
        super().__init__(None, None, seed)
        self.schema = schema

    def contains(self, x: Any) -> bool:
        return self._fits(self.schema, x)

    def sample(self, mask=None, probability=None) -> Any:
        return self._draw(self.schema)

    def _resolve(self, schema: dict) -> dict:
        name = schema.get("$ref")
        return schema if name is None else self.schema["$defs"][name.rpartition("/")[2]]

    def _fits(self, schema: dict, x: Any) -> bool:
        schema = self._resolve(schema)
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices:
            return any(self._fits(choice, x) for choice in choices)
        if "const" in schema:
            return x == schema["const"]
        if "enum" in schema:
            return x in schema["enum"]
        kind = schema.get("type")
        if kind == "null":
            return x is None
        if kind is not None:
            if not isinstance(x, TYPES[kind]) or (isinstance(x, bool) and kind != "boolean"):
                return False
        if kind == "object":
            known, more = schema.get("properties", {}), schema.get("additionalProperties", True)
            if any(key not in x for key in schema.get("required", [])):
                return False
            rest = {} if more is True else more
            fits = lambda key: key in known or more is not False
            return all(fits(key) and self._fits(known.get(key, rest), value) for key, value in x.items())
        if kind == "array":
            return all(self._fits(schema.get("items", {}), value) for value in x)
        if kind in ("integer", "number"):
            above = x > schema.get("exclusiveMinimum", -math.inf)
            return above and schema.get("minimum", -math.inf) <= x <= schema.get("maximum", math.inf)
        return kind != "string" or schema.get("minLength", 0) <= len(x) <= schema.get("maxLength", math.inf)

    def _draw(self, schema: dict) -> Any:
        schema, rng = self._resolve(schema), self.np_random
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices:
            return self._draw(choices[rng.integers(len(choices))])
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][rng.integers(len(schema["enum"]))]
        kind = schema.get("type", "null")
        if kind == "object":
            known = schema.get("properties", {})
            return {key: self._draw(known.get(key, {})) for key in schema.get("required", [])}
        if kind == "array":
            count = max(schema.get("minItems", 0), int(rng.integers(3)))
            return [self._draw(schema.get("items", {})) for _ in range(count)]
        if kind == "string":
            least = schema.get("minLength", 0)
            length = int(rng.integers(least, max(least, LONGEST) + 1))
            return "".join(chr(97 + int(rng.integers(26))) for _ in range(length))
        if kind in ("integer", "number"):
            least = max(schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1), -100)
            most = min(schema.get("maximum", least + 100), least + 100)
            return int(rng.integers(least, int(most) + 1)) if kind == "integer" else float(rng.uniform(least, most))
        return bool(rng.integers(2)) if kind == "boolean" else None


class OpenEnv(gymnasium.Env):
    metadata = {"render_modes": []}

    def __init__(self, url: str):
        schemas = call(url, "/schema")
        self.action_space = JsonSpace(schemas["action"])
        # Without the fields reward and done, which the protocol's schema has beside those of the observation.
        seen = dict(schemas["observation"])
        seen["properties"] = {k: v for k, v in seen.get("properties", {}).items() if k not in ("reward", "done")}
        seen["required"] = [key for key in seen.get("required", []) if key not in ("reward", "done")]
        self.observation_space = JsonSpace(seen)
        self._session = Session(url)

    def reset(self, *, seed: Optional[int] = None, options: Optional[dict] = None):
        super().reset(seed=seed)
        # Without a seed the generator of this environment draws one, so that a seeded run repeats.
        drawn = int(self.np_random.integers(2**31)) if seed is None else seed
        return self._session.reset(seed=drawn, **(options or {})).observation, {"seed": drawn}

    def step(self, action: dict):
        result = self._session.step(action)
        cut = result.done and result.observation.get("ended") in CUT_SHORT
        lost = result.reward is None
        reward = math.nan if lost else float(result.reward)
        return result.observation, reward, result.done and not cut, cut, {"no_signal": lost}

    def state(self) -> dict:
        """What the server tells about the episode: for the one who trains, not for the policy."""
        return self._session.state()

    def close(self) -> None:
        self._session.close()
