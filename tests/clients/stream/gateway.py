"""Gateways: those that the cases share, and one of its own for a case that ends it."""

import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import time

#: How long a start may take, in seconds: it makes four RSA keys.
START_MAX = 60


@dataclasses.dataclass
class Gateway:
    """A gateway that runs."""

    typex: str
    data: str
    port: int
    process: subprocess.Popen | None = None

    @property
    def certificate(self):
        """The one that it made for itself."""
        return os.path.join(self.data, "tls", "development.crt.pem")

    def operator(self, *args):
        """What a command of the operator prints."""
        command = [self.typex, "--data", self.data, *args]
        ran = subprocess.run(command, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def end(self):
        """Tells it to end."""
        self.process.send_signal(signal.SIGTERM)

    def ended(self):
        """Waits until it has."""
        assert self.process.wait(60) == 0


def start(typex, folder, port=0):
    """A gateway of its own with its data in a folder."""
    data, ready = os.path.join(folder, "data"), pathlib.Path(folder, "ready")
    ready.unlink(missing_ok=True)
    process = subprocess.Popen(
        [typex, "--data", data, "--free-ports", "--port", f"stream.frames={port}",
         "--ready-file", str(ready)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    until = time.monotonic() + START_MAX
    while not ready.exists():
        assert process.poll() is None, "it ended before it was ready"
        assert time.monotonic() < until, "it was not ready in time"
        time.sleep(0.005)
    listeners = json.loads(ready.read_text("utf-8"))["listeners"]
    address = next(one["address"] for one in listeners if one["transport"] == "typex/1")
    return Gateway(typex, data, int(address.rsplit(":", 1)[1]), process)
