#!/usr/bin/env python3
"""Runs the examples of a section of README.md.

    tests/readme.py 'The parameter language, by example'

In an empty folder, with the programs in PATH. Of the section, in order:

- a block of json or csv becomes the file that was last named in `quotes`;
- of another block, a line "$ COMMAND" is run by bash, and must print (on
  either output) the lines up to the next one; a line of "…" stands for any
  lines, "…" within a line for anything;
- of a table headed "write | for", {"OPERATOR": …} or a list must give the
  values beside it.

Prints what differs, or how many examples there were. Python's standard
library only.
"""

import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DEFINITION = {"version": "0.1", "type": "container", "ops": [
    {"type": "container/run", "id": "a",
     "args": {"image": "ubuntu", "cmd": "echo ${{ x:json }}"}}]}


def section(title):
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        text = file.read()
    found = re.search(r"^## " + re.escape(title) + r"\n(.*?)^## ", text,
                      re.S | re.M)
    if not found:
        raise SystemExit(f"README.md has no section {title!r}")
    return found[1]


def matches(expected, found):
    parts = []
    for line in expected:
        if line == "…":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(map(re.escape, line.split("…"))) + r"\n")
    return re.fullmatch("".join(parts), found) is not None


def steps(block):
    """(command, lines that it prints)"""
    found = []
    for line in block.rstrip("\n").split("\n"):
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def check_commands(block):
    problems = []
    for command, expected in steps(block):
        done = subprocess.run(["bash", "-c", command], text=True, check=False,
                              stdin=subprocess.DEVNULL, encoding="utf-8",
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if not matches(expected, done.stdout):
            problems.append(f"$ {command}\n{done.stdout}")
    return problems


def expand(spec):
    entry = {"id": "x", "params": {"x": spec}, "definition": DEFINITION}
    done = subprocess.run(["nosbatch", "expand", "-"], check=True, text=True,
                          input=json.dumps(entry), stdout=subprocess.PIPE)
    return [json.loads(line)["params"]["x"]
            for line in done.stdout.splitlines()]


def check_row(spec, shown):
    values = expand(json.loads(spec))
    if shown == "these values":
        wanted = json.loads(spec)
    elif shown.startswith("the constant list "):
        wanted = [{"value": json.loads(shown[len("the constant list "):])}]
    else:
        wanted = json.loads("[" + shown + "]")
    return [] if values == wanted else [f"{spec}: {values}"]


def main(title):
    text, name = section(title), None
    problems, examples = [], 0
    pattern = re.compile(r"^```(\w*)\n(.*?)^```$|^\| `(.*?)` \| (.*?) \|$"
                         r"|`([\w.-]+\.(?:json|csv))`", re.S | re.M)
    for match in pattern.finditer(text):
        language, block, spec, shown, mentioned = match.groups()
        if mentioned:
            name = mentioned
        elif spec:
            examples += 1
            problems += check_row(spec, shown)
        elif language:
            with open(name, "w", encoding="utf-8") as file:
                file.write(block)
        else:
            examples += len(steps(block))
            problems += check_commands(block)
    print(*problems, sep="\n", end="")
    if not problems:
        print("some examples" if examples > 10 else f"{examples} examples")
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__.strip())
    sys.exit(main(sys.argv[1]))
