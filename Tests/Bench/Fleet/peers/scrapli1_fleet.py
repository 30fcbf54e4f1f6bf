"""scrapli before its second edition: its IOS XE driver (which also sets the terminal's width) over asyncssh."""

import asyncio
import json
import sys

from scrapli.driver.core import AsyncIOSXEDriver

port, count, at_once, folder = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]


async def back_up(number, places):
    async with places:
        device = AsyncIOSXEDriver(
            host="127.1.%d.%d" % divmod(number, 256),
            port=port,
            auth_username="netops",
            auth_password="lab",
            auth_secondary="sesame",
            auth_strict_key=False,
            transport="asyncssh",
            ssh_config_file=False,
            timeout_socket=60,
            timeout_transport=60,
            timeout_ops=60,
        )
        async with device:
            result = await device.send_command("show running-config")
    with open("%s/%d" % (folder, number), "w") as file:
        file.write(result.result)


async def main():
    places = asyncio.Semaphore(at_once)
    results = await asyncio.gather(*(back_up(n, places) for n in range(1, count + 1)), return_exceptions=True)
    for error in [result for result in results if result is not None][:1]:
        print(repr(error), file=sys.stderr)
    print(json.dumps({"failed": sum(result is not None for result in results)}))


asyncio.run(main())
