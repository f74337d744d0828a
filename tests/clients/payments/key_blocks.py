"""TR-31 key blocks by psec, versions A to D."""
# spec: payments 4

from typing import NamedTuple

from psec import tr31


class Block(NamedTuple):
    """What a key block holds."""

    header: tr31.Header
    key: bytes


def wrap(kbpk: bytes, header: str, key: bytes, blocks: dict | None = None) -> str:
    """`header` is version, usage, algorithm, mode, key version and exportability: `DP0AE00E`."""
    made = tr31.Header(header[0], header[1:3], header[3], header[4], header[5:7], header[7])
    made.blocks.update(blocks or {})
    return tr31.KeyBlock(kbpk, made).wrap(key)


def unwrap(kbpk: bytes, text: str) -> Block:
    """Raises `ValueError`."""
    block = tr31.KeyBlock(kbpk)
    key = block.unwrap(text)
    return Block(block.header, key)
