"""The life of an instance, from the first configuration to its end.

Usage: python -m hem.life READY_FILE SERVICE HOST. SERVICE is the address of a time service; with
`--check-in` the instance has no clock before it asked there.
"""

import sys
import time

from . import attestation, tokens, trade
from .api import Instance
from .authenticator import Authenticator, Holder, pair_with, prove
from .crypto import Key
from .encoding import b64, b64url, unb64
from .exercises import everything, refused
from .keys import ALL, Keys
from .log import Log
from .owner import Owner, claim
from .tokens import Pair

USER, MASTER = "a passphrase of the user", "a passphrase of the administrator"
STARTED = time.monotonic()
CHECK_IN = "--check-in" in sys.argv


def step(what: str) -> None:
    """Says where we are."""
    print(f"{time.monotonic() - STARTED:7.2f} s  {what}", flush=True)


def before_owner(new: Instance) -> None:
    """What an instance without owner does, and does not."""
    step("without owner")
    version, status = new.version(), new.status()
    assert {"hwv", "fwv", "fwk", "fws", "blv", "blk", "bls"} <= set(version), version
    assert "PPA" in version["hwv"] and "DIAG" not in version["fwv"], version
    sizes = [len(unb64(version[name])) for name in ("fwk", "fws", "blk", "bls")]
    assert sizes == [32, 64, 32, 64], version
    assert status["inited"] is False and status["fls_state"] == 0, status
    assert {"ctx", "uptime", "temp", "storage"} <= set(status) and "https" not in status
    assert new.without_tls().status()["https"] in (True, False)
    proof = new.get("system/config/attestation")
    attestation.verify_now(proof["genuine"], unb64(proof["crt"]))
    provision(new, proof)
    refused(401, new.get, "keymgmt/list", "e30.e30.AA")
    refused(409, new.get, "keymgmt/list")
    refused(409, new.get, "logger/key")


def provision(new: Instance, proof: dict) -> None:
    """Gives it another certificate for its key, once."""
    other = attestation.certify(unb64(proof["crt"]))
    body = {"genuine": proof["genuine"], "crt": b64(other)}
    new.post("system/config/provisioning", body)
    refused(406, new.post, "system/config/provisioning", body)
    now = new.get("system/config/attestation")
    assert now["crt"] == b64(other)
    attestation.verify_now(now["genuine"], other)


def set_clock(new: Instance, service: Instance) -> None:
    """The check-in, once and again."""
    step("check-in")
    if CHECK_IN:
        assert not {"ts", "time"} & set(new.status()), new.status()
        refused(403, new.get, "auth/init")
    for _ in range(2):
        assert new.check_in(service)["status"] == "OK"
    status = new.status()
    assert abs(status["time"] - time.time()) < 60, status
    shown = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(status["time"]))
    assert status["ts"] == shown, status


def take(new: Instance, host: str) -> tuple[Owner, Owner]:
    """The first configuration."""
    step("first configuration")
    refused(409, new.challenge)
    eid = new.get("auth/init")["eid"]
    refused(400, new.post, "auth/init", {"other": "a"})
    owner, administrator, answer = claim(new, host, USER, MASTER)
    header, claims = tokens.read(answer["token"])
    assert header == {"typ": "JWT", "alg": "HS256"}, header
    assert (claims["scope"], claims["sub"]) == ("system:config", "U"), claims
    assert claims["exp"] - claims["iat"] == 28800, claims
    config = new.get("system/config", answer["token"])
    assert (config["eid"], config["instanceid"]) == (eid, answer["instanceid"]), config
    refused(406, new.get, "auth/init")
    assert "inited" not in new.status()
    assert new.challenge()["eid"] == eid
    return owner, administrator


