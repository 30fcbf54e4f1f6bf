"""asyncssh: one process per device, a semaphore for how many at once."""

import asyncio
import json
import sys

import asyncssh

port, count, at_once, folder = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]


async def back_up(number, places):
    async with places:
        async with asyncssh.connect(
            "127.1.%d.%d" % divmod(number, 256), port, username="netops", password="lab", known_hosts=None, config=None
        ) as connection:
            shell = await connection.create_process(term_type="vt100", term_size=(511, 24))
            await shell.stdout.readuntil("sw%d>" % number)
            shell.stdin.write("enable\n")
            await shell.stdout.readuntil("Password: ")
            shell.stdin.write("sesame\n")
            prompt = "sw%d#" % number
            await shell.stdout.readuntil(prompt)
            shell.stdin.write("terminal length 0\n")
            await shell.stdout.readuntil(prompt)
            shell.stdin.write("show running-config\n")
            output = await shell.stdout.readuntil(prompt)
            shell.stdin.write("exit\n")
            await shell.wait_closed()
    with open("%s/%d" % (folder, number), "w", newline="") as file:
        file.write(output)


async def main():
    places = asyncio.Semaphore(at_once)
    results = await asyncio.gather(*(back_up(n, places) for n in range(1, count + 1)), return_exceptions=True)
    for error in [result for result in results if result is not None][:1]:
        print(repr(error), file=sys.stderr)
    print(json.dumps({"failed": sum(result is not None for result in results)}))


asyncio.run(main())
