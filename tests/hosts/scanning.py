"""What plug-in scanners do: load, read, instantiate and unload, without a window system."""

import os
import subprocess

from support import check, finish

PROBE = os.environ["SEGUE_PROBE"]
LIBRARY = os.environ["SEGUE_LIBRARY"]


def probe(*words):
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run([PROBE, *words], env=environment, capture_output=True, text=True)
    return done.returncode == 0, (done.stdout + done.stderr).strip()


for words in [("scan", LIBRARY, "100"), ("crowd", LIBRARY, "32")]:
    check(*probe(*words))
# Scanners that live for one plug-in only.
ended = [probe("scan", LIBRARY, "1")[0] for _ in range(20)]
check(all(ended), f"{len(ended)} scan processes, one after the other")
finish()
