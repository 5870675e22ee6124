"""Peers that are Python packages, for `segue-bench-delivery`.

Reads questions, a line each, and answers with a line `ok ANSWER`:
  names WORK           the peers that do this work, with commas
  turn WORK NAME       CPU nanoseconds a frame, once
  quality WORK NAME    what the result is worth
"""

import sys
import time
from importlib.util import find_spec

import numpy as np

RATE = 48_000
TURN = 400 * 512
CEILING = -6.0
BANDS = [(60, 4), (150, -3), (400, 3), (1_000, -4), (2_500, 3.5), (5_000, -3), (8_000, 4), (12_000, -5)]

signal = np.fromfile(sys.argv[1], "<f4").reshape(-1, 2)[:TURN]
planar = np.ascontiguousarray(signal.T)


def juce(work):
    import pedalboard as p

    eq = [p.PeakFilter(f, g, 1.0) for f, g in BANDS]
    compressor = p.Compressor(-24.0, 4.0, 10.0, 100.0)
    # It looks at samples, not at the peaks between them.
    limiter = [p.Gain(6.0), p.Limiter(CEILING, 100.0)]
    chains = {
        "eq": eq,
        "compressor": [compressor],
        "limiter": limiter,
        "strip": [*eq, compressor, p.Limiter(CEILING, 100.0)],
        "reverb": [p.Reverb(room_size=0.7, wet_level=1.0, dry_level=0.0)],
    }
    if work == "convolution":
        frames = 2 * RATE
        noise = np.random.default_rng(1).uniform(-1, 1, (2, frames))
        response = (noise * np.exp(-6.9 * np.arange(frames) / frames) * 0.05).astype(np.float32)
        return p.Pedalboard([p.Convolution(response, 1.0, sample_rate=RATE)])
    return p.Pedalboard(chains[work])


CONVERTERS = {
    "soxr HQ": lambda x, a, b: __import__("soxr").resample(x, a, b, "HQ"),
    "soxr VHQ": lambda x, a, b: __import__("soxr").resample(x, a, b, "VHQ"),
    "libsamplerate best": lambda x, a, b: __import__("samplerate").resample(x, b / a, "sinc_best"),
}


def names(work):
    has = lambda package: find_spec(package) is not None
    if work in ("eq", "compressor", "limiter", "strip", "reverb", "convolution"):
        return ["juce (pedalboard)"] if has("pedalboard") else []
    if work == "import":
        found = ["soxr HQ"] if has("soxr") else []
        return found + (["libsamplerate best"] if has("samplerate") else [])
    return ["soxr VHQ"] if work == "offline" and has("soxr") else []


boards = {}


def turn(work, name):
    if name in CONVERTERS:
        convert = CONVERTERS[name]
        start = time.thread_time_ns()
        frames = len(convert(signal, 44_100, 48_000))
        return (time.thread_time_ns() - start) / frames
    board = boards.setdefault(work, juce(work) if work not in boards else None)
    start = time.thread_time_ns()
    board.process(planar, RATE, buffer_size=512, reset=False)
    return (time.thread_time_ns() - start) / planar.shape[1]


def fit(x, hertz, rate):
    start = (len(x) - rate) // 2
    x = x[start : start + rate].astype(np.float64)
    phase = 2 * np.pi * hertz / rate * np.arange(len(x))
    s, c = np.sin(phase), np.cos(phase)
    a, b = x @ s * 2 / len(x), x @ c * 2 / len(x)
    rest = np.sum((x - a * s - b * c) ** 2) * 2 / len(x)
    amplitude = np.hypot(a, b)
    return amplitude, 10 * np.log10(max(rest / max(amplitude**2, 1e-300), 1e-30))


def converter_quality(name):
    convert = CONVERTERS[name]
    kind = np.float64 if name == "soxr VHQ" else np.float32

    def one(a, b, hertz):
        tone = np.sin(2 * np.pi * hertz / a * np.arange(4 * a)).astype(kind)
        return convert(tone, a, b)

    up = lambda hertz: fit(one(44_100, 48_000, hertz), hertz, 48_000)
    alias = fit(one(48_000, 44_100, 23_500), 44_100 - 23_500, 44_100)[0]
    return (
        f"20 kHz {20 * np.log10(up(20_000)[0]):+.4f} dB, THD+N {up(997)[1]:.0f}/{up(19_001)[1]:.0f}, "
        f"image {up(21_000)[1]:.0f}, alias {20 * np.log10(max(alias, 1e-15)):.0f} dB"
    )


def true_peak(x):
    """In dBTP, of a signal of two rows, by the FFT at 16 times the rate."""
    loudest = 0.0
    for side in x:
        spectrum = np.fft.rfft(side)
        loudest = max(loudest, np.abs(np.fft.irfft(spectrum, 16 * len(side))).max() * 16)
    return 20 * np.log10(loudest)


def quality(work, name):
    if name in CONVERTERS:
        return converter_quality(name)
    if work == "eq":
        import pedalboard as p

        tone = np.sin(2 * np.pi * 16_000 / RATE * np.arange(2 * RATE)).astype(np.float32) * 0.1
        out = p.Pedalboard([p.PeakFilter(10_000, 12.0, 1.0)])(np.stack([tone, tone]), RATE)
        x, a = (1.6 - 1 / 1.6) ** 2, 10 ** (12 / 40)
        ideal = 10 * np.log10((x + a**2) / (x + a**-2))
        error = 20 * np.log10(fit(out[0], 16_000, RATE)[0] / 0.1) - ideal
        return f"bell +12 dB at 10 kHz is {error:+.2f} dB off at 16 kHz"
    if work == "compressor":

        def answer(level):
            tone = np.sin(2 * np.pi * 997 / RATE * np.arange(4 * RATE)) * 10 ** (level / 20)
            out = juce(work)(np.stack([tone, tone]).astype(np.float32), RATE)
            amplitude, rest = fit(out[0], 997, RATE)
            return 20 * np.log10(amplitude), rest

        (soft, _), (loud, rest) = answer(-18.0), answer(-6.0)
        return f"gain reduction {loud - soft - 3.0:+.2f} dB off over 12 dB, THD+N {rest:.0f} dB"
    if work in ("limiter", "strip"):
        out = juce(work).process(planar, RATE, buffer_size=512)
        # It makes up for the threshold: its ceiling is full scale.
        return f"true peak {true_peak(out):+.2f} dB from its ceiling"
    if work == "reverb":
        return "Freeverb: 8 combs, 4 all-passes a side"
    return ""


for line in sys.stdin:
    question, work, *name = line.split(maxsplit=2)
    name = name[0].strip() if name else ""
    try:
        if question == "names":
            print("ok", ",".join(names(work)) or ",", flush=True)
        elif question == "turn":
            print("ok", turn(work, name), flush=True)
        else:
            print("ok", quality(work, name) or "-", flush=True)
    except Exception as error:  # noqa: BLE001 - the parent reports it
        print("failed", repr(error), flush=True)
