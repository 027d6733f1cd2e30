"""One session with an environment server over its WebSocket, and its HTTP routes: the protocol and nothing else.

Needs the package websockets. Shared by the wrappers beside it.
"""

import json
import urllib.request
from dataclasses import dataclass
from typing import Any, Optional

from websockets.sync.client import connect

# A step may start a sandbox or run a slow command; trainers give up on their own terms.
TIMEOUT_S = 600
MAX_FRAME = 100 * 2**20


class ServerError(RuntimeError):
    """The server answered with an error frame; the session lives on."""

    def __init__(self, data: dict):
        super().__init__(f"{data.get('message')} (code: {data.get('code')})")
        self.code = data.get("code")


@dataclass(frozen=True)
class Result:
    observation: dict
    # None: the infrastructure failed, so that this step, and the episode, give no signal. Not a zero.
    reward: Optional[float]
    done: bool


class Session:
    """Connects at the first call, so that making one needs no server. Not for several threads at once."""

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S):
        self.url = url.rstrip("/")
        self._timeout, self._socket = timeout_s, None

    def reset(self, **options: Any) -> Result:
        """`seed`, `episode_id`, or what the environment knows besides (`scenario_id`, `split` and `index`)."""
        return _result(self._ask("reset", {k: v for k, v in options.items() if v is not None}))

    def step(self, action: dict) -> Result:
        return _result(self._ask("step", action))

    def state(self) -> dict:
        return self._ask("state", None)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _ask(self, kind: str, data: Optional[dict]) -> dict:
        if self._socket is None:
            scheme, _, rest = self.url.rpartition("://")
            secure = scheme in ("https", "wss")
            address = f"{'wss' if secure else 'ws'}://{rest}/ws"
            self._socket = connect(address, max_size=MAX_FRAME, compression=None)
        self._socket.send(json.dumps({"type": kind} if data is None else {"type": kind, "data": data}))
        try:
            reply = json.loads(self._socket.recv(timeout=self._timeout))
        except TimeoutError:
            # A late answer would be taken for that of the next request.
            self.close()
            raise
        if reply["type"] == "error":
            raise ServerError(reply["data"])
        return reply["data"]


def _result(data: dict) -> Result:
    return Result(data["observation"], data.get("reward"), bool(data.get("done")))


def call(url: str, path: str, body: Optional[dict] = None) -> Any:
    """GET, or POST with a body; the JSON of the answer."""
    address = f"{url.replace('ws', 'http', 1) if url.startswith('ws') else url}".rstrip("/") + path
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply)
