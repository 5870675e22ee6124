"""The JSON Schema of frames next to the table of stages, in jsonschema's eyes: each stage in both forms, each
field at its limits and beyond, and every other kind of frame."""

import json
import re
import subprocess

from jsonschema import Draft202012Validator

from support import PROGRAM, check, finish

# Amounts end here, as in docs/ingest.md, though the table has room for more.
WIN_MAX = 10**12


def segue(*arguments):
    return subprocess.run([PROGRAM, *arguments], check=True, capture_output=True).stdout


def kind(allowed):
    """Values that a field takes and values that it does not, by what `segue stages list` says of it."""
    if whole := re.fullmatch(r"a whole number in (\d+)\.\.=(\d+)", allowed):
        least, most = int(whole[1]), int(whole[2])
        most = WIN_MAX if most == 2**63 - 1 else most
        return [least, most], [least - 1, most + 1, least + 0.5, str(least), None, [], True]
    if number := re.fullmatch(r"a number in (\d+)\.\.=(\d+)", allowed):
        least, most = int(number[1]), int(number[2])
        return [least, most, (least + most) / 2], [least - 0.001, most + 0.001, "1", None, True]
    if text := re.fullmatch(r"a text of at most (\d+) characters", allowed):
        most = int(text[1])
        return ["", "é" * most, "a b"], ["x" * (most + 1), "a\nb", "\x1b[1m", "\x9b", 1, None]
    if items := re.fullmatch(r"a list of at most (\d+) whole numbers in (\d+)\.\.=(\d+)", allowed):
        count, least, most = (int(part) for part in items.groups())
        good = [[], [least, most], [least] * count]
        return good, [[least] * (count + 1), [least - 1], [most + 1], ["1"], least, None]
    if words := re.fullmatch(r"one of (.+)", allowed):
        words = words[1].split(", ")
        good = [word for word in words if word != "custom:N"]
        if "custom:N" in words:
            good += ["custom:0", "custom:999999999"]
        return good, [*(word.upper() for word in words[:1]), "custom:-1", "custom:x", "other", 1, None]
    if allowed == "true or false":
        return [True, False], [0, 1, "true", None]
    raise ValueError(allowed)


schema = json.loads(segue("stages", "schema", "--frames"))
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
stages = json.loads(segue("stages", "list", "--json"))["stages"]


def frame(of, data, **more):
    return {"type": of, "seq": 1, "t_us": 0, "data": data, **more}


def forms(name, fields):
    """The short form, and the long one with what is known around."""
    yield frame("stage_event", {"stage": name, **fields})
    around = {"payload": {"win": 0, "bet": WIN_MAX}, "timestamp_ms": 3_600_000}
    yield frame("stage_event", {"stage": {"type": name, **fields}, **around})


counts = {True: 0, False: 0}
wrong = []


def expect(is_right, it):
    counts[is_right] += 1
    if validator.is_valid(it) != is_right:
        wrong.append((is_right, it))


for stage in stages:
    kinds = {field["name"]: kind(field["allowed"]) for field in stage["fields"]}
    optional = {field["name"] for field in stage["fields"] if field["optional"]}
    usual = {name: good[0] for name, (good, _) in kinds.items()}
    for name in [stage["name"], *stage["aliases"]]:
        for it in forms(name, usual):
            expect(True, it)
    # Fields that nobody knows are ignored.
    for it in forms(stage["name"], {**usual, "new_field": 1}):
        expect(True, it)
    for it in forms(stage["name"] + "_", usual):
        expect(False, it)
    for name, (good, bad) in kinds.items():
        for value in good:
            for it in forms(stage["name"], {**usual, name: value}):
                expect(True, it)
        without = {other: value for other, value in usual.items() if other != name}
        for it in forms(stage["name"], without):
            expect(name in optional, it)
        for value in bad:
            is_right = value is None and name in optional
            for it in forms(stage["name"], {**usual, name: value}):
                expect(is_right, it)

hello = {"protocol": "segue", "version": 1, "game_id": "acme"}
stop = {"stage": "reel_stop", "reel": 0, "symbols": []}
item = {"type": "stage_event", "data": stop}
for it in [
    frame("hello", hello),
    frame("hello", hello, id=None),
    frame("auth", {"token": "x" * 256}),
    frame("state_update", {"reels": 3}),
    frame("custom", {"anything": [1]}),
    {"type": "custom", "seq": 1, "t_us": 0},
    frame("batch", {"items": [item] * 1000}),
    frame("command", {"name": "get_state", "id": "1", "args": {}}),
    frame("command_ack", {"command_id": "1", "success": True, "error": None}),
    frame("heartbeat", {"seq_last": 0, "t0_us": -5}),
    frame("error", {"code": "parse", "message": "", "seq": None, "fatal": False}),
    frame("gap", {"from": 1, "to": 2}),
    {**frame("stage_event", stop), "seq": "18446744073709551615"},
    {**frame("stage_event", stop), "t_us": -(2**53)},
]:
    expect(True, it)
for it in [
    [],
    frame("nonsense", {}),
    {"seq": 1, "t_us": 0, "data": {}},
    {"type": "hello", "seq": 1, "t_us": 0},
    frame("hello", {**hello, "version": 2}),
    frame("hello", {**hello, "protocol": "other"}),
    frame("hello", {**hello, "game_id": "x" * 129}),
    frame("auth", {"token": ""}),
    frame("auth", {"token": "x" * 257}),
    frame("batch", {"items": [item] * 1001}),
    frame("batch", {"items": [{"type": "hello", "data": hello}]}),
    frame("batch", {"items": [{"type": "stage_event", "data": {"stage": "reel_stop"}}]}),
    frame("command", {"args": {}}),
    frame("heartbeat", {"seq_last": 0}),
    frame("gap", {"from": 1}),
    frame("stage_event", {**stop, "timestamp_ms": 3_600_000.5}),
    frame("stage_event", {**stop, "gain_db": 1}),
    frame("stage_event", {**stop, "payload": {"win": WIN_MAX + 1}}),
    {**frame("stage_event", stop), "seq": 0},
    {**frame("stage_event", stop), "seq": 2**53 + 1},
    {**frame("stage_event", stop), "seq": "-1"},
    {**frame("stage_event", stop), "t_us": 0.5},
    {"type": "stage_event", "t_us": 0, "data": stop},
]:
    expect(False, it)

for is_right, it in wrong[:20]:
    print(f"{'refused' if is_right else 'taken'}: {json.dumps(it)[:200]}")
check(len(stages) >= 56, f"{len(stages)} stages are in the table")
check(counts[True] > 500 and counts[False] > 500, f"{counts[True]} right frames, {counts[False]} wrong ones")
check(not wrong, f"{len(wrong)} of them are judged otherwise")
finish()
