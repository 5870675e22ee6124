"""DawDreamer: notes, the host's transport, automation and buffer sizes.

Its inputs are those of the main bus; the side-chain is tested in Ardour.
"""

import json
import shutil
from pathlib import Path

import dawdreamer
import numpy as np

from support import BUNDLE, RATE, check, finish, folder, macro, onset, preset, project, render

work = folder()
FACTORY = Path(__file__).parents[2] / "presets" / "factory"


def effect_bundle():
    """The bundle with its classes in the other order: DawDreamer takes the first one."""
    bundle = work / "effect" / "Segue.vst3"
    shutil.copytree(BUNDLE, bundle)
    info = bundle / "Contents" / "Resources" / "moduleinfo.json"
    content = json.loads(info.read_text())
    content["Classes"].reverse()
    info.write_text(json.dumps(content))
    return str(bundle)


EFFECT_BUNDLE = effect_bundle()


def load(segue, source):
    """Loads a preset. What activates the plug-in anew waits for the project, and JUCE reads the
    latency of the activation before."""
    if not segue.load_vst3_preset(source):
        raise SystemExit(f"{source} was refused")
    for _ in range(2):
        segue.disable_nonmain_buses()


def instrument(source, size, bpm=120.0):
    """An engine with the instrument, and the instrument, with a project."""
    engine = dawdreamer.RenderEngine(RATE, size)
    engine.set_bpm(bpm)
    segue = engine.make_plugin_processor("segue", BUNDLE)
    load(segue, source)
    engine.load_graph([(segue, [])])
    return engine, segue


def effect(size, audio, source=None):
    """An engine with the effect behind an audio input, and the effect."""
    engine = dawdreamer.RenderEngine(RATE, size)
    segue = engine.make_plugin_processor("segue", EFFECT_BUNDLE)
    if source:
        load(segue, source)
    player = engine.make_playback_processor("input", audio)
    engine.load_graph([(player, []), (segue, ["input"])])
    return engine, segue


def heard(engine, seconds):
    engine.render(seconds)
    return engine.get_audio()


def same_bits(sizes, audio_of, what):
    """Checks that every buffer size gives the same bits; returns them."""
    first, *others = [audio_of(size) for size in sizes]
    same = onset(first) is not None and all(np.array_equal(first, other) for other in others)
    check(same, f"{what}: the same bits in buffers of {sizes}")
    return first


# Notes land on their frame.
plain = preset(project(work / "plain"), work / "plain.vstpreset")
for size in (32, 500, 2_048):
    for frame in (0, 12_001):
        engine, segue = instrument(plain, size)
        segue.add_midi_note(60, 127, frame / RATE, 0.5)
        found = onset(heard(engine, 0.5))
        check(found == frame, f"buffers of {size}: the note on frame {frame} sounds on {found}")

# The host's transport plays the project's clips: what the host renders is what `segue` renders.
clips = [{"sound": "click", "at_beats": beat} for beat in (0, 1, 1.375, 2.7)]
slow = [{"at_beats": 0, "bpm": 90}]
timed = project(work / "timed", clips=clips, tempo=slow)
timed_preset = preset(timed, work / "timed.vstpreset")
audio = same_bits(
    (64, 777, 2_048),
    lambda size: heard(instrument(timed_preset, size, bpm=90.0)[0], 3.0),
    "clips at 90 beats a minute",
)
expected = render(timed, 3, work / "timed.wav")
check(np.array_equal(audio, expected), "and the bits of `segue render`")

factory = preset(FACTORY, work / "factory.vstpreset")
tempo = json.loads((FACTORY / "project.json").read_text()).get("tempo", [{"bpm": 120}])
bpm = tempo[0]["bpm"]
engine, segue = instrument(factory, 512, bpm)
latency = segue.get_latency_samples()
audio = heard(engine, 6.0)
expected = render(FACTORY, 6, work / "factory.wav")
check(latency > 0, f"the factory project's limiter is reported as a latency: {latency} frames")
same = np.array_equal(audio[:, latency:], expected[:, : audio.shape[1] - latency])
check(same, "and the rest are the bits of `segue render`")

# The effect at neutral settings, and with a project, in buffers of any size.
noise = np.random.default_rng(2).uniform(-0.5, 0.5, (2, RATE)).astype(np.float32)
audio = heard(effect(512, noise)[0], 1.0)
check(np.array_equal(audio, noise), "audio passes through Segue FX to the bit")
drive = preset(project(work / "drive", **macro(0.8)), work / "drive.vstpreset", "segue-fx")
same_bits((64, 777, 2_048), lambda size: heard(effect(size, noise, source=drive)[0], 1.0), "an EQ")

# Automation: DawDreamer sets values between buffers, so buffers of one frame are exact to the frame.
STEP = 4_800
GLIDE = RATE // 100
ones = np.full((2, 2 * STEP), 0.25, np.float32)


def gain_step(size):
    engine, segue = effect(size, ones)
    names = [entry["name"] for entry in segue.get_parameters_description()]
    curve = np.full(2 * STEP, 8 / 9, np.float32)
    curve[STEP:] = 0.0
    segue.set_automation(names.index("Master gain"), curve)
    return heard(engine, 2 * STEP / RATE)


audio = same_bits((1, 32, 480), gain_step, "automation")
before, after = audio[:, :STEP], audio[:, STEP:]
# 8/9 is 0 dB but for the rounding of a float.
check(np.abs(before - 0.25).max() < 1e-6, f"nothing happens before frame {STEP}")
check(after[0, 0] < 0.25, "the value takes effect on its frame")
check(np.abs(after[:, GLIDE:]).max() == 0.0, "and has arrived 10 ms later")

finish()
