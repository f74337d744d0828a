"""An Encedo HEM instance with an owner, keys, and access tokens for them. Usage:
python -m stream.instance READY HOST claim, which prints all of it as JSON, or
python -m stream.instance READY HOST reboot TOKEN, which ends all tokens."""
# spec: encedo-hem 2.5, 3.3, 5.5, 6

import json
import sys

from hem.api import Instance
from hem.crypto import Key
from hem.keys import Keys
from hem.owner import claim

#: What is signed.
MESSAGE = b"amount 12.50"
KINDS = [("p256", "SECP256R1", "ExDSA"), ("ed25519", "ED25519", None), ("hmac", "SHA2-256", None),
         ("aes", "AES128", None), ("mldsa", "MLDSA44", None), ("rsa", "RSA2048", None),
         ("rsaes", "RSA2048", "RSAES")]
#: How long the token lives that is to expire, in seconds.
SHORT = 8


def described(instance):
    """Its keys by name, each with a token for its use, and tokens for other purposes."""
    owner, _, _ = claim(instance, instance.host, "stream user", "stream master")
    keys = Keys(owner)
    told = {}
    for name, kind, mode in KINDS:
        kid = keys.create(name, kind, mode)
        told[name] = {"kid": kid, "token": owner.token(f"keymgmt:use:{kid}")}
    use = {name: Key(owner, key["kid"]) for name, key in told.items()}
    for name in ("rsa", "rsaes"):
        told[name]["public"] = keys.public(told[name]["kid"]).hex()
    told["p256"]["made"] = use["p256"].sign(MESSAGE, "SHA256WithECDSA").hex()
    told["ed25519"]["made"] = use["ed25519"].sign(MESSAGE, "Ed25519").hex()
    told["hmac"]["made"] = use["hmac"].mac(MESSAGE).hex()
    told["mldsa"]["made"] = use["mldsa"].sign_ml_dsa(MESSAGE, b"till 7")["sign"].hex()
    nothing = "0" * 32
    told["nothing"] = {"kid": nothing, "token": owner.token(f"keymgmt:use:{nothing}")}
    told["list"] = {"token": owner.token("keymgmt:list")}
    told["config"] = {"token": owner.token("system:config")}
    scope = f"keymgmt:use:{told['hmac']['kid']}"
    told["short"] = {"kid": told["hmac"]["kid"], "token": owner.log_in(scope, SHORT)}
    return told


def main():
    ready, host, command, *more = sys.argv[1:]
    instance = Instance.of_ready_file(ready, host)
    if command == "claim":
        print(json.dumps(described(instance)))
    else:
        instance.get("system/reboot", *more)


if __name__ == "__main__":
    main()
