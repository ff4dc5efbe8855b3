#!/usr/bin/env python3
"""The command line as --help, the manual and the completions tell it.

    tests/interface.py [--bin build] [-k PATTERN]

--help is what the option table says (the unit tests see to that); here the
manual page and the completions, as the shells themselves work them out, are
compared with it, and the manual pages are linted. A shell that is not
installed is skipped with a reason. Last line: N passed, N failed, N skipped.
Python's standard library only.
"""

import contextlib
import glob
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

import named
from named import ROOT, Failure, Skip

DEADLINE_S = 180  # of a shell that is driven through a terminal


def equal(what, found, expected):
    if found != expected:
        raise Failure(f"{what}: expected {sorted(expected)}, "
                      f"found {sorted(found)}")


def need(tool):
    if not shutil.which(tool):
        raise Skip(f"{tool} is not installed")


class Program:
    """nosbatch, a folder of files to complete, and what --help tells."""

    def __init__(self, binary, folder):
        self.binary = os.path.join(os.path.abspath(binary), "nosbatch")
        self.page = os.path.join(folder, "man", "nosbatch.1")
        self.folder = os.path.join(folder, "work")
        folder = self.folder
        os.mkdir(folder)
        os.mkdir(os.path.dirname(self.page))
        self.env = {"HOME": folder, "LC_ALL": "C.UTF-8", "TERM": "dumb",
                    "PATH": os.path.dirname(self.binary) + ":" +
                            os.environ["PATH"]}
        for name in ("sweep.json", "two words.jsonl", "more.jsonl.gz",
                     "old.ledger.jsonl", "notes.txt"):
            open(os.path.join(folder, name), "w", encoding="utf-8").close()
        os.mkdir(os.path.join(folder, "runs"))
        for shell in ("bash", "zsh", "fish"):
            with open(self.script(shell), "w", encoding="utf-8") as file:
                file.write(self.run("completion", shell))
        with open(self.page, "w", encoding="utf-8") as file:
            file.write(self.run("--man"))
        self.commands = self.read_commands()
        self.options = {name: self.read_options(name)
                        for name in self.commands}

    def script(self, shell):
        return os.path.join(self.folder, ".completion." + shell)

    def call(self, *command, **more):
        done = subprocess.run(command, cwd=self.folder, env=self.env,
                              stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False, **more)
        if done.returncode != 0 or done.stderr:
            raise Failure(f"{' '.join(command)[:200]}: status "
                          f"{done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def run(self, *words):
        return self.call(self.binary, *words)

    def read_commands(self):
        text = self.run("--help")
        names = re.findall(r"^  ([a-z]+)(?: .*)?$", text, re.M)
        if len(names) < 10:
            raise Failure(f"--help has few commands: {text}")
        return names

    def read_options(self, command):
        """{name: choices or None, or False for a flag} from its help."""
        options = {}
        for name, arg in re.findall(r"^  (?:-\w,|   ) --([a-z-]+)(?: (\S+))?",
                                    self.run(command, "--help"), re.M):
            if arg == "FORMAT":
                arg = "table|json|jsonl|csv"
                arg += "|html" if command == "review" else ""
            choices = arg.split("|") if re.match(r"[a-z|-]+$", arg) else None
            options[name] = choices if arg else False
        if not options.pop("help", True):
            return options
        raise Failure(f"{command} --help does not have --help")


# --- the manual --------------------------------------------------------------

def manual_names_all(program):
    page = program.run("--man").replace("\\-", "-")
    commands, options = page.split(".Sh OPTIONS\n")
    options = options.split(".Sh ENVIRONMENT\n")[0]
    equal("commands", set(re.findall(r"^\.It Ic (\S+)", commands, re.M)),
          set(program.commands))
    for name, text in re.findall(r"^\.It Ic (\S+).*\n((?:[^.].*\n|\.Pp\n)*)",
                                 commands, re.M):
        listed = text.split("Options:")[-1] if "Options:" in text else ""
        equal(f"options of {name}", set(re.findall(r"--([a-z-]+)", listed)),
              set(program.options[name]))
    described = {}
    for heads, text in re.findall(r"^\.It (.*Fl -.*)\n((?:[^.].*\n)*)",
                                  options, re.M):
        name = re.search(r"Fl -([a-z-]+)", heads)[1]
        goes = re.search(r"With ([a-z,\s]+)\.\n\Z", text)
        described[name] = set(re.findall("[a-z]+", goes[1])) if goes else set()
    equal("described options", set(described),
          {option for options in program.options.values()
           for option in options} | {"help", "version"})
    for name, commands in described.items():
        if name not in ("help", "version"):
            equal(f"commands of --{name}", commands,
                  {command for command in program.commands
                   if name in program.options[command]})


def manual_pages():
    return sorted(glob.glob(os.path.join(ROOT, "*", "nosbatch-*.[1-8]")))


def is_elsewhere(line, names):
    """Which pages are installed here is no fault of the one that is read."""
    found = re.search(r"manual not found: Xr (\S+) (\d)", line)
    return found and (not found[1].startswith("nosbatch") or
                      f"{found[1]}.{found[2]}" in names)


def manuals_are_lint_clean(program):
    need("mandoc")
    own = program.page
    pages = [own, *manual_pages()]
    names = {os.path.basename(page) for page in pages}
    if names != {"nosbatch.1", "nosbatch-ledger.5", "nosbatch-manifest.5"}:
        raise Failure(f"unexpected pages: {names}")
    for page in pages:
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "style", page],
                              text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        lines = [line for line in done.stdout.splitlines()
                 if re.search(r": [A-Z]+: ", line) and
                 not is_elsewhere(line, names)]
        if lines:
            raise Failure("\n".join(lines))


