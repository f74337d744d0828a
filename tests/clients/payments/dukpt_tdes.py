"""Triple DES DUKPT: the `dukpt` of PyPI, and one written from the description.

That of PyPI looks at the low nine bits of the counter only, so that the other one is needed for
larger counters.
"""
# spec: payments 3.1

from bitstring import BitArray
from Crypto.Cipher import DES
from dukpt import Server
from psec.des import encrypt_tdes_ecb

COUNTER_BITS = 21
PYPI_COUNTER_BITS = 9
ONES_MAX = 10
SPREAD = bytes.fromhex("C0C0C0C000000000C0C0C0C000000000")
# Which byte of each half differs.
BYTES = {"PIN": 7, ("MAC", "REQUEST"): 6, ("MAC", "BIDIRECTIONAL"): 6, ("MAC", "RESPONSE"): 4,
         ("DATA", "REQUEST"): 5, ("DATA", "BIDIRECTIONAL"): 5, ("DATA", "RESPONSE"): 3}
MASKS = {"PIN": Server._pin_mask, ("MAC", "REQUEST"): Server._mac_req_mask,
         ("MAC", "BIDIRECTIONAL"): Server._mac_req_mask,
         ("MAC", "RESPONSE"): Server._mac_resp_mask, ("DATA", "REQUEST"): Server._mac_data_req,
         ("DATA", "BIDIRECTIONAL"): Server._mac_data_req,
         ("DATA", "RESPONSE"): Server._mac_data_resp}


def xor(one: bytes, other: bytes) -> bytes:
    """Of equal lengths."""
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def split(ksn: bytes) -> tuple[int, int]:
    """Device and counter."""
    whole = int.from_bytes(ksn, "big")
    return whole >> COUNTER_BITS, whole & ((1 << COUNTER_BITS) - 1)


def initial_key(base: bytes, ksn: bytes) -> bytes:
    """The key of one device."""
    device, _ = split(ksn)
    serial = (device << COUNTER_BITS).to_bytes(10, "big")[:8]
    return encrypt_tdes_ecb(base, serial) + encrypt_tdes_ecb(xor(base, SPREAD), serial)


def half(key: bytes, register: bytes) -> bytes:
    """One half of the next key."""
    inner = DES.new(key[:8], DES.MODE_ECB).encrypt(xor(register, key[8:]))
    return xor(inner, key[8:])


def transaction_key(base: bytes, ksn: bytes) -> bytes:
    """The key from which those of one transaction come."""
    device, counter = split(ksn)
    key, register = initial_key(base, ksn), device << COUNTER_BITS
    for bit in range(COUNTER_BITS - 1, -1, -1):
        if counter >> bit & 1:
            register |= 1 << bit
            data = register.to_bytes(10, "big")[2:]
            key = half(xor(key, SPREAD), data) + half(key, data)
    return key


def one_way(key: bytes) -> bytes:
    """What data keys go through."""
    return encrypt_tdes_ecb(key, key[:8]) + encrypt_tdes_ecb(key, key[8:])


def working_key(base: bytes, ksn: bytes, use: str | tuple[str, str]) -> bytes:
    """A key of one transaction for `"PIN"`, or `"MAC"` or `"DATA"` with a variant."""
    mask = bytearray(8)
    mask[BYTES[use]] = 0xFF
    key = xor(transaction_key(base, ksn), bytes(mask) * 2)
    return one_way(key) if use[0] == "DATA" else key


def pypi_transaction_key(base: bytes, ksn: bytes) -> bytes:
    """The same by PyPI's."""
    assert split(ksn)[1] >> PYPI_COUNTER_BITS == 0, "it would ignore the rest of the counter"
    server, bits = Server(base), BitArray(bytes=ksn)
    return server.derive_key(server.generate_ipek(bits), bits).bytes


def pypi_working_key(base: bytes, ksn: bytes, use: str | tuple[str, str]) -> bytes:
    """The same by PyPI's, which leaves out the last step of data keys."""
    key = (BitArray(bytes=pypi_transaction_key(base, ksn)) ^ MASKS[use]).bytes
    return one_way(key) if use[0] == "DATA" else key


def next_ksn(ksn: bytes) -> bytes:
    """That of the next transaction."""
    device, counter = split(ksn)
    counter += 1 if counter.bit_count() < ONES_MAX else counter & -counter
    while counter.bit_count() > ONES_MAX:
        counter += counter & -counter
    return (device << COUNTER_BITS | counter).to_bytes(10, "big")
