"""What set-up compiles is all that the features need: nobody waits for a compiler later."""

import subprocess
import sys

ASKED = """
import sys
from numba.core.dispatcher import Dispatcher
from powertheft.panel import groups, kernels, monthly, registers
from powertheft.panel.first_use import compile_kernels
from powertheft import library

def compiled():
    rooms = (groups, kernels, monthly, registers)
    kept = {name: value for room in rooms for name, value in vars(room).items() if isinstance(value, Dispatcher)}
    return {name: len(kernel.signatures) for name, kernel in kept.items()}

compile_kernels()
before = compiled()
library.score(sys.argv[1], profile="tneb", model=sys.argv[2])
print(sorted(name for name, count in compiled().items() if count > before[name]))
print(sorted(before))
"""


def test_set_up_compiles_all_that_features_call(world):
    asked = [sys.executable, "-c", ASKED, world.export, world.model]
    told = subprocess.run(asked, capture_output=True, text=True, check=True)
    later, known = told.stdout.splitlines()
    assert later == "[]"
    assert "_follow" in known
