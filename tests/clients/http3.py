"""A recorded request over HTTP/3 by aioquic. Usage: http3.py READY_FILE."""

import asyncio
import json
import ssl
import sys

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration

PATH = ("/1.0/TEST_API000000ee01/ProcessData/e718e27a1016452c/Packet0_PLAINAES_0000"
        "32245a350877442a67a724f18dfea1f857a6113beb82e76874f27165a3404754"
        "84f71cc9864906fd816b594923aa6aeb")
STREAMS = 50


class Client(QuicConnectionProtocol):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.http = H3Connection(self._quic)
        self.answers = {}

    async def get(self, authority, path):
        stream = self._quic.get_next_available_stream_id()
        done = asyncio.get_running_loop().create_future()
        self.answers[stream] = [None, b"", done]
        self.http.send_headers(stream, [
            (b":method", b"GET"), (b":scheme", b"https"), (b":authority", authority.encode()),
            (b":path", path.encode())], end_stream=True)
        self.transmit()
        return await asyncio.wait_for(done, 30)

    def quic_event_received(self, event):
        for one in self.http.handle_event(event):
            answer = self.answers.get(getattr(one, "stream_id", None))
            if answer is None:
                continue
            if isinstance(one, HeadersReceived):
                answer[0] = dict(one.headers)[b":status"]
            elif isinstance(one, DataReceived):
                answer[1] += one.data
            if getattr(one, "stream_ended", False) and not answer[2].done():
                answer[2].set_result((answer[0], answer[1]))


async def main():
    with open(sys.argv[1], encoding="utf-8") as ready:
        listeners = json.load(ready)["listeners"]
    address = next(one["address"] for one in listeners
                   if one["listener"] == "process" and one["transport"] == "http3")
    host, port = address.rsplit(":", 1)
    configuration = QuicConfiguration(alpn_protocols=H3_ALPN, is_client=True,
                                      verify_mode=ssl.CERT_NONE, server_name="localhost")
    async with connect(host, int(port), configuration=configuration,
                       create_protocol=Client) as client:
        answers = await asyncio.gather(*(client.get(address, PATH) for _ in range(STREAMS)))
    for status, body in answers:
        assert status == b"200", status
        assert json.loads(body)["status"] == "9000", body
    print(f"{len(answers)} answers over HTTP/3")


asyncio.run(main())
