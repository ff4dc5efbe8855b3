#!/usr/bin/env python3
"""Checks of the sources that no outside tool knows.

    tests/checks.py layers [--objects FOLDER]   includes point one way
    tests/checks.py headers                     every header compiles alone
    tests/checks.py sizes                       files and functions stay small
    tests/checks.py hardening PROGRAM…          what the build's flags left

Status 0 where all holds; each finding is one line. Options: --root FOLDER
(another tree, for the self-tests). Python's standard library only.
"""

import argparse
import concurrent.futures
import glob
import os
import re
import shlex
import statistics
import subprocess
import sys

# --- includes --------------------------------------------------------------

# A folder may include from itself and from those named here.
MAY_INCLUDE = {
    "templates": (),
    "queue": ("templates",),
    "runner": ("templates", "queue"),
    "tests/sandbox": ("templates",),
}

# templates/ is bytes in, definitions out.
NOT_IN_TEMPLATES = re.compile(
    r"^(unistd|fcntl|time|poll|signal|pthread|threads|dirent|sys/.*|netinet/.*"
    r"|arpa/.*|netdb|curl/.*|microhttpd|zlib)\.h$")

# "Offline" shows in the includes: these, and all that they include.
OFFLINE = ("new", "plan", "expand", "validate", "settle", "results", "review",
           "completion")
NETWORK = re.compile(r"^(curl/.*|sys/socket\.h|netdb\.h|netinet/.*)$")

# The only files that know libcurl.
CURL_FILES = re.compile(r"^runner/http[a-z_]*\.[ch]$")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def includes(root, path):
    """(system headers, project files by their path from the root)."""
    with open(os.path.join(root, path), encoding="utf-8") as file:
        text = file.read()
    system, own = [], []
    for mark, name in INCLUDE.findall(text):
        if mark == "<":
            system.append(name)
        else:
            own.append(os.path.normpath(
                os.path.join(os.path.dirname(path), name)))
    return system, own


def sources(root, folder, *suffixes):
    return sorted(os.path.relpath(path, root) for suffix in suffixes
                  for path in glob.glob(os.path.join(root, folder,
                                                     "*" + suffix)))


def reached(root, path, seen):
    """Yields (file, system header) of path and of all that it includes."""
    if path in seen or not os.path.exists(os.path.join(root, path)):
        return
    seen.add(path)
    system, own = includes(root, path)
    for name in system:
        yield path, name
    for name in own:
        yield from reached(root, name, seen)


def check_direction(root, folder, allowed):
    for path in sources(root, folder, ".c", ".h"):
        system, own = includes(root, path)
        for name in own:
            target = os.path.dirname(name)
            if target != folder and target not in allowed:
                yield f"{path}: includes {name}, of another layer"
            elif not os.path.exists(os.path.join(root, name)):
                yield f"{path}: includes {name}, which does not exist"
        for name in system:
            if folder == "templates" and NOT_IN_TEMPLATES.match(name):
                yield f"{path}: includes <{name}>: templates/ is pure"
            if name.startswith("curl/") and not CURL_FILES.match(path):
                yield f"{path}: includes <{name}>: only runner/http* may"


def check_offline(root):
    for command in OFFLINE:
        for path in sources(root, "runner", ".c", ".h"):
            stem = os.path.basename(path).rsplit(".", 1)[0]
            if stem != f"cmd_{command}" and \
                    not stem.startswith(f"cmd_{command}_"):
                continue
            for where, name in reached(root, path, set()):
                if NETWORK.match(name):
                    yield f"{path}: offline, but {where} includes <{name}>"


