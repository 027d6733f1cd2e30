"""Runs the script that made the shared TRL fixture with a newer TRL: its trainer scores tokens in a head that it patches
into the model, under the accelerator's autocast, and the script's stand-in for the trainer knows of neither.

Usage: trl_fixture.py PARITY_REF.PY FOLDER --seed N
"""
import contextlib, runpy, sys, types

import peft
from trl.trainer.utils import add_fused_lm_head

TEMPERATURE = 0.9  # the fixture's


class StandIn(types.SimpleNamespace):
    autocast = staticmethod(contextlib.nullcontext)


def with_fused_head(model, config, make=peft.get_peft_model):
    add_fused_lm_head(model, temperature=TEMPERATURE, cast_lm_head_to_fp32=False, outputs=("log_probs", "entropy"))
    return make(model, config)


types.SimpleNamespace = StandIn
peft.get_peft_model = with_fused_head
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
