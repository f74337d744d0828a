"""One request and what its answer has to say."""

from collections.abc import Callable
from typing import NamedTuple

from .fresh import hexed
from .held import Held


class Case(NamedTuple):
    """A call of the data plane."""

    operation: str
    request: dict
    check: Callable[[dict], None]


def same(answer: dict, member: str, expected: bytes | str) -> None:
    """One member of an answer."""
    expected = hexed(expected) if isinstance(expected, bytes) else expected
    assert answer[member] == expected, f"{member} {answer[member]}, not {expected}"


def says(key: Held, prefix: str = "") -> Callable[[dict], None]:
    """An answer tells which key it was, and no more."""
    def check(answer: dict) -> None:
        same(answer, f"{prefix}KeyArn", key.arn)
        same(answer, f"{prefix}KeyCheckValue", key.check_value)
    return check


def expecting(operation: str, request: dict, key: Held, **members) -> Case:
    """An answer with `members` under `key`."""
    def check(answer: dict) -> None:
        says(key)(answer)
        for member, expected in members.items():
            same(answer, member, expected)
    return Case(operation, request, check)
