"""The editor's window in a JUCE host, on a display of its own (Xvfb)."""

import os
import struct
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np

from support import BUNDLE, EFFECT, INSTRUMENT, check, finish, folder

SIZE = (1600, 1000)
# The file that Xvfb keeps the display in.
PICTURE = "Xvfb_screen0"
# An editor shows text, lines and controls: many more colours than an empty window.
FEWEST_COLOURS = 24
PATIENCE_S = 60.0
# Between two looks at the picture, which nobody tells of changes.
LOOK_S = 0.05


class Display:
    """An X server without a screen, whose picture lies in a file."""

    def __init__(self, place):
        self.picture = place / PICTURE
        ready, tell = os.pipe()
        screen = f"{SIZE[0]}x{SIZE[1]}x24"
        words = ["Xvfb", "-displayfd", str(tell), "-screen", "0", screen, "-fbdir", str(place), "-noreset"]
        self.server = subprocess.Popen(words, pass_fds=[tell], stderr=subprocess.DEVNULL)
        os.close(tell)
        # The server names its display when it is ready.
        with os.fdopen(ready) as told:
            number = told.readline().strip()
        if not number:
            raise SystemExit("Xvfb did not start")
        os.environ["DISPLAY"] = f":{number}"
        config = place / "xsettings"
        config.write_text('Net/ThemeName "Default"\n')
        # Hosts rely on a window manager and on somebody who owns the display's settings.
        helpers = (["xsettingsd", "-c", str(config)], ["openbox", "--sm-disable"])
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.helpers = [subprocess.Popen(words, **quiet) for words in helpers]

    def close(self):
        for process in (*self.helpers, self.server):
            process.terminate()
            process.wait()


def pixels():
    """The display as one number for each pixel, from a file in the format of `xwd`."""
    data = Path(os.environ["SEGUE_PICTURE"]).read_bytes()
    header = struct.unpack(">25I", data[:100])
    start, width, height, stride = header[0] + header[19] * 12, *header[4:6], header[12]
    rows = np.frombuffer(data, np.uint8, stride * height, start).reshape(height, stride)
    return rows[:, : width * 4].copy().view("<u4") & 0xFFFFFF


class Watcher(threading.Thread):
    """Waits for the host's window and looks at it until it shows something; then has it closed."""

    def __init__(self, close):
        super().__init__(name="watcher")
        self.close = close
        self.colours, self.size = 0, (0, 0)
        self.search = self.begin()

    @staticmethod
    def begin():
        words = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "Segue"]
        return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)

    def run(self):
        try:
            found = self.search.communicate(timeout=PATIENCE_S)[0].split()
            while not found and not self.close.is_set():
                # A window that goes away meanwhile ends the search with an error.
                self.search = self.begin()
                found = self.search.communicate(timeout=PATIENCE_S)[0].split()
            if found:
                self.look(found[-1])
        finally:
            self.give_up()

    def give_up(self):
        """Ends the search for a window that does not come, and the window."""
        self.close.set()
        self.search.kill()

    def look(self, window):
        words = ["xdotool", "getwindowgeometry", "--shell", window]
        shell = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        values = dict(line.split("=") for line in shell.split())
        x, y, wide, high = (int(values[name]) for name in ("X", "Y", "WIDTH", "HEIGHT"))
        self.size = (wide, high)
        for _ in range(int(PATIENCE_S / LOOK_S)):
            seen = pixels()[max(y, 0) : y + high, max(x, 0) : x + wide]
            self.colours = len(np.unique(seen))
            if self.colours >= FEWEST_COLOURS or self.close.wait(LOOK_S):
                break


def show(plugin):
    """Shows the editor once; what was seen, or None where the plug-in has no editor."""
    close = threading.Event()
    watcher = Watcher(close)
    watcher.start()
    try:
        plugin.show_editor(close)
    except RuntimeError as error:
        if "no available editor" in str(error):
            return None
        raise
    finally:
        watcher.give_up()
        watcher.join()
    return watcher


def look_at_both():
    # Only now, because the host looks for a display when it is loaded.
    from pedalboard import load_plugin

    for name in (INSTRUMENT, EFFECT):
        plugin = load_plugin(BUNDLE, plugin_name=name)
        for attempt in (1, 2):
            seen = show(plugin)
            if seen is None:
                print(f"       {name} has no editor")
                break
            wide, high = seen.size
            check(
                wide > 200 and high > 100 and seen.colours >= FEWEST_COLOURS,
                f"{name}: the editor opens ({attempt}), {wide} x {high}, {seen.colours} colours",
            )
    finish()


def main():
    """Runs this script again on a display that outlives it: hosts let go of theirs at their end."""
    display = Display(folder())
    try:
        os.environ["SEGUE_PICTURE"] = str(display.picture)
        done = subprocess.run([sys.executable, "-B", __file__], check=False)
    finally:
        display.close()
    sys.exit(done.returncode)


if "SEGUE_PICTURE" in os.environ:
    look_at_both()
else:
    main()