def log_in(owner: Owner, administrator: Owner) -> None:
    """Each role, and what its tokens say."""
    step("logins")
    for caller, subject in ((owner, "U"), (administrator, "M")):
        header, claims = tokens.read(caller.token("system:config"))
        assert list(header.items()) == [("typ", "JWT"), ("alg", "HS256")], header
        assert list(claims)[:5] == ["scope", "sub", "iat", "exp", "jti"], claims
        assert (claims["scope"], claims["sub"]) == ("system:config", subject)
        assert int.from_bytes(unb64(claims["jti"])[:4], "little") == claims["iat"]
        assert claims["exp"] - claims["iat"] in range(3590, 3611), claims
        assert caller.config()["user"] == "Owner One"
    marked = owner.log_in("logger:get#mark", ctx="of ours")
    claims = tokens.read(marked)[1]
    assert (claims["scope"], claims.get("ctx")) == ("logger:get", "of ours"), claims
    refused(401, Owner(owner.instance, Pair()).log_in, "system:config")
    refused(403, administrator.get, "keymgmt/list", "keymgmt:list")
    refused(403, owner.get, "keymgmt/list", "system:wrong")


def configure(owner: Owner, instance: Instance) -> None:
    """Reads and changes the configuration."""
    step("configuration")
    before = owner.config()
    assert owner.configure(user="Owner Two") == {"updated": True}
    after = owner.config()
    assert (after["user"], after["email"]) == ("Owner Two", before["email"]), after
    assert after["uts"] > before["uts"], "each change is later"
    assert owner.configure(user="Owner Two") == {"updated": False}
    assert owner.configure(unknown=1) == {"updated": False}
    refused(400, owner.configure, user="u" * 65)
    assert owner.config()["user"] == "Owner Two"
    proof = instance.get("system/config/attestation", owner.token("logger:get"))
    attestation.verify_now(proof["genuine"], unb64(proof["crt"]))
    test = owner.get("system/selftest", "system:config")
    assert (test["fls_state"], test["se_state"]) == (0, 0), test
    other = Pair.of_passphrase("another passphrase", after["eid"])
    old, owner.pair = owner.pair, other
    owner.change_user_key(other)
    owner.log_in("logger:get")
    refused(401, Owner(instance, old).log_in, "logger:get")
    owner.change_user_key(old)
    owner.pair = old


def use_keys(keys: Keys) -> dict[str, str]:
    """Every type made, shown and used; their names by type."""
    names = {}
    for kind in ALL:
        step(f"a key of type {kind}")
        names[kind] = trade.make(keys, kind)
        trade.check_shown(keys, names[kind], kind)
        public = None if "pubkey" not in (shown := keys.show(names[kind])) \
            else unb64(shown["pubkey"])
        everything(Key(keys.caller, names[kind]), kind, public)
    return names


def authenticate(owner: Owner, keys: Keys) -> tuple[Authenticator, Holder]:
    """An authenticator paired and used."""
    step("authenticator")
    prove(owner)
    phone = Authenticator("A phone")
    assert pair_with(owner, phone) == phone.kid
    found = keys.search("^" + b64(b"EXTAID"))
    assert [one["kid"] for one in found["list"]] == [phone.kid], found
    assert found["list"][0]["descr"] == b64(b"EXTAID" + phone.pid)
    assert found["list"][0]["label"] == "A phone"
    holder = Holder(owner.instance, phone)
    claims = tokens.read(holder.token("keymgmt:list"))[1]
    assert claims["sub"] == b64(bytes.fromhex(phone.kid)), claims
    theirs = Keys(holder)
    assert theirs.page()["total"] == keys.page()["total"]
    made = theirs.create("theirs", "AES256")
    everything(Key(holder, made), "AES256", None)
    request, broker = holder.request(f"keymgmt:use:{made}", ctx="context", note="a note")
    wish, suffix = phone.wish(request, broker).split("#")
    assert wish == f"keymgmt:use:{made}" and b"theirs" in unb64(suffix), suffix
    asked = tokens.verify(request, broker)
    assert (asked["ctx"], asked["note"]) == ("context", "a note"), asked
    # Only what the authenticator signs counts.
    token = tokens.read(holder.log_in("keymgmt:list", "keymgmt:get"))[1]
    assert token["scope"] == "keymgmt:get", token
    posing = Holder(owner.instance, stranger(phone))
    refused(406, posing.log_in, "keymgmt:list", "keymgmt:list")
    refused(403, pair_with, holder, Authenticator("Not by one"))
    return phone, holder


