"""Asks a checkout of CWEval how it prompts, completes and compiles, by its own functions: nothing of it is written here.

Standard input: {"repository", "prompt", "tasks": [path of a reference solution below benchmark/]}. Standard output:
{"prompts": {language: {"messages", "before"}}, "headers": {language: [before, after]}, "commands": {task: [shell]},
"wide": whether answers are extracted as SecCoderX's fork does}; or {"error"}.
"""

import importlib
import json
import os
import sys
import types

MARK, REPLY = "\u0001code\u0001", "\u0001reply\u0001"
# What upstream's modules import and these functions do not need.
UNNEEDED = ("docker", "fire", "litellm", "natsort", "numpy", "p_tqdm", "tqdm")


class Stub(types.ModuleType):
    def __getattr__(self, name: str):
        return lambda *_, **__: None


class Listener:
    """Stands where upstream has a model: keeps what it is sent and gives one reply."""

    def send_message(self, messages: list, **_) -> list:
        self.messages = messages
        return [REPLY]


def prompt_of(kind, language: str) -> dict:
    listener = Listener()
    (whole,) = kind.req_ai(listener, language, MARK)
    return {"messages": listener.messages, "before": whole.partition(REPLY)[0]}


def main() -> dict:
    given = json.load(sys.stdin)
    sys.path.insert(0, given["repository"])
    sys.breakpointhook = lambda *_, **__: None
    for name in UNNEEDED:
        sys.modules[name] = Stub(name)
    sys.modules["cweval.ai"] = Stub("cweval.ai")
    commons, prompts = importlib.import_module("cweval.commons"), importlib.import_module("cweval.ppt")
    try:
        kind = prompts.make_prompt(given["prompt"])
    except NotImplementedError:
        return {"error": f"--prompt {given['prompt']}: the checkout has no prompt of that name"}
    typed: list = []
    commons.exec_cmd_shell = lambda command, *_, **__: typed.append(command) or (0, "", "")
    languages = sorted({path.rpartition(".")[2] for path in given["tasks"]})
    os.makedirs = lambda *_, **__: None
    commands = {}
    for path in given["tasks"]:
        typed.clear()
        folder, name = os.path.split(os.path.splitext(path)[0])
        if path.rpartition(".")[2] in commons.LANGS_COMPILE:
            commons.compile_src(path, f"{folder}/{commons.COMPILE_DIR}/{name}", False)
        commands[path] = list(typed)
    return {
        "prompts": {language: prompt_of(kind, language) for language in languages},
        "headers": {language: commons.complete_code(MARK, language).split(MARK) for language in languages},
        "commands": commands,
        "wide": hasattr(prompts, "DirectPromptSCG"),
    }


if __name__ == "__main__":
    # Whatever the checkout prints may not come between.
    answer, sys.stdout = sys.stdout, sys.stderr
    try:
        facts = main()
    except Exception as error:
        facts = {"error": f"the checkout's cweval package cannot be asked: {type(error).__name__}: {error}"}
    json.dump(facts, answer)
