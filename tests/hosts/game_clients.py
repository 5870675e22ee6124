"""Games over real sockets: `segue ingest run` with clients that nobody here wrote.

Python's `websockets` and `python-osc`, `nc`, and a page in headless Chromium. What they say must be
told as stages, and be heard in the file at the very frame that was told.
"""

import asyncio
import functools
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import websockets
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.udp_client import SimpleUDPClient

from support import CLICK_FRAMES, PROGRAM, RATE, check, finish, folder, project, read_float_wav

# What the slowest machine may take for anything here, in seconds.
PATIENCE = 60

work = folder()
project(
    work / "slots",
    assets=[{"id": "click", "file": "assets/click.wav"}],
    sounds=[
        {"id": "click", "asset": "click"},
        {"id": "turn", "asset": "click", "loop": {}},
    ],
    notes=[],
    interactive={
        "rtpcs": [{"name": "Speed", "min": 0, "max": 10}],
        "events": [
            {"name": "Reels", "actions": [{"do": "play", "target": "turn"}]},
            {"name": "Stop", "actions": [{"do": "play", "target": "click"}]},
        ],
        "stages": {
            "bindings": [
                {"stage": "REEL_SPIN_LOOP", "event": "Reels"},
                {"stage": "REEL_STOP", "event": "Stop"},
            ]
        },
    },
)


# Loops that no stage of the table ends: a game that is gone must not leave them.
project(
    work / "loops",
    assets=[{"id": "click", "file": "assets/click.wav"}],
    sounds=[{"id": "turn", "asset": "click", "loop": {}}],
    notes=[],
    interactive={
        "events": [
            {"name": "Turn", "actions": [{"do": "play", "target": "turn"}]},
            {"name": "Wrap", "actions": [{"do": "post_event", "event": "Turn"}]},
            {"name": "Halt", "actions": [{"do": "stop", "target": "turn"}]},
        ],
        "stages": {
            "bindings": [
                {"stage": "UI_SPIN_PRESS", "event": "Turn"},
                {"stage": "SPIN_END", "event": "Halt"},
                {"stage": "ROLLUP_TICK", "event": "Wrap", "each": True},
            ]
        },
    },
)


