"""Loudness, range and true peak next to pyloudnorm and ffmpeg, on signals and on the factory's sounds."""

import json
import re
import subprocess

import numpy as np
import pyloudnorm
import soundfile

from support import PROGRAM, ROOT, check, finish, folder

work = folder()


def tone(parts, rate=48_000, hertz=1_000.0):
    """Seconds and dBFS, one after the other, on both sides."""
    level = np.concatenate([np.full(round(s * rate), 10 ** (db / 20)) for s, db in parts])
    x = level * np.sin(2 * np.pi * hertz / rate * np.arange(len(level)))
    return np.stack([x, x], 1)


def programme(seed, rate=48_000, seconds=25, channels=2):
    """Noise with swells and pauses, as music has them."""
    random = np.random.default_rng(seed)
    frames = seconds * rate
    # A random walk in dB, a value every half second.
    walk = np.clip(np.cumsum(random.normal(0, 4, 2 * seconds + 2)) - 20, -50, -10)
    level = 10 ** (np.interp(np.arange(frames), np.arange(len(walk)) * rate / 2, walk) / 20)
    white = random.normal(0, 1, (frames, channels))
    # Less treble: a moving mean.
    kernel = np.exp(-np.arange(40) / 8)
    pink = np.stack([np.convolve(side, kernel, "same") for side in white.T], 1)
    return np.clip(0.5 * level[:, None] * pink / pink.std(), -0.99, 0.99)


SIGNALS = {
    "3341-1": tone([(20, -23)]),
    "3341-3": tone([(10, -36), (60, -23), (10, -36)]),
    "3341-4": tone([(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)]),
    "3341-5": tone([(20, -26), (20.1, -20), (20, -26)]),
    "3342-1": tone([(20, -20), (20, -30)]),
    "3342-4": tone([(20, -50), (20, -35), (20, -20), (20, -35), (20, -50)]),
    "programme": programme(1),
    "programme, 44.1 kHz": programme(2, 44_100),
    "programme, 96 kHz": programme(3, 96_000),
    "programme, mono": programme(4, channels=1),
}
RATES = {"programme, 44.1 kHz": 44_100, "programme, 96 kHz": 96_000}

files = []
for name, x in SIGNALS.items():
    path = work / f"{name}.wav"
    soundfile.write(path, x, RATES.get(name, 48_000), "FLOAT")
    files.append(path)
files += sorted((ROOT / "presets/factory/assets").glob("*.flac"))

lines = subprocess.run(
    [PROGRAM, "measure", "--json", "--quiet", *files], check=True, stdout=subprocess.PIPE, text=True
).stdout.splitlines()
ours = [json.loads(line) for line in lines]
check(len(ours) == len(files), f"{len(ours)} files are measured")


def ffmpeg(path, filters="ebur128=peak=true:metadata=1"):
    """I, largest M and S, LRA and true peak, as its filter says; NaN where a sound is too short."""
    filters += ",ametadata=mode=print:file=-"
    words = ["ffmpeg", "-v", "info", "-nostdin", "-i", path, "-af", filters, "-f", "null", "-"]
    pipe = subprocess.PIPE
    run = subprocess.run(words, check=True, stdout=pipe, stderr=pipe, text=True)
    values = lambda key: [float(v) for v in re.findall(rf"lavfi\.r128\.{key}=(\S+)", run.stdout)]
    summary = run.stderr[run.stderr.rindex("Summary:") :]
    peak = re.search(r"True peak:\s+Peak:\s+(\S+)", summary)
    return {
        "I": (values("I") or [np.nan])[-1],
        "M": max(values("M"), default=np.nan),
        "S": max(values("S"), default=np.nan),
        "LRA": (values("LRA") or [np.nan])[-1],
        "TP": float(peak[1]) if peak else np.nan,
    }


def range_of_file(path):
    """With the 1.5 s of silence that EBU Tech 3342 appends to a file."""
    return ffmpeg(path, "apad=pad_dur=1.5,ebur128=metadata=1")["LRA"]


def near(ours, theirs, tolerance):
    """Below -70 LUFS there is no loudness: some say minus infinity."""
    ours = -np.inf if ours is None else ours
    return abs(ours - theirs) <= tolerance or (ours < -69 and theirs < -69)


for path, row in zip(files, ours):
    x, rate = soundfile.read(path, always_2d=True)
    seconds = len(x) / rate
    said = []
    good = True
    theirs = ffmpeg(path)
    # It reads the true peak at 192 kHz and prints tenths; M and S are read every 100 ms, ours every
    # 10 ms: ours may be larger.
    good &= abs(row["true_peak_dbtp"] - theirs["TP"]) <= 0.25
    said.append(f"TP {row['true_peak_dbtp']:.2f} {theirs['TP']:.1f}")
    if seconds >= 0.4:
        good &= near(row["lufs_i"], theirs["I"], 0.1)
        meter = pyloudnorm.Meter(rate)
        third = meter.integrated_loudness(x)
        good &= near(row["lufs_i"], third, 0.1)
        said.append(f"I {row['lufs_i']:.2f} {theirs['I']:.2f} {third:.2f}")
        good &= -0.1 <= row["lufs_m_max"] - theirs["M"] <= 1.5
        said.append(f"M {row['lufs_m_max']:.2f} {theirs['M']:.2f}")
    if seconds >= 20:
        good &= abs(row["lufs_s_max"] - theirs["S"]) <= 0.2
        said.append(f"S {row['lufs_s_max']:.2f} {theirs['S']:.2f}")
        lra = range_of_file(path)
        good &= abs(row["lra"] - lra) <= 1.0
        said.append(f"LRA {row['lra']:.2f} {lra:.2f}")
    check(good, f"{path.stem}: {', '.join(said)}")
finish()