def stranger(phone: Authenticator) -> Authenticator:
    """One with a key of its own that knows the name of a paired one."""
    other = Authenticator("A stranger")
    other.pid, other.eid = phone.pid, phone.eid
    return other


def read_log(owner: Owner, service: Instance, kid: str, phone: Authenticator) -> None:
    """The files of the boot that ended, complete and verified."""
    step("log")
    log = Log(owner)
    written = log.names()["id"]
    refused(406, owner.get, f"logger/{written[-1]}", "logger:get")
    used = owner.token("logger:get")
    owner.reboot()
    refused(401, owner.instance.get, "logger/list", used)
    if CHECK_IN:
        owner.instance.check_in(service)
    names = log.names()
    assert names["total"] == len(names["id"]) and names["id"] == sorted(names["id"]), names
    assert names["id"][:-1] == written, names
    records = [record for name in written for record in log.records(name)]
    check_events(records, kid, phone)
    assert log.key() == unb64(owner.config()["eid_sign"])


def check_events(records: list, kid: str, phone: Authenticator) -> None:
    """That what was done is there."""
    events = {record.event for record in records}
    wanted = {0, 1, 7, 2, 9, 12, 13, 14, 15, 18, 19, 20, 21, 22, 25, 26, 29} | set(range(30, 43))
    assert wanted <= events, f"missing: {sorted(wanted - events)}"
    set_at = [record.event for record in records].index(19)
    assert all(abs(record.time - time.time()) < 3600 for record in records[set_at + 1:])
    assert all((record.time < 3600) == CHECK_IN for record in records[:set_at])
    raw = bytes.fromhex(kid)
    assert any((one.event, one.result, one.extra) == (20, 0, raw) for one in records), "its making"
    phones = b64url(bytes.fromhex(phone.kid))
    assert any((one.event, one.subject) == (14, phones) for one in records), "a login by the phone"
    refusals = [one for one in records if one.event == 12]
    assert any((one.subject, one.result) == ("M", 1) for one in refusals), refusals
    assert any(one.event == 29 and one.subject == "M" for one in records)
    assert {one.result for one in records if one.event == 31} == {0, 1}


def end(owner: Owner, service: Instance, host: str) -> None:
    """Wiped, and somebody else's."""
    step("wiped")
    eid = owner.config()["eid"]
    old = owner.token("keymgmt:list")
    owner.wipe()
    assert owner.instance.status()["inited"] is False
    refused(401, owner.instance.get, "keymgmt/list", old)
    if CHECK_IN:
        owner.instance.check_in(service)
    other, _, _ = claim(owner.instance, host, USER, MASTER)
    assert other.config()["eid"] != eid
    assert Keys(other).page()["total"] == 0
    other.wipe()


def main() -> None:
    ready, service, host = sys.argv[1:4]
    instance = Instance.of_ready_file(ready, host)
    service = Instance(service, secure=False)
    before_owner(instance)
    set_clock(instance, service)
    owner, administrator = take(instance, host)
    log_in(owner, administrator)
    configure(owner, instance)
    keys = Keys(owner)
    names = use_keys(keys)
    trade.list_and_search(keys, names)
    trade.import_all(keys)
    trade.derive_all(keys, names)
    phone, holder = authenticate(owner, keys)
    trade.update_and_delete(keys, names)
    keys.delete(phone.kid)
    refused(401, holder.instance.get, "keymgmt/list", holder.token("keymgmt:list"))
    read_log(owner, service, names["AES256"], phone)
    end(owner, service, host)
    step("done")


if __name__ == "__main__":
    main()