def check_globals(objects):
    """Writable data in the objects of templates/: there may be none."""
    for path in sorted(glob.glob(os.path.join(objects, "templates", "*.o"))):
        out = subprocess.run(["nm", "-f", "sysv", path], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
        for line in out.splitlines():
            cells = [cell.strip() for cell in line.split("|")]
            if len(cells) == 7 and re.match(r"\.t?(data|bss)(?!\.rel\.ro)",
                                            cells[6]):
                yield f"{path}: {cells[0]} is a variable of the whole program"


def layers(options):
    findings = []
    for folder, allowed in MAY_INCLUDE.items():
        findings += check_direction(options.root, folder, allowed)
    findings += check_offline(options.root)
    if options.objects:
        findings += check_globals(options.objects)
    return findings


# --- headers ---------------------------------------------------------------

def compile_header(root, path):
    compiler = shlex.split(os.environ.get("CC") or "gcc")
    command = [*compiler, "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall",
               "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-x", "c",
               "-I", root, "-"]
    done = subprocess.run(command, input=f'#include "{path}"\ntypedef int used;\n',
                          text=True,
                          cwd=root, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return [] if done.returncode == 0 else [f"{path}:\n{done.stdout}"]


def all_c(root, *suffixes):
    for folder in ("templates", "queue", "runner", "tests/sandbox",
                   "tests/unit", "tests/tools", "tests/fuzz", "bench"):
        yield from sources(root, folder, *suffixes)


def headers(options):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        lists = pool.map(lambda path: compile_header(options.root, path),
                         all_c(options.root, ".h"))
    return [finding for found in lists for finding in found]


# --- sizes -----------------------------------------------------------------

C_FILE_MAX = 500
HEADER_MAX = 120  # a warning
FUNCTION_MAX = 70

OWN = ("templates", "queue", "runner")


def functions(path):
    """Yields (name, first line, lines) of each function.

    Relies on the formatting that clang-format keeps: a function's braces
    stand alone in the first column. The signature counts.
    """
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    begin = None
    for at, line in enumerate(lines):
        if line == "{":
            begin = at
            while begin > 0 and re.match(r"[A-Za-z_ \t]", lines[begin - 1]) \
                    and not lines[begin - 1].endswith((";", "*/")):
                begin -= 1
        elif line == "}" and begin is not None:
            signature = " ".join(lines[begin:at])
            name = re.search(r"([A-Za-z_]\w*)\s*\(", signature)
            yield name.group(1) if name else "?", begin + 1, at - begin + 1
            begin = None


def summary(name, lengths):
    if not lengths:
        return
    ordered = sorted(lengths)
    print(f"{name}: {len(ordered)}, median {statistics.median(ordered):.0f}, "
          f"90th percentile {ordered[(len(ordered) * 9) // 10 - 1]}, "
          f"largest {ordered[-1]} lines")


def sizes(options):
    findings, files, lengths = [], [], []
    for path in all_c(options.root, ".c", ".h"):
        full = os.path.join(options.root, path)
        with open(full, encoding="utf-8") as file:
            count = sum(1 for _ in file)
        own = os.path.dirname(path) in OWN
        if path.endswith(".h"):
            if count > HEADER_MAX:
                print(f"note: {path} has {count} lines, aim at {HEADER_MAX}")
            continue
        if own:
            files.append(count)
        if count > C_FILE_MAX:
            findings.append(f"{path}: {count} lines, at most {C_FILE_MAX}")
        for name, line, length in functions(full):
            if own:
                lengths.append(length)
            if length > FUNCTION_MAX:
                findings.append(f"{path}:{line}: {name} has {length} lines, "
                                f"at most {FUNCTION_MAX}")
    summary(".c files", files)
    summary("functions", lengths)
    return findings


# --- hardening -------------------------------------------------------------

def readelf(*arguments):
    return subprocess.run(["readelf", "--wide", *arguments], check=True,
                          capture_output=True, text=True).stdout


def hardening(options):
    """What the flags promise is looked for in the programs themselves."""
    findings = []
    for program in options.programs:
        segments = readelf("--segments", program)
        dynamic = readelf("--dynamic", program)
        symbols = readelf("--syms", program)
        stack = re.search(r"GNU_STACK .* (RWE?) ", segments)
        wanted = {
            "position independent (PIE)": "Type: DYN" in readelf("-h", program)
            or re.search(r"FLAGS_1.*PIE", dynamic),
            "read-only relocations (RELRO)": "GNU_RELRO" in segments,
            "all bound at the start (BIND_NOW)": "BIND_NOW" in dynamic,
            "no executable stack": stack and stack.group(1) == "RW",
            "stack protector": "__stack_chk_fail" in symbols,
            "checked string functions (FORTIFY)": re.search(
                r"__\w+_chk\b", symbols.replace("__stack_chk_fail", "")),
        }
        if os.uname().machine == "x86_64":
            # The C library's start files decide about the mark, and have a
            # few of the instructions; the flag puts one into each function.
            code = subprocess.run(
                ["objdump", "-d", "--no-show-raw-insn", "--section=.text",
                 program], check=True, capture_output=True, text=True).stdout
            wanted["control flow protection"] = (
                code.count("endbr64") > 100)
        findings += [f"{program}: no {what}" for what, there in wanted.items()
                     if not there]
    return findings


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("check", choices=("layers", "headers", "sizes",
                                          "hardening"))
    parser.add_argument("programs", nargs="*")
    parser.add_argument("--root", default=os.path.dirname(
        os.path.dirname(os.path.abspath(__file__))))
    parser.add_argument("--objects", help="folder of object files")
    options = parser.parse_args()
    check = {"layers": layers, "headers": headers, "sizes": sizes,
             "hardening": hardening}
    findings = check[options.check](options)
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
