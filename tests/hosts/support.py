"""What the host scripts share: projects with known sound, presets of them, and checks.

`cargo xtask test` sets the variables SEGUE_VST3 (the bundle), SEGUE_PROGRAM (the command-line tool),
SEGUE_PROBE and SEGUE_LIBRARY.
"""

import json
import os
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import numpy as np

BUNDLE = os.environ["SEGUE_VST3"]
PROGRAM = os.environ["SEGUE_PROGRAM"]
INSTRUMENT = "Segue"
EFFECT = "Segue FX"
RATE = 48_000
# Frames of the click: one at half of full scale, then a quarter, on both sides.
CLICK_FRAMES = 4_800

_failed = []


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
    """A folder that is removed when the script ends, with caches of its own."""
    made = tempfile.TemporaryDirectory(prefix="segue-hosts-")
    os.environ["SEGUE_CACHE"] = str(Path(made.name) / "cache")
    # Held until the end.
    _folders.append(made)
    return Path(made.name)


_folders = []


def click():
    """The samples of the click, one row for each side."""
    sound = np.full((2, CLICK_FRAMES), 0.25, np.float32)
    sound[:, 0] = 0.5
    return sound


def write_wav(path, samples):
    """16 bits: for values that these hold exactly."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(samples))
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(samples.T * 32_768).astype("<i2").tobytes())


def project(path, **more):
    """A project whose key 60 and whose clips play the click."""
    (path / "assets").mkdir(parents=True)
    write_wav(path / "assets" / "click.wav", click())
    content = {
        "format": "segue.project",
        "version": 1,
        "name": "Click",
        "assets": [{"id": "click", "file": "assets/click.wav"}],
        "buses": [{"id": "master"}],
        "sounds": [{"id": "click", "asset": "click"}],
        "notes": [{"keys": [60, 60], "root": 60, "sound": "click"}],
        **more,
    }
    (path / "project.json").write_text(json.dumps(content))
    return path


def preset(source, target, plugin="segue"):
    """The project as a preset of VST3 hosts, made by `segue pack`."""
    run("pack", source, "-o", target, "--plugin", plugin, "--quiet")
    return str(target)


def run(*words):
    """Runs `segue` to its good end."""
    subprocess.run([PROGRAM, *map(str, words)], check=True, stdout=subprocess.PIPE)


def render(source, seconds, target):
    """What `segue render` makes of a project: the engine's own samples, one row for each side."""
    run("render", source, "-o", target, "--seconds", seconds, "--bits", "32f", "--quiet")
    return read_float_wav(target)


def read_float_wav(path):
    """The samples of a WAV file with 32-bit floats, which Python's `wave` does not read."""
    data = Path(path).read_bytes()
    channels, at = 0, 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"fmt ":
            channels = int.from_bytes(data[at + 10 : at + 12], "little")
        if name == b"data":
            return np.frombuffer(data[at + 8 : at + 8 + size], "<f4").reshape(-1, channels).T
        at += 8 + size + size % 2
    raise ValueError(f"{path} has no data")


def onset(audio):
    """The first frame that is not silent, or None."""
    heard = np.flatnonzero(np.abs(audio).max(axis=0))
    return int(heard[0]) if len(heard) else None


def macro(value=0.5):
    """A macro that moves the gain of an EQ band on the master from -12 to 12 dB."""
    return {
        "buses": [
            {
                "id": "master",
                "inserts": [
                    {
                        "id": "eq",
                        "kind": "eq",
                        "params": {"band7_on": 1, "band7_freq": 1000},
                    }
                ],
            }
        ],
        "macros": [
            {
                "id": "m",
                "name": "Drive",
                "value": value,
                "targets": [
                    {"bus": "master", "insert": "eq", "param": "band7_gain", "min": -12, "max": 12}
                ],
            }
        ],
    }
