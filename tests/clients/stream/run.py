"""Runs the list of cases with the Python client. Usage: python -m stream.run WORLD, a file in JSON
that says where the gateways are. STREAM_CASE names one case to run alone."""

import asyncio
import dataclasses
import json
import os
import pathlib
import sys
import tempfile
import tomllib

import typex

from . import adapter
from .cases import CASES
from .gateway import Gateway, start

LIST = pathlib.Path(__file__).with_name("list.toml")
#: The carriers, with what the list calls them, and who makes clients.
CARRIERS = [
    ("quic", typex.Carrier.QUIC, typex.Client),
    ("http2", typex.Carrier.HTTP2, typex.Client),
    ("http1", typex.Carrier.HTTP1, typex.Client),
    ("http1", typex.Carrier.HTTP1, adapter.Client),
]


@dataclasses.dataclass
class World:
    """What a case runs in."""

    aes: bytes
    answer: bytes
    rsa: bytes
    gateway: Gateway
    payments: dict
    instance: dict
    options: typex.Options
    make: type

    async def client(self):
        """A client of its own, to be used as a context manager."""
        return await self.make.connect(self.options)


def main():
    world = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8"))
    shared = {name: Gateway(world["typex"], **world[name]) for name in ("shared", "small")}
    listed = tomllib.loads(LIST.read_text("utf-8"))
    # Here the cases find their holders too.
    listed |= {name: world[name] for name in ("payments", "instance")}
    wrong = []
    for carrier, kind, make in CARRIERS:
        for case in listed["case"]:
            if os.environ.get("STREAM_CASE", case["name"]) != case["name"]:
                continue
            found = of_gateway(case, shared, listed, kind, make)
            expected = case["expect"]
            expected = expected if isinstance(expected, str) else expected[carrier]
            print(f"{carrier} {make.__module__} {case['name']}: {found}", flush=True)
            if found != expected:
                wrong.append(f"{carrier} {make.__module__} {case['name']}: {found}, not {expected}")
    if wrong:
        sys.exit("\n".join(wrong))


def of_gateway(case, shared, listed, kind, make):
    """Runs a case on the gateway that it needs."""
    name = case.get("gateway", "shared")
    if name in shared:
        return run(case, shared[name], listed, kind, make)
    with tempfile.TemporaryDirectory() as folder:
        own = start(shared["shared"].typex, folder)
        try:
            return run(case, own, listed, kind, make)
        finally:
            own.process.kill()
            own.process.wait()


def run(case, gateway, listed, kind, make):
    """What a case finds."""
    options = typex.Options("127.0.0.1", gateway.port, server_name="localhost",
                            cafile=gateway.certificate, carrier=kind)
    texts = listed["aes"]["sealed"], listed["aes"]["answer"], listed["rsa"]["sealed"]
    messages = (bytes.fromhex(text.replace(" ", "")) for text in texts)
    world = World(*messages, gateway, listed["payments"], listed["instance"], options, make)
    # An end, so that a client that waits for ever fails here and not in the runner.
    return asyncio.run(asyncio.wait_for(CASES[case["name"]](world), 120))


if __name__ == "__main__":
    main()
