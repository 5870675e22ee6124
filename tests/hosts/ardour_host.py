"""Ardour: scans, loads both plug-ins, saves a session, and a second process reloads and renders it."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np

from support import (
    BUNDLE,
    EFFECT,
    INSTRUMENT,
    check,
    finish,
    folder,
    macro,
    onset,
    preset,
    project,
    read_float_wav,
    write_wav,
)

FRAMES = 96_000
MUSIC_FRAMES = 60_000
# Beat 1 at 120 beats a minute. Ardour tells VST3s the beat in whole ticks; the frame is exact.
FIRST_CLIP = 24_000
KEY = 2 * FIRST_CLIP
HERE = Path(__file__).parent / "ardour"


def ardour_lua():
    """The interpreter of the newest Ardour."""
    names = [f"ardour{version}-lua" for version in range(12, 6, -1)]
    found = [path for path in map(shutil.which, names) if path]
    if not found:
        raise SystemExit("no ardour7-lua on PATH: install the package ardour")
    return Path(found[0])


def prepare(home):
    """The plug-ins and presets where Ardour looks, and a format without loss for exports."""
    shutil.copytree(BUNDLE, home / ".vst3" / "Segue.vst3")
    presets = home / ".vst3" / "presets" / "Segue"
    for name in (INSTRUMENT, EFFECT):
        (presets / name).mkdir(parents=True)
    music = project(home / "music", clips=[{"sound": "click", "at_beats": 1}])
    write_wav(music / "assets" / "click.wav", np.full((2, MUSIC_FRAMES), 0.125))
    preset(music, presets / INSTRUMENT / "Music.vstpreset")
    key = project(home / "key", clips=[{"sound": "click", "at_beats": 2}])
    preset(key, presets / INSTRUMENT / "Key.vstpreset")
    duck = project(home / "duck", **duck_project())
    preset(duck, presets / EFFECT / "Duck.vstpreset", "segue-fx")
    exports = home / ".config" / LUA.name.removesuffix("-lua") / "export"
    exports.mkdir(parents=True)
    shutil.copy(HERE / "float.preset", exports)


def duck_project():
    """A compressor on the input, keyed by the side-chain, and a macro."""
    more = macro()
    keyed = {
        "id": "duck",
        "kind": "compressor",
        "key": "sidechain",
        "params": {"threshold": -40, "ratio": 10, "attack": 1},
    }
    more["buses"] += [
        {"id": "sidechain", "mute": True},
        {"id": "input", "inserts": [keyed]},
    ]
    return more


def scanner():
    """Ardour's own VST3 scanner, which its wrapper script knows the folder of."""
    for line in LUA.read_text().splitlines():
        if line.startswith("export ARDOUR_DLL_PATH="):
            return Path(line.partition("=")[2]) / "ardour-vst3-scanner"
    raise SystemExit(f"{LUA} does not say where Ardour is")


def run(home, command):
    """Runs to the end and returns what was said, or None."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
    environment = {key: value for key, value in os.environ.items() if key not in names}
    environment["HOME"] = str(home)
    # With its own AVX-512 kernels Ardour 7 breaks its heap in one run of three: SSE2 is enough for it.
    environment["ARDOUR_FPU_FLAGS"] = "15"
    environment["LD_LIBRARY_PATH"] = str(scanner().parent)
    command = list(map(str, command))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        print(done.stdout, done.stderr, f"exit {done.returncode}")
        return None
    return done.stdout


def session(home, action):
    """One process with the session; its parameters and its audio."""
    words = [LUA, HERE / "session.lua", action, home / "session", home / "export", FRAMES]
    said = run(home, words) or ""
    check("DONE" in said, f"Ardour: {action}")
    values = [line for line in said.splitlines() if line.startswith("VALUES")]
    file = home / "export" / f"{action}.wav"
    return values, read_float_wav(file) if file.is_file() else np.zeros((2, 0))


LUA = ardour_lua()
home = folder()
prepare(home)
scanned = run(home, [scanner(), "-f", home / ".vst3" / "Segue.vst3"]) or ""
for name in (INSTRUMENT, EFFECT):
    check(f"Found Plugin: {name}\n" in scanned, f"the scanner finds {name}")

values, audio = session(home, "make")
check(audio.shape[1] == FRAMES, f"{audio.shape[1]} frames are exported")
check(onset(audio) == FIRST_CLIP, f"the clip on beat 1 sounds on frame {onset(audio)}")
level = lambda start, end: np.abs(audio[:, start:end]).max() if audio.shape[1] else 0.0
free, ducked = level(KEY - 2_400, KEY - 100), level(KEY + 2_400, KEY + 4_700)
check(0 < ducked < 0.4 * free, f"the key on the side-chain ducks {free:.4f} to {ducked:.4f}")
again_values, again = session(home, "reload")
check(values == again_values, f"the saved parameters are back: {again_values}")
same = audio.shape == again.shape and np.array_equal(audio, again)
check(same and onset(again) is not None, "the reloaded session renders the same bits")
if not same and audio.shape == again.shape:
    print(f"       others from frame {onset(audio - again)} on")
finish()
