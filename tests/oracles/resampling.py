"""Sample-rate conversion next to soxr: ripple, distortion, images and aliases, none worse.

The tiers `import` and `stream` (f32) stand beside soxr's HQ in f32, `offline` (f64) beside VHQ in f64. What is
below the bound of `docs` for the tier is as good as nothing.
"""

import subprocess

import numpy as np
import soxr

from support import RESAMPLE, check, finish


def segue(tier):
    def convert(x, a, b):
        words = [RESAMPLE, str(a), str(b), tier]
        run = subprocess.run(words, input=x.astype("<f8").tobytes(), check=True, stdout=subprocess.PIPE)
        return np.frombuffer(run.stdout, "<f8")

    return convert


def other(quality, kind):
    return lambda x, a, b: soxr.resample(x.astype(kind), a, b, quality).astype(np.float64)


def tone(hertz, rate, seconds=3):
    return 0.5 * np.sin(2 * np.pi * hertz / rate * np.arange(seconds * rate))


def middle(y, rate):
    start = (len(y) - rate) // 2
    return y[start : start + rate]


def db(x):
    return 20 * np.log10(max(x, 1e-20))


def fit(y, hertz, rate):
    """Amplitude of the tone, and the RMS of the rest relative to it in dB."""
    y = middle(y, rate)
    phase = 2 * np.pi * hertz / rate * np.arange(len(y))
    basis = np.stack([np.sin(phase), np.cos(phase)], 1)
    best, *_ = np.linalg.lstsq(basis, y, rcond=None)
    amplitude = np.hypot(*best)
    return amplitude, db(np.sqrt(2 * np.mean((y - basis @ best) ** 2)) / amplitude)


def measure(convert):
    """Everything in dB; less is better."""
    comb = sum(tone(250 * k, 44_100) for k in range(1, 81)) / 40
    y = middle(convert(comb, 44_100, 48_000), 48_000)
    lines = np.abs(np.fft.rfft(y))[250 : 20_001 : 250] * 2 / len(y) * 80
    found = {"ripple to 20 kHz": np.abs(20 * np.log10(lines)).max()}
    for a, b in [(44_100, 48_000), (48_000, 44_100), (96_000, 48_000), (48_000, 96_000)]:
        for hertz in (997, 19_001):
            found[f"THD+N {hertz} Hz {a} to {b}"] = fit(convert(tone(hertz, a), a, b), hertz, b)[1]
    y = convert(tone(21_000, 44_100), 44_100, 48_000)
    found["image of 21 kHz"] = fit(y, 21_000, 48_000)[1]
    for hertz in (22_300, 22_600, 23_000, 23_500):
        y = middle(convert(tone(hertz, 48_000), 48_000, 44_100), 44_100)
        found[f"alias of {hertz} Hz"] = db(np.sqrt(2 * np.mean(y**2)) / 0.5)
    return found


# Ripple and noise below which nothing is heard or measured in the tier: better than these is as good.
for tier, quality, kind, floor in [
    ("import", "HQ", np.float32, {"ripple": 1e-3, "rest": -135.0}),
    ("stream", "HQ", np.float32, {"ripple": 1e-2, "rest": -130.0}),
    ("offline", "VHQ", np.float64, {"ripple": 1e-4, "rest": -175.0}),
]:
    ours, theirs = measure(segue(tier)), measure(other(quality, kind))
    for what, value in ours.items():
        enough = floor["ripple" if what.startswith("ripple") else "rest"]
        text = f"{tier}: {what}: {value:.4g} dB, soxr {quality} {theirs[what]:.4g} dB"
        check(value <= max(theirs[what] + 0.01, enough), text)
finish()
