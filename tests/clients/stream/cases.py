"""The list for the Python client."""
# spec: stream 1, 3 to 7

import asyncio
import collections
import dataclasses
import json
import pathlib

import typex
from typex import Record

from . import gateway

AES, BESIDE, RSA, NOTHING = 0xEE01, 0xEE02, 0x9876, 0x00FFFFFF
API_KEY = "TEST_API"
PROCESS_DATA = 1
#: How often a small queue is tried to be filled.
ROUNDS = 400
CASES = {}


def case(function):
    """Adds it to the list, by its name."""
    CASES[function.__name__] = function
    return function


def on_a_stream(function):
    """A case of one stream."""
    async def run(world):
        async with await world.client() as client:
            return await function(world, await client.stream())
    CASES[function.__name__] = run
    return run


def records_of(world, count, handle, first=0):
    return [Record(first + at, PROCESS_DATA, handle, world.aes) for at in range(count)]


def counted(outcomes):
    """How many records have which status."""
    counts = collections.Counter(outcome.status for outcome in outcomes)
    return ", ".join(f"{counts[status]} {status}" for status in sorted(counts))


def right(world, outcomes):
    """Answers to the worked example; failures have words."""
    for outcome in outcomes:
        is_done = outcome.status is typex.Status.DONE
        assert (outcome.data == world.answer) == is_done, outcome
        assert bool(outcome.parameters) != is_done, outcome


async def batch(world, stream, records):
    outcomes = await stream.batch(records)
    right(world, outcomes)
    assert sorted(one.id for one in outcomes) == sorted(one.id for one in records)
    return counted(outcomes)


def words(error):
    match error:
        case typex.NotSent():
            return "not_sent"
        case typex.Refused():
            return f"refused {error.status}"
        case typex.Overload():
            return f"overload {error.status}"
        case typex.Bye():
            return f"bye {error.status}"
        case typex.NoHandle():
            return "no_handle"
        case typex.Unsendable():
            return "unsendable"
        case _:
            return repr(error)


async def failed(awaitable):
    try:
        await awaitable
    except typex.TypexError as error:
        return words(error)
    return "success"


@on_a_stream
async def welcome(world, stream):
    found = stream.welcome
    assert found.records == 4096 and found.frame_bytes >= 65536 and found.handles >= 1
    return f"version {found.version}"


@on_a_stream
async def refused_credential(world, stream):
    return await failed(stream.open("NOBODY", AES))


@on_a_stream
async def refused_key(world, stream):
    first = await failed(stream.open(API_KEY, NOTHING))
    handle = await stream.open(API_KEY, AES)
    return f"{first}, then {await batch(world, stream, records_of(world, 1, handle))}"


async def batch_of(world, stream, count):
    handle = await stream.open(API_KEY, AES)
    return await batch(world, stream, records_of(world, count, handle))


@on_a_stream
async def batch_of_1(world, stream):
    return await batch_of(world, stream, 1)


@on_a_stream
async def batch_of_64(world, stream):
    return await batch_of(world, stream, 64)


@on_a_stream
async def batch_of_4096(world, stream):
    return await batch_of(world, stream, 4096)


@on_a_stream
async def no_record(world, stream):
    outcomes = await stream.batch([])
    return counted(outcomes) or "nothing"


@on_a_stream
async def bad_records(world, stream):
    handle = await stream.open(API_KEY, AES)
    records = records_of(world, 64, handle)
    changed = bytearray(world.aes)
    changed[5] ^= 1
    for at, change in (
        (3, {"data": bytes(changed)}),
        (20, {"data": world.aes[:17]}),
        (33, {"operation": 0x7777}),
        (50, {"parameters": b"unasked"}),
        (63, {"handle": 99}),
    ):
        records[at] = dataclasses.replace(records[at], **change)
    return await batch(world, stream, records)


@on_a_stream
async def unknown_handle(world, stream):
    return await batch(world, stream, records_of(world, 1, 0xFFFFFFFF))


@on_a_stream
async def closed_handle(world, stream):
    handle = await stream.open(API_KEY, AES)
    await stream.close(handle)
    first = await batch(world, stream, records_of(world, 1, handle))
    return f"{first}, then {await failed(stream.close(handle))}"


