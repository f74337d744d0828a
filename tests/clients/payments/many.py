"""Random cases against the oracles. Usage: python -m payments.many READY DATA TYPEX CASES."""

import collections
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

from . import fresh
from .case import Case
from .deck import Deck
from .held import Keys
from .service import Caller, Gateway

THREADS = 4
SHOWN_MAX = 20


class Run:
    """What came of the cases."""

    def __init__(self, data):
        self.data = data
        self.passed = collections.Counter()
        self.failed = []
        self.lock = threading.Lock()

    def ask(self, name: str, case: Case) -> None:
        """One of them."""
        try:
            case.check(getattr(self.data, case.operation)(**case.request))
        except Exception as error:
            with self.lock:
                self.failed.append((name, case, error))
            return
        with self.lock:
            self.passed[case.operation] += 1


def main(ready: str, data: str, typex: str, count: str) -> None:
    """Deals the cases of all kinds in turn."""
    gateway, start = Gateway(ready, data, typex), time.monotonic()
    caller = Caller(gateway, gateway.access())
    deck = Deck(Keys(caller))
    kinds = list(deck.kinds.items())
    dealt = []
    for at in range(int(count)):
        name, make = kinds[at % len(kinds)]
        dealt.append((name, make()))
    asked, run = time.monotonic(), Run(caller.data)
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda one: run.ask(*one), dealt))
    for name, case, error in run.failed[:SHOWN_MAX]:
        print(f"{name}: {case.operation}({case.request}): {error!r}")
    print(f"{sum(run.passed.values())} of {len(dealt)} cases of {len(kinds)} kinds agree, "
          f"{dict(run.passed)}; {asked - start:.1f} s to prepare, "
          f"{time.monotonic() - asked:.1f} s to ask, seed {fresh.SEED}")
    kinds_failed = collections.Counter(name for name, _, _ in run.failed)
    assert not run.failed, f"{len(run.failed)} fail: {dict(kinds_failed)}"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
