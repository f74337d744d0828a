"""What may be asked again, and when."""

import unittest

from typex import Bye, Late, Lost, NotSent, Overload, Refused, Retry, Status, WireError


class Rules(unittest.TestCase):
    """The table of docs/clients.md."""

    def test_nothing_was_done(self):
        retry = Retry()
        for error in (
            Overload(Status.BUSY, 80),
            NotSent(Lost("the connection ended")),
            NotSent(Bye(Status.SHUTTING_DOWN, "")),
            NotSent(Late("no connection in time")),
        ):
            self.assertIsNotNone(retry.wait(error, 1), error)
            self.assertIsNone(retry.wait(error, retry.tries), "there is an end")

    def test_something_may_have_been_done(self):
        for error in (Lost("the connection ended"), Bye(Status.SHUTTING_DOWN, "")):
            self.assertIsNone(Retry().wait(error, 1), error)
            self.assertIsNotNone(Retry(repeats_lost=True).wait(error, 1), error)

    def test_what_another_try_does_not_change(self):
        for error in (
            Late("no answer in time"),
            Refused(Status.FORBIDDEN),
            Bye(Status.PROTOCOL, ""),
            NotSent(Bye(Status.PROTOCOL, "")),
            NotSent(Lost("not trusted", is_passing=False)),
            WireError("no frames"),
        ):
            self.assertIsNone(Retry(repeats_lost=True).wait(error, 1), error)

    def test_waits(self):
        retry = Retry(tries=100, wait_max=1.0)
        for _ in range(200):
            for tried, least in ((1, 0.08), (2, 0.16), (3, 0.32), (50, 1.0)):
                wait = retry.wait(Overload(Status.BUSY, 80), tried)
                self.assertTrue(least <= wait < 2 * least, (tried, wait))
            wait = retry.wait(Overload(Status.BUSY, 5000), 3)
            self.assertTrue(5 <= wait < 10, "never before the gateway says")
        self.assertGreater(len({retry.wait(Overload(Status.BUSY, 80), 1) for _ in range(9)}), 1)


if __name__ == "__main__":
    unittest.main()
