"""PIN blocks by psec; format 1, which it lacks, by hand."""
# spec: payments 1

from psec import pinblock

from .ciphers import decrypt, encrypt
from .fresh import RANDOM

DIGITS_MIN, DIGITS_MAX = 4, 12
# psec wants the check digit of a PAN and twelve more; the standard fills shorter ones with zeros.
PAN_DIGITS_MIN = 13


class WrongBlock(Exception):
    """It does not decode."""


def encode_1(pin: str, fill: str | None = None) -> bytes:
    """Format 1 with `fill`, or random digits, behind the PIN."""
    head = f"1{len(pin):X}{pin}"
    need = 16 - len(head)
    fill = f"{RANDOM.getrandbits(64):016X}" if fill is None else fill
    return bytes.fromhex(head + fill[:need])


def decode_1(block: bytes) -> str:
    """The PIN of format 1."""
    text = block.hex().upper()
    size = int(text[1], 16)
    pin = text[2:2 + size]
    if text[0] != "1" or not DIGITS_MIN <= size <= DIGITS_MAX or not pin.isdigit():
        raise WrongBlock(text)
    return pin


def filled(pan: str | None) -> str | None:
    """A PAN as psec takes it for formats 0 and 3."""
    return pan and pan.zfill(PAN_DIGITS_MIN)


def seal(algorithm: str, key: bytes, number: int, pin: str, pan: str | None) -> bytes:
    """A PIN in a block of a format, encrypted."""
    if number == 4:
        return pinblock.encipher_pinblock_iso_4(key, pin, pan)
    clear = {0: pinblock.encode_pinblock_iso_0, 1: lambda pin, _: encode_1(pin),
             3: pinblock.encode_pinblock_iso_3}[number](pin, filled(pan))
    return encrypt(algorithm, key, "ECB", None, clear)


def unseal(algorithm: str, key: bytes, number: int, block: bytes, pan: str | None) -> str:
    """The PIN in an encrypted block; raises [`WrongBlock`]."""
    try:
        if number == 4:
            return pinblock.decipher_pinblock_iso_4(key, block, pan)
        clear = decrypt(algorithm, key, "ECB", None, block)
        return {0: pinblock.decode_pinblock_iso_0, 1: lambda block, _: decode_1(block),
                3: pinblock.decode_pinblock_iso_3}[number](clear, filled(pan))
    except ValueError as error:
        raise WrongBlock(number) from error