class Segue:
    """`segue ingest run` at work, with a WAV file, rows and an answer."""

    def __init__(self, name, *words, env=None, game="slots", stdin=None, stderr=None):
        self.wav = work / f"{name}.wav"
        self.events = work / f"{name}.jsonl"
        self.events.touch()
        self.read = 0
        self.rows = []
        command = [PROGRAM, "ingest", "run", work / game, "--offline", "-o", self.wav]
        command += ["--bits", "32f", "--events", self.events, "--json", "--once", "--tail", "0.4"]
        self.process = subprocess.Popen(
            [*map(str, command), *words],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, **(env or {})},
        )
        self.port = int(self.row("listening")["address"].rsplit(":", 1)[1])

    def look(self):
        with self.events.open() as file:
            file.seek(self.read)
            text = file.read()
        whole = text[: text.rfind("\n") + 1]
        self.read += len(whole.encode())
        self.rows += [json.loads(line) for line in whole.splitlines()]

    def row(self, kind, count=1, **fields):
        """The row of this type and these fields, once there are `count` of them."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.look()
            found = self.all(kind, **fields)
            if len(found) >= count:
                return found[count - 1]
            time.sleep(0.01)
        raise SystemExit(f"no row {kind} {fields} within {PATIENCE} s: {self.rows[-5:]}")

    def all(self, kind, **fields):
        wanted = fields.items()
        return [r for r in self.rows if r["type"] == kind and wanted <= plain(r).items()]

    def end(self):
        """The answer and the audio, once every game has gone."""
        said, _ = self.process.communicate(timeout=PATIENCE)
        check(self.process.returncode == 0, f"it ends in order: {self.process.returncode}")
        self.look()
        return json.loads(said), read_float_wav(self.wav)


def plain(row):
    return {key: value for key, value in row.items() if isinstance(value, (str, int, bool))}


def frame(kind, seq, data):
    t_us = time.monotonic_ns() // 1000
    return json.dumps({"type": kind, "seq": seq, "t_us": t_us, "data": data})


def stage(seq, name, **fields):
    return frame("stage_event", seq, {"stage": name, **fields})


HELLO = {"protocol": "segue", "version": 1, "game_id": "python"}


def clicks_are_heard(segue, audio, what):
    """At the frame of every stop that was told, the click begins, and nowhere else."""
    told = [row["t_smp"] for row in segue.all("stage", stage="reel_stop")]
    expected = np.zeros_like(audio)
    for at in told:
        expected[:, at] += 0.5
        expected[:, at + 1 : at + CLICK_FRAMES] += 0.25
    scale = np.abs(audio).max() / 0.5
    wrong = np.abs(audio - scale * expected).max()
    check(scale > 0.3 and wrong < 1e-6, f"{what}: {len(told)} stops are heard at frames {told}")


async def spin(port):
    async with websockets.connect(f"ws://127.0.0.1:{port}", proxy=None) as ws:
        await ws.send(frame("hello", 1, HELLO))
        hello = json.loads(await ws.recv())
        await ws.send(stage(2, "ui_spin_press"))
        for n in range(3):
            await ws.send(stage(3 + n, "reel_stop", reel=n, symbols=[n]))
            await asyncio.sleep(0.15)
        await ws.send(stage(5, "reel_stop", reel=7, symbols=[]))  # the number was there before
        await ws.send(stage(9, "evaluate_wins"))  # 6 to 8 are missing
        await ws.send(frame("command", 10, {"id": "q", "name": "get_capabilities", "args": {}}))
        heard = [hello]
        while heard[-1]["type"] != "command_ack":
            heard.append(json.loads(await ws.recv()))
        return heard


segue = Segue("websockets", "--ws", "127.0.0.1:0")
heard = asyncio.run(spin(segue.port))
answer, audio = segue.end()
check(heard[0]["data"]["protocol"] == "segue", "websockets: hello is answered")
check(heard[-1]["data"]["success"] is True, "a command is answered")
gaps = [row["data"] for row in heard if row["type"] == "gap"]
check(gaps == [{"from": 6, "to": 8}], f"the gap is told to the game: {gaps}")
segue.row("gap")
segue.row("duplicate")
clicks_are_heard(segue, audio, "websockets")
check(answer["live"]["closed"] == {"gone": 1}, f"it is gone: {answer['live']['closed']}")


async def refused(port, token):
    async with websockets.connect(f"ws://127.0.0.1:{port}", proxy=None) as ws:
        if token is not None:
            await ws.send(frame("auth", 1, {"token": token}))
        await ws.send(frame("hello", 1 if token is None else 2, HELLO))
        try:
            while True:
                await ws.recv()
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code


async def admitted(port, token):
    """A game that repeats the token wherever it may say something."""
    async with websockets.connect(f"ws://127.0.0.1:{port}", proxy=None) as ws:
        await ws.send(frame("auth", 1, {"token": token}))
        await ws.send(frame("hello", 2, {**HELLO, "game_id": f"game {token}"}))
        await ws.send(stage(3, "reel_stop", reel=0, symbols=[]))
        await ws.send(frame("custom", 4, {token: [token, {"a": f"my {token}!"}]}))
        await ws.send(frame("command", 5, {"id": token, "name": token, "args": {"a": token}}))
        while json.loads(await ws.recv())["type"] != "command_ack":
            pass


SECRET = "do not tell"
trace, told = work / "token.trace.jsonl", work / "token.stderr"
with told.open("wb") as stderr:
    words = ("--ws", "127.0.0.1:0", "--trace", trace)
    segue = Segue("token", *words, env={"SEGUE_TOKEN": SECRET}, stderr=stderr)
    for token in ("do not tel", "", None):
        code = asyncio.run(refused(segue.port, token))
        check(code == 4401, f"the token {token!r} is refused with {code}")
    asyncio.run(admitted(segue.port, SECRET))
    answer, audio = segue.end()
clicks_are_heard(segue, audio, "with the token")
check(segue.all("opened", game_id="game ***") != [], "the token is taken out of the game's name")
check('"my ***!"' in trace.read_text(), "the token is taken out of what is recorded")
places = {
    "row": segue.events.read_text(),
    "trace": trace.read_text(),
    "message": told.read_text(),
    "answer": json.dumps(answer),
}
for place, text in places.items():
    check(SECRET not in text, f"the token is in no {place}: {len(text)} characters")


async def hostile(port):
    async with websockets.connect(f"ws://127.0.0.1:{port}", proxy=None) as ws:
        await ws.send(frame("hello", 1, HELLO))
        await ws.send('{"type":"custom","seq":2,"t_us":0,"data":{"a":"' + "x" * 70_000 + '"}}')
        await ws.send('{"type":"custom","seq":3,"t_us":0,"data":' + '{"a":' * 40 + "1" + "}" * 41)
        await ws.send('{"type":"custom","type":"custom","seq":4,"t_us":0}')
        await ws.send(frame("stage_event", 5, {"stage": "reel_stop", "reel": 99, "symbols": []}))
        await ws.send(frame("stage_event", 6, {"stage": "win_present", "win_amount": -1}))
        await ws.send(stage(7, "reel_stop", reel=0, symbols=[]))
        codes = []
        while len(codes) < 3:
            said = json.loads(await ws.recv())
            if said["type"] == "error":
                codes.append(said["data"]["code"])
        await ws.send(b"binary")
        try:
            while True:
                await ws.recv()
        except websockets.ConnectionClosed as closed:
            return codes, closed.rcvd.code


segue = Segue("hostile", "--ws", "127.0.0.1:0")
codes, closed = asyncio.run(hostile(segue.port))
check(codes == ["too_long", "parse", "parse"], f"hostile frames are refused: {codes}")
check(closed == 1003, f"a binary message ends it with {closed}")
answer, audio = segue.end()
check(answer["live"]["refused"].get("stage") == 2, f"wrong fields: {answer['live']['refused']}")
clicks_are_heard(segue, audio, "after all of that")

# Why a conversation ends is the code of its close frame.
async def ended(port, first, *frames):
    async with websockets.connect(f"ws://127.0.0.1:{port}", proxy=None, max_size=None) as ws:
        try:
            await ws.send(first)
            for said in frames:
                if isinstance(said, bytearray):
                    ws.transport.write(said)  # as it is on the wire
                else:
                    await ws.send(said)
            while True:
                await ws.recv()
        except websockets.ConnectionClosed as closed:
            return closed.rcvd and closed.rcvd.code


async def crowd(port):
    """Sixteen games, and what becomes of one more."""
    games = []
    for _ in range(16):
        game = await websockets.connect(f"ws://127.0.0.1:{port}", proxy=None)
        await game.send(frame("hello", 1, HELLO))
        await game.recv()
        games.append(game)
    code = await ended(port, frame("hello", 1, HELLO))
    for game in games:
        await game.close()
    return code


hello = frame("hello", 1, HELLO)
# What a text of one byte more than 16 MiB begins with: the rest of it need not come.
LONG = bytearray(b"\x81\xff" + ((16 << 20) + 1).to_bytes(8, "big") + bytes(4))
for code, words in {
    1003: (hello, b"binary"),
    1008: (hello, *["no JSON"] * 101),
    1009: (hello, LONG),
    4401: (stage(1, "spin_end"),),
}.items():
    segue = Segue(f"close-{code}", "--ws", "127.0.0.1:0", "--seconds", "20")
    found = asyncio.run(ended(segue.port, *words))
    segue.process.terminate()
    segue.process.wait()
    check(found == code, f"websockets: closed with {found}, {code} is expected")
segue = Segue("close-1013", "--ws", "127.0.0.1:0")
found = asyncio.run(crowd(segue.port))
segue.end()
check(found == 1013, f"websockets: the seventeenth is closed with {found}")

# Commands both ways.
ALL = "play_spin pause resume stop seek set_speed set_timing_profile get_state get_spin_list"
ALL = [*ALL.split(), "get_capabilities", "trigger_event", "set_parameter", "custom"]
ARGS = {
    "play_spin": {"spin_id": 1},
    "seek": {"ms": 0},
    "set_speed": {"speed": 1},
    "set_timing_profile": {"profile": "turbo"},
    "trigger_event": {"event": "Stop"},
    "set_parameter": {"name": "Speed", "value": 1},
}


async def commands(port, asking):
    async with websockets.connect(f"ws://127.0.0.1:{port}", proxy=None) as ws:
        await ws.send(hello)
        seq = 3
        await ws.send(stage(2, "ui_spin_press"))
        await ws.send(stage(3, "reel_stop", reel=0, symbols=[]))
        segue.row("stage", stage="reel_stop")
        answers = []
        # A stop ends a spin that is played again, so it comes last.
        for name in sorted(ALL, key=lambda name: (name == "stop", ALL.index(name))):
            seq += 1
            asked = {"id": name, "name": name, "args": ARGS.get(name, {})}
            await ws.send(frame("command", seq, asked))
            while (said := json.loads(await ws.recv()))["type"] != "command_ack":
                pass
            answers.append((said["data"]["command_id"], said["data"]["success"]))
        asked = []
        for name in ALL:
            asking.write(f"command {name} {json.dumps(ARGS.get(name, {}))}\n".encode())
            asking.flush()
            while (said := json.loads(await ws.recv()))["type"] != "command":
                pass
            asked.append(said["data"]["name"])
            seq += 1
            answer = {"command_id": said["data"]["id"], "success": True, "data": name}
            await ws.send(frame("command_ack", seq, answer))
            segue.row("ack", name=name)
        return answers, asked


segue = Segue("commands", "--ws", "127.0.0.1:0", "--commands", stdin=subprocess.PIPE)
answers, asked = asyncio.run(commands(segue.port, segue.process.stdin))
segue.process.stdin.close()
segue.process.stdin = None
segue.end()
check([done for _, done in answers] == [True] * 13, f"a game asks: {answers}")
check(asked == ALL, f"a game is asked: {asked}")

# OSC: a bundle's time tags are kept to the frame.
segue = Segue("osc", "--osc", "127.0.0.1:0", "--seconds", "3")
client = SimpleUDPClient("127.0.0.1", segue.port)


def message(address, *arguments):
    made = OscMessageBuilder(address)
    for argument in arguments:
        made.add_arg(argument)
    return made.build()


start = time.time() + 0.5
for offset in (0.0, 0.125, 0.25):
    bundle = OscBundleBuilder(start + offset)
    bundle.add_content(message("/stage/reel_stop", 1))
    client.send(bundle.build())
client.send_message("/rtpc/Speed", 2.5)
check(segue.row("rtpc")["value"] == 2.5, "OSC: an RTPC is set")
segue.row("stage", 3)
_, audio = segue.end()
frames = [row["t_smp"] for row in segue.all("stage")]
apart = np.diff(frames)
check(np.abs(apart - RATE / 8).max() <= 1, f"OSC: bundles 125 ms apart are {apart} frames apart")
clicks_are_heard(segue, audio, "OSC")

# nc: lines from a shell.
segue = Segue("nc", "--tcp", "127.0.0.1:0")
lines = [frame("hello", 1, HELLO), stage(2, "reel_stop", reel=0, symbols=[])]
text = "\n".join(lines) + "\r\n"
with subprocess.Popen(
    ["nc", "-N", "127.0.0.1", str(segue.port)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
) as nc:
    nc.stdin.write(text.encode())
    nc.stdin.flush()
    segue.row("stage")
    nc.stdin.close()
_, audio = segue.end()
clicks_are_heard(segue, audio, "nc")

# A flood: what is not taken is counted, message by message. As many as 10,000 a second for a minute, as
# fast as the socket takes them.
SENT = 600_000


def flood(port):
    def line(seq):
        name, more = "rollup_tick", f'"current":{seq},"progress":0.5'
        if seq % 1000 == 0:
            name, more = "reel_stop", '"reel":0,"symbols":[]'
        data = f'{{"stage":"{name}",{more}}}'
        return f'{{"type":"stage_event","seq":{seq},"t_us":{seq},"data":{data}}}\n'

    with socket.create_connection(("127.0.0.1", port)) as game:
        game.sendall((frame("hello", 1, HELLO) + "\n").encode())
        # What Segue says is read, or it would take the game for one that does not.
        reader = threading.Thread(target=lambda: [None for _ in iter(lambda: game.recv(65_536), b"")])
        reader.start()
        for first in range(2, SENT + 2, 1000):
            game.sendall("".join(map(line, range(first, first + 1000))).encode())
        game.shutdown(socket.SHUT_WR)
        reader.join()


# The usual 1000 a second are taken, and what ends something besides.
segue = Segue("flood", "--tcp", "127.0.0.1:0")
flood(segue.port)
answer, _ = segue.end()
live = answer["live"]
lost = sum(drop["count"] for drop in live["drops"])
kinds = {drop["kind"] for drop in live["drops"]}
# One message more is Segue's own: the game is gone.
taken = live["messages"] - 1
check(taken + lost == SENT and lost > 0, f"a flood: {taken} taken and {lost} dropped of {SENT}")
check(kinds <= {"rollup_tick"}, f"only what may be lost is: {kinds}")
stops = [row["seen"] for row in live["stages"] if row["stage"] == "reel_stop"]
check(stops == [SENT // 1000], f"every stop is there: {stops}")


# A page in a browser, killed in the middle of its spin.
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


pages = functools.partial(Quiet, directory=Path(__file__).parent)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), pages)
threading.Thread(target=server.serve_forever, daemon=True).start()
segue = Segue("page", "--ws", "127.0.0.1:0")
with tempfile.TemporaryDirectory() as profile:
    browser = subprocess.Popen(
        [
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            f"--user-data-dir={profile}",
            f"http://127.0.0.1:{server.server_address[1]}/game_page.html?port={segue.port}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        segue.row("opened", game_id="page")
        segue.row("stage", 2, stage="reel_stop")
    finally:
        # All of its processes, as if the machine had lost them.
        os.killpg(browser.pid, signal.SIGKILL)
        browser.wait()
    answer, audio = segue.end()
server.shutdown()
spun = segue.all("stage", stage="reel_spin_loop")[0]
ended = segue.all("end_stages")[0]["t_smp"]
check(segue.all("finished", event="Reels") != [], "the page was killed: its loop has ended")
check(answer["live"]["open_loops"] == [], f"no loop is open: {answer['live']['loops_cut']} was")
after = np.abs(audio[:, ended + RATE // 10 :]).max()
before = np.abs(audio[:, spun["t_smp"] : ended]).max()
check(before > 0.2 and after == 0, f"it is heard ({before:.2f}), and then silent ({after})")

# A game that is killed while a loop plays that only its own next words would have stopped.
for how, posts in (("stage", 1), ("each", 3), ("event", 1)):
    segue = Segue(f"killed-{how}", "--tcp", "127.0.0.1:0", game="loops")
    killed = Path(__file__).parent / "killed_game.py"
    game = subprocess.Popen([sys.executable, killed, str(segue.port), how])
    try:
        begun = segue.row("posted", posts, event="Turn")["t_smp"]
    finally:
        game.kill()
        game.wait()
    _, audio = segue.end()
    ended = segue.all("end_stages")[0]["t_smp"]
    finished = segue.all("finished", event="Turn")
    check(len(finished) == posts, f"killed ({how}): {len(finished)} of {posts} loops have ended")
    after = np.abs(audio[:, ended + RATE // 10 :]).max()
    before = np.abs(audio[:, begun : ended + 1]).max()
    check(before > 0.2 and after == 0, f"killed ({how}): heard ({before:.2f}), then silent ({after})")

finish()
