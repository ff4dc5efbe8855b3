#!/usr/bin/env python3
"""Does something at the moment at which a command asks before it spends.

    tests/ask.py 'echo more >> queue.jsonl' nosbatch run queue.jsonl

runs the command (its words behind the first argument) on a terminal of its
own, prints what it prints, and once it asks "post? [y/N]" runs the first
argument by a shell and answers y. So a test can change the world between a
run's survey and its first post, without measuring time. Ends with the
command's status. Python's standard library only.
"""

import os
import pty
import subprocess
import sys


def main(script, *command):
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    seen, asked = b"", False
    while True:
        try:
            data = os.read(terminal, 4096)
        except OSError:  # the command's side is closed
            break
        if not data:
            break
        seen += data
        if not asked and b"post? [y/N]" in seen:
            asked = True
            subprocess.run(script, shell=True, check=True)
            os.write(terminal, b"y\n")
    sys.stdout.write(seen.decode(errors="replace").replace("\r\n", "\n"))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__.strip())
    sys.exit(main(*sys.argv[1:]))
