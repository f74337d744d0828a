"""AES DUKPT, written from the description of its derivation data alone."""
# spec: payments 3.2

from Crypto.Cipher import AES

USAGES = {"KEK": 0x0002, "PIN": 0x1000, "MAC_GEN": 0x2000, "MAC_VER": 0x2001, "MAC_BOTH": 0x2002,
          "DATA_ENC": 0x3000, "DATA_DEC": 0x3001, "DATA_BOTH": 0x3002, "KEY_DERIVATION": 0x8000,
          "INITIAL": 0x8001}
# Code of the algorithm and length of the key in bits.
TYPES = {"TDES_2KEY": (0, 128), "TDES_3KEY": (1, 192), "AES_128": (2, 128), "AES_192": (3, 192),
         "AES_256": (4, 256), "HMAC_128": (5, 128), "HMAC_192": (5, 192), "HMAC_256": (5, 256)}
ONES_MAX = 16
# What the API's variants say, from the side of the terminal.
VARIANTS = {"MAC": {"REQUEST": "MAC_GEN", "RESPONSE": "MAC_VER", "BIDIRECTIONAL": "MAC_BOTH"},
            "DATA": {"REQUEST": "DATA_ENC", "RESPONSE": "DATA_DEC", "BIDIRECTIONAL": "DATA_BOTH"}}


def own_type(key: bytes) -> str:
    """The type of a base key."""
    return f"AES_{8 * len(key)}"


def derive(key: bytes, usage: str, kind: str, last: bytes) -> bytes:
    """A key of `kind` for `usage`; `last` are the last eight bytes of the derivation data."""
    algorithm, bits = TYPES[kind]
    cipher = AES.new(key, AES.MODE_ECB)
    blocks = b""
    for number in range(1, -(-bits // 128) + 1):
        head = bytes([1, number]) + USAGES[usage].to_bytes(2, "big")
        head += algorithm.to_bytes(2, "big") + bits.to_bytes(2, "big")
        blocks += cipher.encrypt(head + last)
    return blocks[:bits // 8]


def initial_key(base: bytes, ksn: bytes) -> bytes:
    """The key of one device; only the first eight bytes of `ksn` count."""
    return derive(base, "INITIAL", own_type(base), ksn[:8])


def transaction_key(initial: bytes, ksn: bytes) -> bytes:
    """The key from which those of one transaction come."""
    counter, so_far, key = int.from_bytes(ksn[8:], "big"), 0, initial
    for bit in range(31, -1, -1):
        if counter >> bit & 1:
            so_far |= 1 << bit
            last = ksn[4:8] + so_far.to_bytes(4, "big")
            key = derive(key, "KEY_DERIVATION", own_type(initial), last)
    return key


def working_key(base: bytes, ksn: bytes, usage: str, kind: str) -> bytes:
    """The key that a base key gives for one use of one transaction."""
    return derive(transaction_key(initial_key(base, ksn), ksn), usage, kind, ksn[4:])


def update_key(initial: bytes, identity: bytes, kind: str) -> bytes:
    """The key under which a device gets its next initial key."""
    ksn = identity + b"\xff" * 4
    return derive(transaction_key(initial, ksn), "KEK", kind, ksn[4:])


def next_ksn(ksn: bytes) -> bytes | None:
    """That of the next transaction, `None` after the last."""
    counter = int.from_bytes(ksn[8:], "big")
    step = 1 if counter.bit_count() < ONES_MAX else counter & -counter
    counter += step
    return None if counter > 0xFFFF0000 else ksn[:8] + counter.to_bytes(4, "big")
