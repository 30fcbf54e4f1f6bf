"""What the programs have in common that an SSH server runs for every session (ForceCommand FOLDER) to be taken for a router.

FOLDER has `running`, the configuration without its `end`, and `flash`, the files. Every command goes to `commands`. What is to go
wrong stands in `faults`, a line each; for all of them:

    no-scp            the router takes no files
    corrupt           files have another content than was sent
    drop COMMAND      the connection is lost at a command, before it does anything
    drop-after COMMAND  as `drop`, when it has been done
    reject COMMAND    a command is none
    slow COMMAND      a command is answered after a second and a half
"""
import hashlib
import os
import re
import signal
import subprocess
import sys
import time

folder = sys.argv[1]


def path(name):
    return os.path.join(folder, name)


def read(name, default=""):
    try:
        with open(path(name)) as file:
            return file.read()
    except FileNotFoundError:
        return default


def write(name, text):
    with open(path(name) + ".new", "w") as file:
        file.write(text)
    os.rename(path(name) + ".new", path(name))


def has_fault(*words):
    return " ".join(words) in read("faults").split("\n")


def faults(kind):
    return [line[len(kind) + 1:] for line in read("faults").split("\n") if line.startswith(kind + " ")]


def in_flash(files, name):
    match = re.fullmatch(files, name)
    return match and path("flash/" + match[1])


def md5(file):
    with open(file, "rb") as stored:
        return hashlib.md5(stored.read() + (b"!" if has_fault("corrupt") else b"")).hexdigest()


def receive(files, words):
    """The other end of scp."""
    if has_fault("no-scp"):
        print("Administratively disabled.", file=sys.stderr)
        return 1
    file = in_flash(files, words[-1])
    if "-t" not in words or not file:
        return 1
    return subprocess.run(["scp", "-t", file]).returncode


def drop():
    os.kill(os.getppid(), signal.SIGKILL)
    os._exit(1)


def ask(question):
    """Prints a question that has no line end, and waits for its answer."""
    sys.stdout.write(question)
    sys.stdout.flush()
    return sys.stdin.readline().strip()


def serve(files, prompt, answer):
    """Answers what a session types, or takes a file.

    files: a pattern of their names, its group 1 that in the folder. answer: from a line to what is printed; None ends the session.
    """
    if os.environ.get("SSH_ORIGINAL_COMMAND", "").startswith("scp "):
        sys.exit(receive(files, os.environ["SSH_ORIGINAL_COMMAND"].split()))
    while True:
        sys.stdout.write(prompt())
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line:
            return
        line = line.strip()
        with open(path("commands"), "a") as log:
            log.write(line + "\n")
        if has_fault("drop", line):
            drop()
        if has_fault("slow", line):
            time.sleep(1.5)
        text = "% Invalid input detected at '^' marker.\n" if has_fault("reject", line) else answer(line)
        if has_fault("drop-after", line):
            drop()
        if text is None:
            return
        sys.stdout.write(text)
