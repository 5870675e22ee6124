"""Pedalboard: the VST3s in a JUCE host."""

import numpy as np
from pedalboard import VST3Plugin, load_plugin

from support import (
    BUNDLE,
    CLICK_FRAMES,
    EFFECT,
    INSTRUMENT,
    RATE,
    check,
    click,
    finish,
    folder,
    macro,
    onset,
    preset,
    project,
)

work = folder()
names = VST3Plugin.get_plugin_names_for_file(BUNDLE)
check(names == [INSTRUMENT, EFFECT], f"the bundle holds {names}")


def instrument():
    plugin = load_plugin(BUNDLE, plugin_name=INSTRUMENT)
    plugin.load_preset(preset(project(work / "click"), work / "click.vstpreset"))
    return plugin


def note(frame, key=60):
    # Pedalboard drops the fraction of a frame, which rounding may leave just below the next one.
    start = (frame + 0.25) / RATE
    return [(bytes([0x90, key, 127]), start), (bytes([0x80, key, 0]), start + 0.5)]


def play(plugin, messages, size):
    return plugin(messages, 1.0, RATE, num_channels=2, buffer_size=size)


segue = instrument()
check(segue.is_instrument and not segue.is_effect, "Segue is an instrument")
for size in (32, 512, 8_192):
    for frame in (0, 1, 12_345):
        audio = play(segue, note(frame), size)
        check(onset(audio) == frame, f"blocks of {size}: the note on frame {frame} sounds there")
        heard = audio[:, frame : frame + CLICK_FRAMES]
        check(np.array_equal(heard / heard[0, 0], click() / 0.5), "and is the whole sound")
check(onset(play(segue, note(0, 61), 512)) is None, "a key without a sound is silent")

# Parameters: text and value.
gain = segue.parameters["master_gain"]


def set_gain(decibels):
    # Pedalboard rounds values in units to a thousandth of the range; not those from 0 to 1.
    gain.raw_value = (decibels + 96) / 108


segue.master_gain = -6.0
check(abs(segue.master_gain + 6.0) < 0.1, f"the master gain is set in dB and read: {gain}")
set_gain(-6.0)
# A change glides for 10 ms at most: later notes are at the new level.
quiet = np.abs(play(segue, note(4_800), 512)).max()
set_gain(0.0)
ratio = 20 * np.log10(quiet / np.abs(play(segue, note(4_800), 512)).max())
check(abs(ratio + 6) < 0.001, f"-6 dB is {ratio:.4f} dB")
check(gain.get_text_for_raw_value(gain.raw_value).startswith("0"), "the value has a text")

# State.
set_gain(-3.0)
state = segue.raw_state
other = load_plugin(BUNDLE, plugin_name=INSTRUMENT)
other.raw_state = state
check(other.raw_state == state, f"save, load, save is identical: {len(state)} bytes")
same = np.array_equal(play(other, note(100), 256), play(segue, note(100), 1024))
check(same, "the loaded instance plays the same bits")

# The effect at neutral settings.
effect = load_plugin(BUNDLE, plugin_name=EFFECT)
check(effect.is_effect, "Segue FX is an effect")
noise = np.random.default_rng(1).uniform(-0.5, 0.5, (2, RATE)).astype(np.float32)
through = effect(noise, RATE, buffer_size=512)
check(np.array_equal(through, noise), "audio passes through to the bit")

# A project in the effect, and its macro, which pedalboard still calls by its former name.
effect.load_preset(preset(project(work / "drive", **macro()), work / "d.vstpreset", "segue-fx"))
tone = np.sin(np.arange(RATE) * 2 * np.pi * 1000 / RATE).astype(np.float32)
tone = np.stack([tone, tone]) * 0.1
for value, expected in [(100.0, 12.0), (50.0, 0.0), (0.0, -12.0)]:
    effect.macro_1 = value
    effect(tone, RATE)
    level = np.abs(effect(tone, RATE, reset=False)[0, -4_800:]).max() / 0.1
    level = 20 * np.log10(level)
    check(abs(level - expected) < 0.1, f"the macro at {value:.0f} % gives {level:.2f} dB")
finish()
