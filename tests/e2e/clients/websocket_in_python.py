# SPDX-License-Identifier: MIT
"""websocket_in_python.py URL DEFLATE: Debian's python3-websockets, 10.4 or
later. It prints a JSON line for each message and sends each line of stdin. It
reconnects with its cursor."""

import asyncio
import json
import sys
import urllib.parse

try:
    import websockets
except ImportError:
    sys.exit("python3-websockets is not installed")


def say(*what):
    print(json.dumps(what), flush=True)


class Client:
    def __init__(self, url, deflate):
        self.url, self.since, self.socket = url, "", None
        self.compression = "deflate" if deflate == "yes" else None

    def received(self, item):
        self.since = item.get("cursor") or self.since
        if "data" in item:
            self.since = item.get("cursor") or item["id"]
            event = item.get("event")
            say("got", f"{event}: {item['data']}" if event else item["data"])
        elif "retry" not in item:
            say("other", item)

    async def connection(self):
        url = self.url + "&since=" + urllib.parse.quote(self.since)
        async with websockets.connect(
            url, compression=self.compression
        ) as socket:
            self.socket = socket
            # 10.4 has it in the connection, 14 and later in its protocol
            extensions = getattr(socket, "protocol", socket).extensions
            say("open", ", ".join(e.name for e in extensions))
            try:
                async for message in socket:
                    if isinstance(message, str):
                        self.received(json.loads(message))
                    else:
                        say("unexpected", "binary")
            except websockets.ConnectionClosedError:
                pass  # a close code of neither 1000 nor 1001
            say("closed", socket.close_code)

    async def stay(self):
        while True:
            try:
                await self.connection()
            except (OSError, websockets.InvalidHandshake) as why:
                say("error", str(why))
            await asyncio.sleep(0.2)

    async def send(self):
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            await self.socket.send(line.strip())


async def main():
    client = Client(*sys.argv[1:])
    await asyncio.gather(client.stay(), client.send())


asyncio.run(main())
