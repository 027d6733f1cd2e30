"""The patch environment as TRL's `environment_factory` takes one: its methods are the tools that the model calls.

    trainer = GRPOTrainer(model, args=GRPOConfig(...), environment_factory=patch_environment("http://127.0.0.1:8000"))

Each rollout has a session of its own: serve with `--max-sessions` of at least the generation batch. A column
`scenario_id`, `index` or `seed` of the data set chooses the scenario; other columns are not sent. The reward column of
the trainer is the environment's total; an episode without a signal is None, which TRL leaves out.
"""

import json
from typing import Optional

from openenv_wire import Session

CHOICES = ("scenario_id", "index", "seed", "split", "hints")


class PatchEnvironment:
    def __init__(self, url: str):
        self._session, self._done = Session(url), False

    def reset(self, **row) -> str:
        self._done = False
        seen = self._session.reset(**{key: row[key] for key in CHOICES if key in row}).observation
        return f"\n{seen['current_task']}\n\n{seen['stdout']}\n\n{seen['source_code']}"

    def get_reward(self) -> Optional[float]:
        """Of the episode so far; None where the infrastructure failed."""
        return self._session.state()["total_reward"]

    def command(self, command: str) -> str:
        """Run a shell command in isolation beside the running application.

        Args:
            command: The command line.
        """
        return self._act("command", command=command)

    def read_file(self, path: str) -> str:
        """Read a file of the working copy.

        Args:
            path: Relative to the application's folder.
        """
        return self._act("read_file", path=path)

    def identify_vuln(self, type: str, file: str, line: int) -> str:
        """Name the weakness and the line where it is.

        Args:
            type: For instance sql_injection, xss, path_traversal, or CWE-89.
            file: Relative to the application's folder.
            line: From 1, in the file as it was at the start.
        """
        return self._act("identify_vuln", type=type, file=file, line=line)

    def patch(self, patch: dict) -> str:
        """Change files; the patched application is then used and attacked.

        Args:
            patch: Path to the whole new text of a file, or to a list of edits {search, replace, line}.
        """
        return self._act("patch", patch=patch)

    def terminate(self) -> str:
        """End the episode."""
        return self._act("terminate")

    def _act(self, action: str, **fields) -> str:
        if self._done:
            return "the episode is over"
        result = self._session.step({"action": action, **fields})
        self._done = result.done
        seen = result.observation
        # What stands still, such as the task, was said at the start.
        keys = ("result", "stdout", "stderr", "exit_code", "verdict", "steps_left")
        return json.dumps({key: seen[key] for key in keys if seen[key] not in ("", None)})


def patch_environment(url: str):
    """A factory for one server; TRL calls it once for each rollout that is under way at the same time."""
    return lambda: PatchEnvironment(url)
