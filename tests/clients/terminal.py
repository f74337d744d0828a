"""What an interrupt leaves of a terminal in which a command reads without echo."""

import os
import pty
import signal
import sys
import termios
import time


def main():
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.argv[1], sys.argv[1:])
    until = time.monotonic() + 30
    while echoes(terminal):
        assert time.monotonic() < until, "the command does not ask"
        time.sleep(0.01)
    os.write(terminal, b"\x03")
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT, status
    assert echoes(terminal), "the terminal shows nothing that is typed"


def echoes(terminal):
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


main()