def man_does_not_warn(program):
    """As groff reads the pages, where man has it."""
    need("man")
    need("groff")
    for page in (program.page, *manual_pages()):
        done = subprocess.run(["man", "--warnings", "-l", page], text=True,
                              stdout=subprocess.DEVNULL, check=False,
                              stderr=subprocess.PIPE,
                              env={**program.env, "MANWIDTH": "80"})
        if done.returncode or "warning" in done.stderr:
            raise Failure(f"{page}: {done.stderr}")


def limits_agree(program):
    """The table is made of the constants; what else names one is compared."""
    table = dict(re.findall(r"^\.It \\&(.*) Ta (.*)$",
                            program.run("--man"), re.M))
    if len(table) < 25:
        raise Failure(f"the table of limits has {len(table)} rows")
    with open(os.path.join(ROOT, "templates/nosbatch-manifest.5"),
              encoding="utf-8") as file:
        text = file.read().split(".Sh LIMITS")[1].split(".Sh ")[0]
    found = re.search(r"^(\d+ MiB) an entry, (\d+ KiB) a rendered definition, "
                      r"(\d+) levels of nesting,\n2\^(\d+)\\-1 points\.",
                      text, re.M)
    if not found:
        raise Failure(f"nosbatch-manifest(5) names no limits: {text}")
    for value, row in zip(found.groups(), (
            "An entry, and any other JSON text", "A rendered definition",
            "Lists and objects within one another", None)):
        if row and table[row] != value:
            raise Failure(f"{row}: {table[row]} and {value}")
    if int(table["Points of a manifest"]) != 2 ** int(found[4]) - 1:
        raise Failure("points")


def manual_renders(program):
    """What a reader sees: options are to be copied, so dashes are dashes."""
    need("mandoc")
    done = subprocess.run(["mandoc", "-T", "utf8"], text=True, check=False,
                          input=program.run("--man"), stdout=subprocess.PIPE)
    text = re.sub(".\b", "", done.stdout)
    for wanted in ("--max-cost USD", "-y, --yes", "EXIT STATUS",
                   "nosbatch-manifest(5)"):
        if wanted not in text:
            raise Failure(f"{wanted!r} is not in the page")


