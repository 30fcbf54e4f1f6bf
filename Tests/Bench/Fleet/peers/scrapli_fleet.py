"""scrapli: its IOS XE definition (which also sets the terminal's width) over its libssh2 transport, with asyncio."""

import asyncio
import json
import sys

from scrapli import AuthOptions, Cli, LookupKeyValue, SessionOptions, TransportSsh2Options

port, count, at_once, folder = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]


async def back_up(number, places):
    async with places:
        device = Cli(
            host="127.1.%d.%d" % divmod(number, 256),
            port=port,
            definition_file_or_name="cisco_iosxe",
            auth_options=AuthOptions(
                username="netops", password="lab", lookups=[LookupKeyValue(key="enable", value="sesame")]
            ),
            session_options=SessionOptions(operation_timeout_s=60),
            transport_options=TransportSsh2Options(),
        )
        async with device:
            result = await device.send_input_async(input_="show running-config")
    with open("%s/%d" % (folder, number), "w") as file:
        file.write(result.result)


async def main():
    places = asyncio.Semaphore(at_once)
    results = await asyncio.gather(*(back_up(n, places) for n in range(1, count + 1)), return_exceptions=True)
    for error in [result for result in results if result is not None][:1]:
        print(repr(error), file=sys.stderr)
    print(json.dumps({"failed": sum(result is not None for result in results)}))


asyncio.run(main())
