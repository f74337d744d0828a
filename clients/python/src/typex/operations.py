"""Numbers of operations, and what they need to know: docs/dialects/stream.md, 8."""

from __future__ import annotations

import enum
import struct

from .errors import Unsendable, WireError

#: Added to the tags of a second and of a third key.
SECOND = 0x40
THIRD = 0x80


class Operation(enum.IntEnum):
    """What a record asks for."""

    PROCESS_DATA = 0x0001

    ENCRYPT = 0x0101
    DECRYPT = 0x0102
    REENCRYPT = 0x0103
    TRANSLATE_PIN = 0x0104
    VERIFY_PIN_3624 = 0x0105
    VERIFY_PIN_VISA = 0x0106
    GENERATE_PIN_3624 = 0x0107
    GENERATE_PIN_VISA = 0x0108
    GENERATE_OFFSET_3624 = 0x0109
    GENERATE_VALUE_VISA = 0x010A
    GENERATE_MAC = 0x010B
    VERIFY_MAC = 0x010C
    GENERATE_CARD_VALUE = 0x010D
    VERIFY_CARD_VALUE = 0x010E
    GENERATE_DYNAMIC_VALUE = 0x010F
    VERIFY_DYNAMIC_VALUE = 0x0110
    GENERATE_CRYPTOGRAM = 0x0111
    VERIFY_CRYPTOGRAM = 0x0112

    TOKENIZE = 0x0201
    DETOKENIZE = 0x0202
    RETOKENIZE = 0x0203
    TOKENIZE_TRANSPORT = 0x0204
    TOKEN_TRANSLATE_PIN = 0x0205
    VALIDATE = 0x0206
    LOOKUP = 0x0207
    DELETE = 0x0208

    SIGN = 0x0301
    VERIFY = 0x0302
    HMAC = 0x0303
    VERIFY_HMAC = 0x0304
    ENCRYPT_RSA = 0x0305
    DECRYPT_RSA = 0x0306


class Tag(enum.IntEnum):
    """What a parameter is."""

    HANDLE = 0x01
    CIPHER = 0x02
    IV = 0x03
    AAD = 0x04
    NONCE = 0x05
    TAG = 0x06
    KSN = 0x07
    DERIVED = 0x08
    DIRECTION = 0x09
    KEY_BLOCK = 0x0A
    PIN_FORMAT = 0x0B
    PIN_PAN = 0x0C

    PAN = 0x10
    SEQUENCE = 0x11
    EXPIRY = 0x12
    SERVICE_CODE = 0x13
    LENGTH = 0x14
    VALUE = 0x15
    TABLE = 0x16
    VALIDATION = 0x17
    PAD = 0x18
    OFFSET = 0x19
    INDEX = 0x1A
    METHOD = 0x1B
    HASH = 0x1C
    PADDING = 0x1D
    TRACK = 0x1E
    DERIVATION = 0x1F
    SESSION = 0x20
    UNPREDICTABLE = 0x21
    COUNTER = 0x22
    RESPONSE_CODE = 0x23
    RESPONSE_STATUS = 0x24
    SCHEME = 0x25
    CONTEXT = 0x26
    MASK_HASH = 0x27
    SALT = 0x28
    DIGEST = 0x29
    LABEL = 0x2A

    PURPOSE = 0x30
    MASK = 0x31
    LIFE = 0x32
    METADATA = 0x33
    ENDS = 0x34
    CREATED = 0x35
    VERSION = 0x36


class Cipher(enum.IntEnum):
    """Values of ``Tag.CIPHER``."""

    ECB = 0x00
    CBC = 0x01
    CFB = 0x02
    CFB1 = 0x03
    CFB8 = 0x04
    CFB64 = 0x05
    CFB128 = 0x06
    OFB = 0x07
    CTR = 0x08
    GCM = 0x10
    PKCS1 = 0x20
    OAEP_SHA1 = 0x21
    OAEP_SHA256 = 0x22
    OAEP_SHA512 = 0x23
    OAEP_SHA384 = 0x24
    CHIP_ECB = 0x30
    CHIP_CBC = 0x31


class Scheme(enum.IntEnum):
    """Values of ``Tag.SCHEME``."""

    ECDSA_SHA256 = 0x00
    ECDSA_SHA384 = 0x01
    ECDSA_SHA512 = 0x02
    ED25519 = 0x10
    ED25519_PH = 0x11
    ED25519_CTX = 0x12
    ED448 = 0x13
    ED448_PH = 0x14
    ML_DSA = 0x20
    PKCS1_SHA1 = 0x30
    PKCS1_SHA256 = 0x31
    PKCS1_SHA384 = 0x32
    PKCS1_SHA512 = 0x33
    PSS_SHA1 = 0x40
    PSS_SHA256 = 0x41
    PSS_SHA384 = 0x42
    PSS_SHA512 = 0x43


class RsaHash(enum.IntEnum):
    """Values of ``Tag.MASK_HASH``."""

    SHA1 = 0x00
    SHA256 = 0x01
    SHA384 = 0x02
    SHA512 = 0x03


#: Value of ``Tag.SALT``: as much as fits, of a check as much as there is.
SALT_ANY = 0xFFFF


#: Bytes of numbers; those of other tags have one.
_WIDTHS = {SECOND + Tag.HANDLE: 4, THIRD + Tag.HANDLE: 4, Tag.LIFE: 8, Tag.SALT: 2}
_HEAD = struct.Struct(">BH")


def parameters(*fields: tuple[int, bytes | int]) -> bytes:
    """Parameters in the order of their tags. A number has as many bytes as its tag asks for.

    ``parameters((Tag.METHOD, 3), (Tag.LENGTH, 8))``, and of a second key
    ``(SECOND + Tag.HANDLE, handle)``.
    """
    parts: list[bytes] = []
    for tag, value in sorted(fields, key=lambda field: field[0]):
        try:
            data = value.to_bytes(_WIDTHS.get(tag, 1)) if isinstance(value, int) else value
            parts += (_HEAD.pack(tag, len(data)), data)
        except (struct.error, OverflowError) as error:
            raise Unsendable(f"parameter {tag:#04x} is too long") from error
    return b"".join(parts)


def metadata(name: str, value: str) -> bytes:
    """The value of ``Tag.METADATA``: a name and what it stands for beside a token."""
    encoded = name.encode()
    if len(encoded) > 0xFFFF:
        raise Unsendable("the name is too long")
    return len(encoded).to_bytes(2) + encoded + value.encode()


def fields(data: bytes) -> list[tuple[int, bytes]]:
    """Parameters as they are read, tag by tag."""
    found, at = [], 0
    while at < len(data):
        if at + _HEAD.size > len(data):
            raise WireError("a parameter ends too early")
        tag, count = _HEAD.unpack_from(data, at)
        at += _HEAD.size + count
        if at > len(data):
            raise WireError("a parameter ends too early")
        found.append((tag, data[at - count:at]))
    return found


def handles(data: bytes) -> set[int]:
    """Handles of second and third keys that parameters name."""
    named = (SECOND + Tag.HANDLE, THIRD + Tag.HANDLE)
    try:
        return {int.from_bytes(value) for tag, value in fields(data) if tag in named}
    except WireError:
        # The gateway says what is wrong with them.
        return set()
