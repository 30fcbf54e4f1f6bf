"""Netmiko: its cisco_ios driver (which also sets the terminal's width) in a pool of threads."""

import concurrent.futures
import json
import sys

import netmiko

port, count, at_once, folder = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]


def back_up(number):
    device = netmiko.ConnectHandler(
        device_type="cisco_ios",
        host="127.1.%d.%d" % divmod(number, 256),
        port=port,
        username="netops",
        password="lab",
        secret="sesame",
        read_timeout_override=60,
        conn_timeout=60,
        banner_timeout=60,
        auth_timeout=60,
    )
    with device:
        device.enable()
        output = device.send_command("show running-config")
    with open("%s/%d" % (folder, number), "w") as file:
        file.write(output)


with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
    futures = [pool.submit(back_up, number) for number in range(1, count + 1)]
errors = [future.exception() for future in futures if future.exception()]
for error in errors[:1]:
    print(repr(error), file=sys.stderr)
print(json.dumps({"failed": len(errors)}))
