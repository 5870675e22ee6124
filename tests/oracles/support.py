"""What the oracles share: checks, and where things are.

`cargo xtask test` sets the variables SEGUE_PROGRAM (the command-line tool) and SEGUE_RESAMPLE (the
example `resample` of segue-offline).
"""

import os
import sys
import tempfile
from pathlib import Path

PROGRAM = os.environ["SEGUE_PROGRAM"]
RESAMPLE = os.environ["SEGUE_RESAMPLE"]
ROOT = Path(__file__).parent.parent.parent

_failed = []
_folders = []


def check(holds, what):
    """Prints one line, and remembers a failure for `finish`."""
    print(f"{'ok    ' if holds else 'FAILED'} {what}", flush=True)
    if not holds:
        _failed.append(what)


def finish():
    """Ends the script, with an error if a check has failed."""
    if _failed:
        sys.exit(f"{len(_failed)} checks failed")


def folder():
    """A folder that is removed when the script ends."""
    made = tempfile.TemporaryDirectory(prefix="segue-oracles-")
    # Held until the end.
    _folders.append(made)
    return Path(made.name)
