"""What may be asked again, and when."""

from __future__ import annotations

import random
from dataclasses import dataclass

from .errors import Bye, Late, Lost, NotSent, Overload, Status, TypexError

#: When to try again where the gateway does not say it, in seconds: doubled each time.
_WAIT = 0.05


@dataclass(frozen=True, slots=True)
class Retry:
    """What is asked again after it failed.

    A batch that was refused whole (:class:`Overload`) comes again when the gateway says, a record
    that was answered ``busy`` or ``shutting_down`` alone. Where nothing was sent
    (:class:`NotSent`) another connection is tried. What a lost connection may have carried out
    comes again only with ``repeats_lost``; everything else not at all.

    Each wait is twice the one before, up to ``wait_max``, never shorter than the gateway says,
    and up to twice as long at random, so that clients that failed together do not come together.
    """

    #: How often something is tried at most, with the first time.
    tries: int = 5
    #: The longest wait that is the client's own choice, in seconds, without its random part.
    wait_max: float = 2.0
    #: Whether records are sent again that may have been carried out. Right only where that does
    #: no harm: it may count twice in a quota, and twice in the audit log.
    repeats_lost: bool = False

    def wait(self, error: TypexError, tried: int) -> float | None:
        """How long to wait before the next try after ``tried`` of them; ``None`` if there is none.
        """
        if isinstance(error, Overload):
            return self._pause(error.wait_ms / 1000, tried)
        if isinstance(error, NotSent) and (isinstance(error.why, Late) or _is_passing(error.why)):
            return self._pause(_WAIT, tried)
        if self.repeats_lost and _is_passing(error):
            return self._pause(_WAIT, tried)
        return None

    def wait_for_room(self, tried: int) -> float | None:
        """The same after some records of a batch found no room."""
        return self._pause(_WAIT, tried)

    def _pause(self, least: float, tried: int) -> float | None:
        if tried >= self.tries:
            return None
        wait = max(least, min(self.wait_max, least * (1 << min(tried - 1, 16))))
        return wait * (1 + random.random())


def _is_passing(error: TypexError) -> bool:
    """Whether it is the connection that failed, and another one may be better."""
    if isinstance(error, NotSent):
        return _is_passing(error.why)
    if isinstance(error, Bye):
        return error.status is Status.SHUTTING_DOWN
    return isinstance(error, Lost) and error.is_passing
