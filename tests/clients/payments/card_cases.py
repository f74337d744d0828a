"""Values of cards."""
# spec: payments 5

from . import emv, fresh, values
from .case import Case, expecting
from .fresh import RANDOM, hexed
from .held import Held

OF_CARD2 = "000"
DIGITS_MIN, DIGITS_MAX = 3, 5


def embossed(key: Held, size: int) -> tuple[dict, str]:
    """Members and value of CVV or CVV2."""
    pan, expiry = fresh.pan(), fresh.expiry()
    service = RANDOM.choice((fresh.digits(3), "999", OF_CARD2))
    if service == OF_CARD2:
        attributes = {"CardVerificationValue2": {"CardExpiryDate": expiry}}
    else:
        attributes = {"CardVerificationValue1": {"CardExpiryDate": expiry, "ServiceCode": service}}
    value = values.card_value(key.key, pan, expiry, service, size)
    return {"PrimaryAccountNumber": pan, "attributes": attributes}, value


def dynamic(key: Held, size: int) -> tuple[dict, str]:
    """Members and value of CVC3."""
    pan, psn = fresh.pan(13, 16), fresh.digits(2)
    track = f"{pan}D{fresh.expiry()}{fresh.digits(3)}{fresh.digits(13)}"
    track += "F" * (len(track) % 2)
    number, atc = fresh.octets(4), fresh.octets(2)
    card = emv.card_key(key.key, pan, psn)
    value = emv.dynamic_code(card, bytes.fromhex(track), atc, number)[-size:]
    attributes = {"UnpredictableNumber": hexed(number), "PanSequenceNumber": psn,
                  "ApplicationTransactionCounter": hexed(atc), "TrackData": track}
    return {"PrimaryAccountNumber": pan,
            "attributes": {"DynamicCardVerificationCode": attributes}}, value


def either(key: Held, size: int) -> tuple[dict, str]:
    """What the key is for."""
    return (embossed if key.usage == "C0" else dynamic)(key, size)


def generates(key: Held) -> Case:
    """GenerateCardValidationData."""
    size = RANDOM.randint(DIGITS_MIN, DIGITS_MAX)
    members, value = either(key, size)
    request = {"KeyIdentifier": key.arn, "GenerationAttributes": members.pop("attributes"),
               **members}
    if size != DIGITS_MIN or RANDOM.random() < 0.5:
        request["ValidationDataLength"] = size
    return expecting("generate_card_validation_data", request, key, ValidationData=value)


def request(key: Held, members: dict, value: str) -> dict:
    """Of VerifyCardValidationData."""
    return {"KeyIdentifier": key.arn, "VerificationAttributes": members.pop("attributes"),
            "ValidationData": value, **members}


def verifies(key: Held) -> Case:
    """VerifyCardValidationData of a value that is right."""
    members, value = either(key, RANDOM.randint(DIGITS_MIN, DIGITS_MAX))
    return expecting("verify_card_validation_data", request(key, members, value), key)


def wrong(key: Held, pan: str | None = None) -> dict:
    """A request of VerifyCardValidationData that must fail."""
    members, value = either(key, RANDOM.randint(DIGITS_MIN, DIGITS_MAX))
    if pan is not None:
        members["PrimaryAccountNumber"] = pan
        expiry = next(iter(members["attributes"].values()))["CardExpiryDate"]
        members["attributes"] = {"CardVerificationValue2": {"CardExpiryDate": expiry}}
        value = values.card_value(key.key, pan, expiry, OF_CARD2, len(value))
    return request(key, members, fresh.other_digits(value))
