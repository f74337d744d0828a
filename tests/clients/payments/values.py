"""Verification values of PINs and cards by psec."""
# spec: payments 2, 5

from psec.cvv import generate_cvv
from psec.des import decrypt_tdes_ecb, encrypt_tdes_ecb
from psec.pin import generate_ibm3624_offset, generate_ibm3624_pin, generate_visa_pvv

CARD_DIGITS = 3


def natural_pin(pvk: bytes, table: str, validation: str, pad: str, size: int) -> str:
    """IBM 3624 with an offset of zeros."""
    return pin_of_offset(pvk, table, validation, pad, "0" * size)


def pin_of_offset(pvk: bytes, table: str, validation: str, pad: str, offset: str) -> str:
    """The PIN that belongs to an offset."""
    return generate_ibm3624_pin(pvk, table, offset, validation, 0, len(validation), pad)


def offset(pvk: bytes, table: str, validation: str, pad: str, pin: str) -> str:
    """IBM 3624."""
    return generate_ibm3624_offset(pvk, table, pin, validation, 0, len(validation), pad)


def visa_value(pvk: bytes, index: int, pin: str, pan: str) -> str:
    """PVV; only four digits of the PIN count."""
    return generate_visa_pvv(pvk, str(index), pin[:4], pan)


def decimalised(block: bytes, size: int) -> str:
    """Digits first, then letters from A as 0."""
    text = block.hex().upper()
    found = [one for one in text if one.isdigit()]
    found += [str(ord(one) - ord("A")) for one in text if not one.isdigit()]
    return "".join(found[:size])


def card_value(cvk: bytes, pan: str, expiry: str, service: str, size: int = CARD_DIGITS) -> str:
    """CVV; psec has three digits, longer ones go on with the same block."""
    if size == CARD_DIGITS:
        return generate_cvv(cvk, pan, expiry, service)
    data = bytes.fromhex((pan + expiry + service).ljust(32, "0"))
    left, right = cvk[:8], cvk[8:]
    first = encrypt_tdes_ecb(left * 3, data[:8])
    block = bytes(a ^ b for a, b in zip(first, data[8:], strict=True))
    for step, half in ((encrypt_tdes_ecb, left), (decrypt_tdes_ecb, right),
                       (encrypt_tdes_ecb, left)):
        block = step(half * 3, block)
    return decimalised(block, size)
