"""hvac's clients of a gateway, and the commands of its operator."""

import json
import os
import random
import re
import subprocess
import threading
import time

import hvac

DIALECT = "vault"
# What a caller may have; each is a right of its own.
ALL = ("tokenize", "detokenize", "validate", "lookup", "view", "manage")
SEED = int(os.environ.get("TEST_SEED") or time.time_ns() % 2**32)
RANDOM = random.Random(SEED)
print(f"TEST_SEED={SEED}")


class Gateway:
    """One under test: its address, its certificate, its operator."""

    def __init__(self, ready: str, data: str, typex: str):
        with open(ready, encoding="utf-8") as file:
            listeners = json.load(file)["listeners"]
        of_dialect = {one["transport"]: one["address"] for one in listeners
                      if one["dialect"] == DIALECT}
        self.url = f"http://{of_dialect['http']}"
        self.tls = f"https://localhost:{of_dialect['https'].rsplit(':', 1)[1]}"
        self.certificate = os.path.join(data, "tls", "development.crt.pem")
        self.data, self.typex = data, typex

    def operate(self, *arguments: str) -> str:
        """What a command of the operator prints; it must succeed."""
        command = [self.typex, "--data", self.data, *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, f"{arguments}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    def logged(self, action: str):
        """Lines of the audit log about an action, as they are written, for half a minute."""
        command = [self.typex, "--data", self.data, "audit", "show", "--follow", "--json",
                   "--action", action]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as follow:
            end = threading.Timer(30, follow.kill)
            end.start()
            try:
                yield from follow.stdout
            finally:
                end.cancel()
                follow.kill()

    def token(self, name: str) -> str:
        """The API key of a new client, without any right."""
        return re.search(r"api key +(\S+)", self.operate("client", "add", name))[1]

    def client(self, token: str | None, **options) -> hvac.Client:
        """hvac's, as a program would make it."""
        return hvac.Client(url=self.url, token=token, **options)

    def caller(self, name: str, **rules: tuple[str, ...]) -> hvac.Client:
        """One that may do in domains what `rules` say, with `_` for `*`."""
        client = self.client(self.token(name))
        holder = client.lookup_token()["data"]["accessor"]
        for domains, rights in rules.items():
            self.grant(holder, domains.replace("_", "*"), rights)
        return client

    def grant(self, holder: str, domains: str, rights: tuple[str, ...]):
        """Gives the rights in those domains, and no others there."""
        self.operate("tokens", "rights", "grant", holder, "--domains", domains,
                     "--rights", ",".join(rights))


def digits(count: int) -> str:
    """Random digits."""
    return "".join(RANDOM.choice("0123456789") for _ in range(count))


def luhn(number: str) -> int:
    """The check digit to put behind `number`."""
    sums = (int(one) if at % 2 else sum(divmod(2 * int(one), 10))
            for at, one in enumerate(reversed(number)))
    return -sum(sums) % 10


def pan(least: int = 12, most: int = 19) -> str:
    """A card number with its check digit."""
    body = digits(RANDOM.randint(least, most) - 1)
    return f"{body}{luhn(body)}"


def grouped(number: str, separator: str) -> str:
    """In fours, and the rest, as cards show it."""
    parts = [number[:4], number[4:8], number[8:12], number[12:]]
    return separator.join(part for part in parts if part)
