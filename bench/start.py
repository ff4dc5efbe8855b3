#!/usr/bin/env python3
"""One job from start to exit, beside curl doing its two posts in turn.

    bench/start.py [--bin build] [--runs 5] [--times 20]

A run asks for prices as well and makes a ledger, durable on a disk in
earnest; curl is started twice, as a script would do it. Each run is the
median of so many starts.
"""

import os
import shutil
import statistics
import sys
import tempfile

import rivals
import sweep
import table


def curl_twice(folder, base):
    """Seconds that a shell takes for a pin and a post by curl."""
    script = os.path.join(folder, "two.sh")
    with open(script, "w", encoding="utf-8") as file:
        for rest, secret, body in (
                ("/pinning/pinJSONToIPFS", "practice.token.pinata",
                 rivals.PIN),
                ("/api/jobs/list", "nos_practice",
                 rivals.post_body(rivals.CID))):
            file.write(
                f"curl -s -o /dev/null -H 'Authorization: Bearer {secret}' "
                "-H 'Content-Type: application/json' --data-binary "
                f"'{body}' {base}{rest}\n")
    return table.timed(["sh", script], cpu=table.cores()[1]).wall_s


def measure(arguments, folder, disk):
    """Ours over curl's, medians of interleaved starts."""
    ours, theirs = [], []
    with sweep.lean(arguments, folder) as server:
        for _ in range(arguments.times):
            ours.append(sweep.post(arguments, folder, server.base, 1, 64,
                                   disk).wall_s)
            theirs.append(curl_twice(folder, server.base))
    return statistics.median(ours), statistics.median(theirs)


def main():
    """Runs all measurements."""
    def more(parser):
        parser.add_argument("--times", type=int, default=20)
    arguments = table.arguments(__doc__, more)
    if arguments.quick:
        arguments.times = 1
    table.section("Start: one job, start to exit")
    if not shutil.which("curl"):
        table.skipped("curl", "not installed")
        return 0
    with tempfile.TemporaryDirectory() as folder, \
            tempfile.TemporaryDirectory(dir=sweep.disk_folder()) as disk:
        found = [measure(arguments, folder, disk)
                 for _ in table.runs(arguments.runs)]
    table.row("over curl's two posts", [a / b for a, b in found], "x",
              f"{1000 * statistics.median(a for a, _ in found):.0f} ms",
              wanted="<= 1.5")
    return 0


if __name__ == "__main__":
    sys.exit(main())
