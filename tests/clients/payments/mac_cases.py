"""MACs."""
# spec: payments 3.3, 6, 8

from typing import NamedTuple

from . import dukpt_aes, dukpt_tdes, emv, fresh, macs
from .case import Case, expecting
from .fresh import RANDOM, hexed
from .held import Held

MESSAGE_BYTES_MAX = 300
BYTES_MIN = 4
# The API's range.
BYTES_MAX = 32
VARIANTS = ("REQUEST", "RESPONSE", "BIDIRECTIONAL")
OF_USAGE = {"M1": "ISO9797_ALGORITHM1", "M3": "ISO9797_ALGORITHM3", "M6": "CMAC", "M7": "HMAC"}
OF_DUKPT = {"DukptIso9797Algorithm1": "ISO9797_ALGORITHM1",
            "DukptIso9797Algorithm3": "ISO9797_ALGORITHM3", "DukptCmac": "CMAC"}


class Made(NamedTuple):
    """A MAC and how to ask for it."""

    key: Held
    attributes: dict
    message: bytes
    mac: bytes


def static(key: Held) -> Made:
    """Under a key of its own method."""
    method, message = OF_USAGE[key.usage], fresh.message(1, MESSAGE_BYTES_MAX)
    mac = macs.mac(method, key.algorithm, key.key, message)
    if method == "HMAC" and RANDOM.random() < 0.5:
        method = key.algorithm
    return Made(key, {"Algorithm": method}, message, mac)


def dukpt(base: Held) -> Made:
    """Under the working key of a transaction."""
    variant, message = RANDOM.choice(VARIANTS), fresh.message(1, MESSAGE_BYTES_MAX)
    if base.algorithm == "TDES_2KEY":
        member, kind, ksn = RANDOM.choice(list(OF_DUKPT)), "TDES_2KEY", fresh.tdes_ksn()
        key = dukpt_tdes.working_key(base.key, ksn, ("MAC", variant))
    else:
        weaker = [one for one in ("AES_128", "AES_192", "AES_256") if one <= base.algorithm]
        member, kind, ksn = "DukptCmac", RANDOM.choice(weaker), fresh.aes_ksn()
        usage = dukpt_aes.VARIANTS["MAC"][variant]
        key = dukpt_aes.working_key(base.key, ksn, usage, kind)
    attributes = {"KeySerialNumber": hexed(ksn), "DukptKeyVariant": variant,
                  "DukptDerivationType": kind}
    mac = macs.mac(OF_DUKPT[member], kind, key, message)
    return Made(base, {member: attributes}, message, mac)


def chip(key: Held) -> Made:
    """Of a script to a card."""
    pan, psn, option = fresh.pan(), fresh.digits(2), RANDOM.choice("AB")
    card, message = emv.card_key(key.key, pan, psn, option), fresh.message(1, MESSAGE_BYTES_MAX)
    cryptogram, atc = fresh.octets(8), fresh.octets(2)
    mode, session, value = RANDOM.choice((
        ("EMV_COMMON_SESSION_KEY", emv.cryptogram_key(card, cryptogram), cryptogram),
        ("MASTERCARD_SESSION_KEY", emv.cryptogram_key(card, cryptogram), cryptogram),
        ("EMV2000", emv.emv2000_key(card, atc), atc),
        ("VISA", emv.visa_script_key(card, atc), atc)))
    name = "ApplicationCryptogram" if value is cryptogram else "ApplicationTransactionCounter"
    attributes = {"MajorKeyDerivationMode": f"EMV_OPTION_{option}", "PrimaryAccountNumber": pan,
                  "PanSequenceNumber": psn, "SessionKeyDerivationMode": mode,
                  "SessionKeyDerivationValue": {name: hexed(value)}}
    return Made(key, {"EmvMac": attributes}, message, emv.script_mac(session, message))


def generates(made: Made) -> Case:
    """GenerateMac, whole or shorter."""
    request = {"KeyIdentifier": made.key.arn, "MessageData": hexed(made.message),
               "GenerationAttributes": made.attributes}
    mac = made.mac
    if RANDOM.random() < 0.5 or len(mac) > BYTES_MAX:
        length = RANDOM.randint(BYTES_MIN, min(len(mac), BYTES_MAX))
        request["MacLength"], mac = length, mac[:length]
    return expecting("generate_mac", request, made.key, Mac=mac)


def verifies(made: Made) -> Case:
    """VerifyMac of a MAC that is right."""
    request = {"KeyIdentifier": made.key.arn, "MessageData": hexed(made.message),
               "VerificationAttributes": made.attributes}
    mac = made.mac
    if RANDOM.random() < 0.5:
        length = RANDOM.randint(BYTES_MIN, min(len(mac), BYTES_MAX))
        request["MacLength"], mac = length, mac[:length]
    return expecting("verify_mac", request | {"Mac": hexed(mac)}, made.key)


def wrong(made: Made) -> dict:
    """A request of VerifyMac that must fail."""
    at = RANDOM.randrange(len(made.mac))
    mac = made.mac[:at] + bytes([made.mac[at] ^ 1 << RANDOM.randrange(8)]) + made.mac[at + 1:]
    return {"KeyIdentifier": made.key.arn, "MessageData": hexed(made.message),
            "VerificationAttributes": made.attributes, "Mac": hexed(mac)}
