#!/bin/sh
# Makes the fixtures of this folder again (needs python3, ffmpeg, lame, oggenc, flac). The signal
# is integer arithmetic, the same as `signal` in src/testing.rs, so the tests know every sample.
set -eu
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 - "$tmp" <<'P'
import sys, wave, struct
def signal(frames, channel):
    phase, step, out = 0, (300 + 100 * channel) * 97391, []
    for _ in range(frames):
        x = ((phase >> 16) ^ 0x8000) - 0x8000
        out.append(x * (32768 - abs(x)) >> 14)
        phase, step = (phase + step) & 0xFFFFFFFF, step + 29000
    return out
def write(name, frames, channels):
    rows = list(zip(*[signal(frames, c) for c in range(channels)]))
    with wave.open(f"{sys.argv[1]}/{name}.wav", "wb") as w:
        w.setnchannels(channels); w.setsampwidth(2); w.setframerate(44100)
        w.writeframes(b"".join(struct.pack(f"<{channels}h", *r) for r in rows))
write("mono", 9001, 1)
write("stereo", 9001, 2)
write("six", 2000, 6)
P
enc() { in=$1; shift; ffmpeg -v error -y -i "$tmp/$in.wav" -map_metadata -1 -fflags +bitexact -flags:a +bitexact "$@"; }
lame --quiet --noreplaygain -b 64 "$tmp/mono.wav" mono.mp3
lame --quiet --noreplaygain -V 4 "$tmp/stereo.wav" stereo.mp3
oggenc -Q -q 3 --serial 1 -o mono.ogg "$tmp/mono.wav"
oggenc -Q -q 3 --serial 1 -o stereo.ogg "$tmp/stereo.wav"
enc mono -c:a aac -b:a 96k mono.m4a
enc stereo -c:a aac -b:a 128k stereo.m4a
enc stereo -c:a aac -b:a 128k -f adts stereo.aac
enc mono -c:a alac alac.m4a
enc mono -c:a alac alac.caf
enc mono -c:a flac mono.flac
enc mono -c:a flac -f ogg flac.ogg
enc mono -c:a pcm_s16be mono.aiff
enc mono -c:a pcm_s16le mono.caf
enc six -af channelmap=channel_layout=5.1 -c:a flac six.flac
oggenc -Q -q 5 --serial 1 -o six.ogg "$tmp/six.wav"
enc six -af channelmap=channel_layout=5.1 -c:a aac -b:a 256k six.m4a
enc mono -c:a libopus -b:a 32k opus.ogg
enc mono -c:a adpcm_ima_wav adpcm.wav
