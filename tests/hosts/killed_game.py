"""A game over TCP that starts a loop and is killed: `killed_game.py PORT stage|each|event`."""

import json
import socket
import sys
import time

port, how = int(sys.argv[1]), sys.argv[2]
game = socket.create_connection(("127.0.0.1", port))
seq = 0


def say(kind, data):
    global seq
    seq += 1
    t_us = time.monotonic_ns() // 1000
    line = json.dumps({"type": kind, "seq": seq, "t_us": t_us, "data": data})
    game.sendall(line.encode() + b"\n")


say("hello", {"protocol": "segue", "version": 1, "game_id": how})
if how == "stage":
    say("stage_event", {"stage": "ui_spin_press"})
elif how == "each":
    for n in range(1, 4):
        say("stage_event", {"stage": "rollup_tick", "current": n, "progress": n / 10})
else:
    say("command", {"id": "x", "name": "trigger_event", "args": {"event": "Wrap"}})
# What Segue says is read until somebody ends this process.
while game.recv(65_536):
    pass