@on_a_stream
async def number_again(world, stream):
    handle = await stream.open(API_KEY, BESIDE)
    await stream.close(handle)
    assert await stream.open(API_KEY, AES) == handle
    return await batch(world, stream, records_of(world, 1, handle))


@on_a_stream
async def no_handle_left(world, stream):
    for number in range(stream.welcome.handles):
        assert await stream.open(API_KEY, AES) == number
    first = await failed(stream.open(API_KEY, AES))
    last = records_of(world, 1, stream.welcome.handles - 1)
    return f"{first}, then {await batch(world, stream, last)}"


@on_a_stream
async def suspended_key(world, stream):
    handle = await stream.open(API_KEY, AES)
    suspended = await stream.open(API_KEY, BESIDE)
    lines = world.gateway.operator("key", "list", "--json").splitlines()
    key = json.loads(next(line for line in lines if "ee02" in line))["id"]
    world.gateway.operator("key", "suspend", key)
    records = [*records_of(world, 1, handle), *records_of(world, 1, suspended, 1)]
    found = await batch(world, stream, records)
    world.gateway.operator("key", "resume", key)
    return found


@on_a_stream
async def deadline_passed(world, stream):
    handle = await stream.open(API_KEY, AES)
    outcomes = await stream.batch(records_of(world, 4096, handle), deadline=0.001)
    return str(next(outcome for outcome in outcomes if outcome.id == 4095).status)


@on_a_stream
async def two_records_of_one_id(world, stream):
    handle = await stream.open(API_KEY, AES)
    return await batch(world, stream, records_of(world, 1, handle) * 2)


