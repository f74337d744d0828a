"""An authenticator whose key an operator stops.

Usage: python -m hem.phone READY_FILE HOST STEP. The steps: `pair` takes the instance and pairs the
authenticator; `works` and `refused` log in with it.
"""
# spec: encedo-hem 3.7

import sys

from .api import Instance
from .authenticator import Authenticator, Holder, pair_with
from .encoding import unb64
from .exercises import refused
from .owner import claim
from .tokens import Pair


def phone() -> Authenticator:
    """The same one in every step."""
    one = Authenticator("A phone")
    one.pair, one.pid = Pair(bytes(range(32))), bytes(range(32, 64))
    return one


def main() -> None:
    ready, host, step = sys.argv[1:]
    instance, authenticator = Instance.of_ready_file(ready, host), phone()
    if step == "pair":
        owner, _, _ = claim(instance, host, "user", "master")
        print(f"kid={pair_with(owner, authenticator)}")
        return
    authenticator.eid = unb64(instance.challenge()["eid"])
    holder = Holder(instance, authenticator)
    if step == "refused":
        refused(406, holder.log_in, "keymgmt:list")
        return
    assert holder.get("keymgmt/list", "keymgmt:list")["total"] == 1


if __name__ == "__main__":
    main()