# --- bash --------------------------------------------------------------------

BASH = r"""
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
spec=$(complete -p nosbatch); [[ $spec == *'-F _nosbatch '* ]] || exit 9
_nosbatch nosbatch "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"""


def bash(program, *words):
    out = program.call("bash", "--norc", "-c", BASH, "bash",
                       program.script("bash"), "nosbatch", *words)
    return set(out.splitlines()) - {""}


def bash_completes_commands(program):
    need("bash")
    equal("commands", bash(program, ""),
          {*program.commands, "--help", "--version"})
    equal("ru", bash(program, "ru"), {"run"})


def bash_completes_options(program):
    need("bash")
    for command, options in program.options.items():
        equal(command, bash(program, command, "--"),
              {"--" + name for name in (*options, "help")})


def bash_completes_choices(program):
    need("bash")
    for command, options in program.options.items():
        for name, choices in options.items():
            if not choices:
                continue
            expected = set(choices)
            equal(f"{command} --{name}",
                  bash(program, command, "--" + name, ""), expected)
            first = choices[0]
            equal(f"{command} --{name}={first[:2]}",
                  bash(program, command, "--" + name, "=", first[:2]),
                  {choice for choice in expected
                   if choice.startswith(first[:2])})
            equal(f"{command} --{name}={first} in one word",
                  bash(program, command, f"--{name}={first}"),
                  {f"--{name}={choice}" for choice in expected
                   if choice.startswith(first)})


def bash_completes_files(program):
    need("bash")
    manifests = {"runs", "sweep.json", "two words.jsonl", "more.jsonl.gz"}
    ledgers = {"runs", "two words.jsonl", "old.ledger.jsonl"}
    for command in ("run", "plan", "expand", "validate", "new"):
        equal(command, bash(program, command, ""), manifests)
    for command in ("results", "settle"):
        equal(command, bash(program, command, ""), ledgers)
    equal("--ledger", bash(program, "run", "--ledger", ""), ledgers)
    equal("--seen", bash(program, "run", "x.json", "--seen", "old"),
          {"old.ledger.jsonl"})
    equal("--api-key-file", bash(program, "run", "--api-key-file", "n"),
          {"notes.txt"})
    equal("an escaped name", bash(program, "run", "two\\ w"),
          {"two words.jsonl"})
    equal("a quoted name", bash(program, "run", "'two w"), {"two words.jsonl"})
    equal("after --", bash(program, "run", "--", "sw"), {"sweep.json"})
    equal("a value that only the user knows",
          bash(program, "run", "--where", ""), set())


def bash_completes_markets(program):
    need("bash")
    slugs = program.run("completion", "markets").split()
    if "nvidia-3060" not in slugs:
        raise Failure(f"no markets: {slugs}")
    equal("--market", bash(program, "run", "--market", "nvidia-30"),
          {slug for slug in slugs if slug.startswith("nvidia-30")})


# --- zsh ---------------------------------------------------------------------

# The specifications, as _arguments would get them.
ZSH = r"""
compdef() { }
_values() { }
_describe() { print -rl -- $commands }
_arguments() { print -rl -- "$@" }
source "$1"; shift
words=(nosbatch "$@") CURRENT=$(( $# + 1 ))
_nosbatch
"""


def zsh(program, *words):
    return program.call("zsh", "-f", "-c", ZSH, "zsh", program.script("zsh"),
                        *words)


def zsh_knows_all(program):
    need("zsh")
    listed = re.findall(r"^([a-z]+):", zsh(program, ""), re.M)
    equal("commands", set(listed), set(program.commands))
    for command, options in program.options.items():
        specs = zsh(program, command, "")
        found = {name: choices.split() if choices else None
                 for name, choices in re.findall(
                     r"^(?:\*|\(-\w --[a-z-]+\))?--([a-z-]+)=?"
                     r"\[(?:[^\\\]]|\\.)*\]"
                     r"(?::[^:]*:(?:\(([^)]*)\))?.*)?$", specs, re.M)}
        equal(command, set(found), {*options, "help"})
        for name, choices in options.items():
            if choices:
                equal(f"{command} --{name}", set(found[name]), set(choices))