@on_a_stream
async def pipelined(world, stream):
    handle = await stream.open(API_KEY, AES)
    batches = [await stream.send(records_of(world, 8, handle, at * 100)) for at in range(8)]
    everything = []
    for at, pending in enumerate(batches):
        outcomes = await pending.outcomes()
        assert all(outcome.id // 100 == at for outcome in outcomes), "its own"
        everything += outcomes
    right(world, everything)
    return f"{len(batches)} batches, {counted(everything)}"


@case
async def side_by_side(world):
    async with await world.client() as client:
        streams, everything = [], []
        for _ in range(8):
            streams.append(await client.stream())
            assert await streams[-1].open(API_KEY, AES) == 0, "of its own"
        for stream in reversed(streams):
            everything += await stream.batch(records_of(world, 8, 0))
        right(world, everything)
        return f"{len(streams)} streams, {counted(everything)}"


@on_a_stream
async def given_up(world, stream):
    handle = await stream.open(API_KEY, AES)
    for _ in range(3):
        asked = asyncio.ensure_future(stream.batch(records_of(world, 4096, handle)))
        # Some turns in which it is sent.
        for _ in range(5):
            await asyncio.sleep(0)
        asked.cancel()
        await asyncio.wait([asked])
        assert asked.cancelled()
    return await batch(world, stream, records_of(world, 1, handle))


@case
async def version_mismatch(world):
    world.options = dataclasses.replace(world.options, versions=(2, 9))
    async with await world.client() as client:
        return await failed(client.stream())


@on_a_stream
async def too_many_records(world, stream):
    handle = await stream.open(API_KEY, AES)
    first = await failed(stream.batch(records_of(world, 4097, handle)))
    return f"{first}, then {await batch(world, stream, records_of(world, 1, handle))}"


@on_a_stream
async def record_too_large(world, stream):
    handle = await stream.open(API_KEY, AES)
    large = Record(0, PROCESS_DATA, handle, bytes(stream.welcome.frame_bytes))
    first = await failed(stream.batch([large]))
    return f"{first}, then {await batch(world, stream, records_of(world, 1, handle))}"


async def insist(world, stream):
    """Asks eight times at once; how often there was an answer, and how often no room."""
    counts = collections.Counter()
    for pending in [await stream.send([Record(at, PROCESS_DATA, 0, world.rsa)]) for at in range(8)]:
        try:
            outcomes = await pending.outcomes()
        except typex.Overload as error:
            assert error.status is typex.Status.BUSY and error.wait_ms > 0, error
            counts["busy"] += 1
        else:
            assert counted(outcomes) == "1 done"
            counts["done"] += 1
    return counts


@case
async def overload(world):
    world.options = dataclasses.replace(world.options, connections=16)
    async with await world.client() as client:
        streams = [await client.stream() for _ in range(8)]
        for stream in streams:
            assert await stream.open(API_KEY, RSA) == 0
        found = collections.Counter()
        # Whether two are there at once is a matter of chance, though not of much.
        for _ in range(ROUNDS):
            counts = await asyncio.gather(*(insist(world, one) for one in streams))
            found += sum(counts, collections.Counter())
            if len(found) == 2:
                break
        return " and ".join(sorted(found, reverse=True))


def pool(world, *keys):
    return typex.Pool.connect(
        world.options, [typex.Key(API_KEY, key) for key in keys],
        retry=typex.Retry(tries=30, repeats_lost=True))


@case
async def pool_retries(world):
    async def ask(pool):
        outcomes = []
        for at in range(20):
            outcomes += await pool.batch([Record(at, PROCESS_DATA, 0, world.rsa)])
        return outcomes
    async with await pool(world, RSA) as shared:
        everything = await asyncio.gather(*(ask(shared) for _ in range(8)))
    return counted([outcome for outcomes in everything for outcome in outcomes])


@case
async def pool_of_keys(world):
    async with await pool(world, BESIDE, AES, AES) as shared:
        records = [Record(at, PROCESS_DATA, 1 + at % 2, world.aes) for at in range(64)]
        batches = await asyncio.gather(*(shared.batch(records) for _ in range(8)))
    for outcomes in batches:
        right(world, outcomes)
    return f"{len(batches)} batches, {counted([one for outcomes in batches for one in outcomes])}"


@case
async def pool_refused(world):
    return await failed(pool(world, AES, NOTHING))


@case
async def pool_outlives(world):
    async with await pool(world, AES) as shared:
        outcomes = await shared.batch(records_of(world, 1, 0))
        world.gateway.end()
        world.gateway.ended()
        folder = pathlib.Path(world.gateway.data).parent
        following = gateway.start(world.gateway.typex, folder, world.gateway.port)
        try:
            again = await shared.batch(records_of(world, 64, 0))
        finally:
            following.end()
            following.ended()
    right(world, outcomes + again)
    return f"{counted(outcomes)}, then {counted(again)}"


def credential(world):
    return typex.AccessKey(world.payments["id"], world.payments["secret"])


async def opened(world, stream, name):
    return await stream.open(credential(world), bytes.fromhex(world.payments[name]))


async def ask(stream, operation, handle, data, *fields):
    """The answer to one record: how it ended, and its data."""
    record = Record(1, operation, handle, data, typex.parameters(*fields))
    [outcome] = await stream.batch([record])
    return counted([outcome]), outcome.data


CLEAR = b"4000001234562   "
MADE = (typex.Tag.LENGTH, 8), (typex.Tag.METHOD, 3)


@on_a_stream
async def access_key(world, stream):
    key = await opened(world, stream, "mac")
    first, mac = await ask(stream, typex.Operation.GENERATE_MAC, key, CLEAR, *MADE)
    assert len(mac) == 8
    checked = (typex.Tag.VALUE, mac), (typex.Tag.METHOD, 3)
    second, _ = await ask(stream, typex.Operation.VERIFY_MAC, key, CLEAR, *checked)
    return f"{first}, then {second}"


@on_a_stream
async def wrong_secret(world, stream):
    wrong = typex.AccessKey(world.payments["id"], "0123456789" * 4)
    return await failed(stream.open(wrong, bytes.fromhex(world.payments["mac"])))


@on_a_stream
async def two_keys(world, stream):
    source, target = await opened(world, stream, "from"), await opened(world, stream, "to")
    cbc = [(typex.Tag.CIPHER, typex.Cipher.CBC), (typex.Tag.IV, b"Z" * 16)]
    _, sealed = await ask(stream, typex.Operation.ENCRYPT, source, CLEAR, *cbc)
    there = [(typex.SECOND + tag, value) for tag, value in [(typex.Tag.HANDLE, target), *cbc]]
    first, moved = await ask(stream, typex.Operation.REENCRYPT, source, sealed, *cbc, *there)
    second, clear = await ask(stream, typex.Operation.DECRYPT, target, moved, *cbc)
    same = "the same" if clear == CLEAR and moved != sealed else "another"
    return f"{first}, then {second}, then {same}"


@on_a_stream
async def two_holders(world, stream):
    handle = await stream.open(API_KEY, AES)
    key = await opened(world, stream, "mac")
    mac = Record(2, typex.Operation.GENERATE_MAC, key, CLEAR, typex.parameters(*MADE))
    return counted(await stream.batch([*records_of(world, 1, handle, 1), mac]))


@case
async def pool_of_access_key(world):
    keys = [typex.Key(credential(world), bytes.fromhex(world.payments[name]))
            for name in ("from", "mac")]
    records = [Record(at, typex.Operation.GENERATE_MAC, 1, CLEAR, typex.parameters(*MADE))
               for at in range(64)]
    async with await typex.Pool.connect(world.options, keys) as shared:
        return counted(await shared.batch(records))


MESSAGE = b"amount 12.50"
ED25519 = (typex.Tag.SCHEME, typex.Scheme.ED25519)


def token(world, key):
    """What opens a key of the security module, and the key."""
    known = world.instance["keys"][key]
    return typex.Token(known["token"], world.instance["name"]), bytes.fromhex(known["kid"])


def same(world, key, made):
    """Whether it is what the module makes over its own dialect."""
    return "the same" if made.hex() == world.instance["keys"][key]["made"] else "another"


@on_a_stream
async def access_token(world, stream):
    key = await stream.open(*token(world, "ed25519"))
    first, made = await ask(stream, typex.Operation.SIGN, key, MESSAGE, ED25519)
    checked = (typex.Tag.VALUE, made), ED25519
    second, _ = await ask(stream, typex.Operation.VERIFY, key, MESSAGE, *checked)
    third, _ = await ask(stream, typex.Operation.VERIFY, key, b"amount 12.51", *checked)
    return f"{first}, {same(world, 'ed25519', made)}, then {second}, then {third}"


@on_a_stream
async def refused_token(world, stream):
    other, (_, key) = token(world, "hmac")[0], token(world, "ed25519")
    first = await failed(stream.open(other, key))
    second = await failed(stream.open(*token(world, "nothing")))
    third = await failed(stream.open(typex.Token("nobody"), key))
    return f"{first}, then {second}, then {third}"


@on_a_stream
async def other_use(world, stream):
    key = await stream.open(*token(world, "hmac"))
    first, _ = await ask(stream, typex.Operation.SIGN, key, MESSAGE, ED25519)
    second, made = await ask(stream, typex.Operation.HMAC, key, MESSAGE)
    return f"{first}, then {second}, {same(world, 'hmac', made)}"


@case
async def pool_of_tokens(world):
    keys = [typex.Key(*token(world, name)) for name in ("ed25519", "hmac")]
    ways = [(typex.Operation.SIGN, typex.parameters(ED25519)), (typex.Operation.HMAC, b"")]
    records = [Record(at, ways[at % 2][0], at % 2, MESSAGE, ways[at % 2][1]) for at in range(64)]
    async with await typex.Pool.connect(world.options, keys) as shared:
        return counted(await shared.batch(records))


async def begin(world):
    async with await world.client() as client:
        await client.stream()


@case
async def nobody_listens(world):
    world.options = dataclasses.replace(world.options, port=1, patience=1.0)
    try:
        await begin(world)
    except typex.TypexError as error:
        assert typex.Retry().wait(error, 1) is not None, "it may come"
        return words(error)


@case
async def not_trusted(world):
    # Nobody that is publicly trusted has issued it.
    world.options = dataclasses.replace(world.options, cafile=None)
    try:
        await begin(world)
    except typex.TypexError as error:
        again = "not again" if typex.Retry().wait(error, 1) is None else "again"
        return f"{words(error)}, {again}"


@on_a_stream
async def gateway_goes(world, stream):
    handle = await stream.open(API_KEY, AES)
    records = records_of(world, 1, handle)
    assert await batch(world, stream, records) == "1 done"
    world.gateway.end()
    while True:
        try:
            right(world, await stream.batch(records))
        except typex.NotSent as error:
            is_quic = world.options.carrier is typex.Carrier.QUIC
            return words(error.why if is_quic else error)
        except typex.TypexError as error:
            if world.options.carrier is typex.Carrier.QUIC:
                return words(error)
            # It still answers that it goes, or went while it had a request.
