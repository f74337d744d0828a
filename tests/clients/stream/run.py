"""Runs the list of cases with the Python client. Usage: python -m stream.run WORLD, a file in JSON
that says where the gateways are. TYPEX_CASE names one case to run alone."""

import asyncio
import dataclasses
import json
import os
import pathlib
import sys
import tomllib

import typex

from . import adapter
from .cases import CASES

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
    typex: str
    gateway: dict
    options: typex.Options
    make: type

    async def client(self):
        """A client of its own, to be used as a context manager."""
        return await self.make.connect(self.options)


def main():
    world = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8"))
    cases = tomllib.loads(LIST.read_text("utf-8"))
    own = iter(world["own"])
    wrong = []
    for carrier, kind, make in CARRIERS:
        for case in cases["case"]:
            if os.environ.get("TYPEX_CASE", case["name"]) != case["name"]:
                continue
            name = case.get("gateway", "shared")
            gateway = next(own) if name == "own" else world[name]
            options = typex.Options(
                "127.0.0.1", gateway["port"], server_name="localhost",
                cafile=gateway["certificate"], carrier=kind)
            messages = (bytes.fromhex(text.replace(" ", "")) for text in (
                cases["aes"]["sealed"], cases["aes"]["answer"], cases["rsa"]["sealed"]))
            # An end, so that a client that waits for ever fails here and not in the runner.
            running = asyncio.wait_for(
                CASES[case["name"]](World(*messages, world["typex"], gateway, options, make)), 120)
            found = asyncio.run(running)
            expected = case["expect"]
            expected = expected if isinstance(expected, str) else expected[carrier]
            print(f"{carrier} {make.__module__} {case['name']}: {found}", flush=True)
            if found != expected:
                wrong.append(f"{carrier} {make.__module__} {case['name']}: {found}, not {expected}")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