def typed_into_zsh(program, text, awaited):
    """Types into an interactive zsh, until awaited appears."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(program.folder)
        os.execvpe("zsh", ["zsh", "-f", "-i"], program.env)
    start = (f"PS1='> '; autoload -U compinit; compinit -D -u; "
             f"source '{program.script('zsh')}'; print re''ady\n")
    seen, end = "", time.monotonic() + DEADLINE_S
    try:
        os.write(fd, start.encode())
        for wanted, following in (("ready", text), (awaited, None)):
            while wanted not in seen:
                if not select.select([fd], [], [],
                                     max(0, end - time.monotonic()))[0]:
                    raise Failure(f"typed {text!r}, waited for {awaited!r}, "
                                  f"saw {seen!r}")
                seen += os.read(fd, 4096).decode("utf-8", "replace")
            if following:
                seen = ""
                os.write(fd, following.encode())
    finally:
        os.close(fd)
        os.kill(pid, 9)
        os.waitpid(pid, 0)


def zsh_completes(program):
    need("zsh")
    typed_into_zsh(program, "nosbatch comp\t", "completion")
    typed_into_zsh(program, "nosbatch run --chang\t", "--changed")
    typed_into_zsh(program, "nosbatch run --changed kee\t", "keep")
    typed_into_zsh(program, "nosbatch run swe\t", "sweep.json")
    typed_into_zsh(program, "nosbatch results old\t", "old.ledger.jsonl")


# --- fish --------------------------------------------------------------------

def fish(program, lines):
    """{line: its completions}"""
    script = ["source " + program.script("fish")]
    for line in lines:
        script.append(f"echo '== {line}'; complete -C '{line}'")
    out = program.call("fish", "--no-config", "-c", "\n".join(script))
    found = {}
    for line in out.splitlines():
        if line.startswith("== "):
            words = found.setdefault(line[3:], set())
        else:
            words.add(line.split("\t")[0])
    return found


def fish_completes(program):
    need("fish")
    lines = ["nosbatch ", "nosbatch run --market nvidia-30",
             "nosbatch run swe", "nosbatch results old"]
    lines += [f"nosbatch {command} --" for command in program.commands]
    chosen = [(command, name, set(choices))
              for command, options in program.options.items()
              for name, choices in options.items() if choices]
    lines += [f"nosbatch {command} --{name} " for command, name, _ in chosen]
    found = fish(program, lines)
    equal("commands", found["nosbatch "], set(program.commands))
    for command, options in program.options.items():
        equal(command, found[f"nosbatch {command} --"],
              {"--" + name for name in (*options, "help")})
    for command, name, expected in chosen:
        equal(f"{command} --{name}", found[f"nosbatch {command} --{name} "],
              expected)
    if "nvidia-3060" not in found["nosbatch run --market nvidia-30"]:
        raise Failure("no markets")
    equal("a manifest", found["nosbatch run swe"], {"sweep.json"})
    equal("a ledger", found["nosbatch results old"], {"old.ledger.jsonl"})


TESTS = (manual_names_all, manuals_are_lint_clean, man_does_not_warn,
         limits_agree, manual_renders,
         bash_completes_commands, bash_completes_options,
         bash_completes_choices, bash_completes_files, bash_completes_markets,
         zsh_knows_all, zsh_completes, fish_completes)


def main():
    """Runs the tests."""
    options = named.options(__doc__)
    with tempfile.TemporaryDirectory(prefix="nosbatch-interface-") as folder:
        program = Program(options.bin, folder)
        return named.run([(named.name(test), test) for test in TESTS],
                         options.k, lambda: contextlib.nullcontext((program,)))


if __name__ == "__main__":
    sys.exit(main())
