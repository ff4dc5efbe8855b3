#!/usr/bin/env python3
"""Checks files in Prometheus' text format (version 0.0.4), as --metrics writes.

    tests/metrics.py FILE…

Strict: each family is HELP, TYPE and its samples in one block; names, labels,
escapes and values as the format has them; no series twice; a newline at the
end. Where promtool is installed it is asked, too. Status 1 with a line for
each problem.
"""

import re
import shutil
import subprocess
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)")
VALUE = re.compile(r"[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|Inf|NaN)")


def problems(data):
    """Yields what is wrong with the bytes of one file."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        yield f"not UTF-8: {error}"
        return
    if not text.endswith("\n"):
        yield "the last line has no newline"
    family, helps, types, series = None, set(), {}, set()
    for number, line in enumerate(text.split("\n")[:-1], 1):
        head = re.fullmatch(rf"# (HELP|TYPE) ({NAME}) (.+)", line)
        sample = SAMPLE.fullmatch(line)
        if head and head[1] == "HELP":
            if head[2] in helps:
                yield f"{number}: a second HELP of {head[2]}"
            helps.add(head[2])
            family = head[2]
        elif head:
            if family != head[2] or head[2] in types:
                yield f"{number}: TYPE of {head[2]} is not behind its HELP"
            types[head[2]] = head[3]
            if head[3] not in ("gauge", "counter", "untyped"):
                yield f"{number}: unexpected type {head[3]}"
        elif not sample:
            yield f"{number}: neither a sample nor a comment: {line!r}"
        else:
            name, labels, value = sample.groups()
            if name != family or name not in types:
                yield f"{number}: {name} stands outside its family"
            if not VALUE.fullmatch(value):
                yield f"{number}: no number: {value}"
            names = re.findall(r'(\w+)="(?:[^"\\]|\\.)*"', labels or "")
            if len(set(names)) != len(names):
                yield f"{number}: a label stands twice"
            if (name, labels) in series:
                yield f"{number}: a series stands twice"
            series.add((name, labels))
    if not series:
        yield "no samples"


def main():
    wrong = 0
    for path in sys.argv[1:]:
        with open(path, "rb") as file:
            data = file.read()
        for problem in problems(data):
            wrong = 1
            print(f"{path}: {problem}")
        if shutil.which("promtool"):
            done = subprocess.run(["promtool", "check", "metrics"], input=data,
                                  stdout=subprocess.PIPE, check=False,
                                  stderr=subprocess.STDOUT)
            if done.returncode or done.stdout:
                wrong = 1
                print(f"{path}: promtool: {done.stdout.decode()}")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
