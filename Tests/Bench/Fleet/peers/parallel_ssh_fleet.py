"""parallel-ssh: interactive shells, which type their commands ahead, on as many hosts as its pool takes."""

import json
import sys

from pssh.clients import ParallelSSHClient

port, count, at_once, folder = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
commands = ["enable", "sesame", "terminal length 0", "show running-config", "exit"]
failed = 0
for first in range(1, count + 1, at_once):
    hosts = ["127.1.%d.%d" % divmod(number, 256) for number in range(first, min(first + at_once, count + 1))]
    client = ParallelSSHClient(
        hosts, user="netops", password="lab", port=port, pool_size=at_once, allow_agent=False, identity_auth=False
    )
    try:
        shells = client.open_shell()
        client.run_shell_commands(shells, commands)
        client.join_shells(shells)
    except Exception as error:
        print(repr(error), file=sys.stderr)
        failed += len(hosts)
        continue
    for number, shell in enumerate(shells, first):
        with open("%s/%d" % (folder, number), "w") as file:
            for line in shell.stdout:
                file.write(line + "\n")
print(json.dumps({"failed": failed}))
