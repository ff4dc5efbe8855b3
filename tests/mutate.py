#!/usr/bin/env python3
"""A mutation run: whether the tests notice when the code is changed.

    tests/mutate.py [--jobs 2] [--only money] [--list]

For each file of TARGETS every mutant is made, one small change each: a
comparison, an operator, a constant, a condition, a statement left out. It is
compiled alone, linked in front of the library, and the target's unit tests
run against it, if that kills it not, the fast ones with the sanitizers, too. A mutant that a
test fails on, that crashes or does not end is killed; one that does not compile, or compiles to the same code, is no mutant.
Survivors are printed with their place; those that tests/mutants.txt argues to
be no change of behaviour (file: original line -> mutated line) are counted
apart. Status 1 where less than --least percent of the others are killed.

Last line: N killed, N equivalent, N survived. Python's standard library only;
needs two builds (`make VARIANT=test tests && make VARIANT=asan tests`).
"""
import argparse
import concurrent.futures
import glob
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ARGUED = os.path.join(ROOT, "tests", "mutants.txt")

# name: (sources, unit tests that have to notice, the fastest first)
TARGETS = {
    "answer": (["runner/answer.c"], ["test_answer", "test_answer_fields",
                                      "test_answer_change"]),
    "money": (["templates/money.c"], ["test_money"]),
    "recovery": (["queue/ledger_recover.c", "queue/ledger_verdict.c",
                  "queue/ledger_repair.c"],
                 ["test_ledger_states", "test_ledger_forged",
                  "test_ledger_verdict", "test_ledger_load",
                  "test_ledger_limits", "test_ledger", "test_ledger_find",
                  "test_ledger_actions",
                  "test_ledger_fault",
                  "test_ledger_recover", "test_ledger_damage"]),
}

# (folder of the build, flags); the second one notices more, and is slow
STAGES = [("test", []), ("asan", ["-fsanitize=address,undefined",
                                  "-fno-sanitize-recover=all"])]
COMPILE = ["gcc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O1", "-w", "-c"]
LIBS = ["-lcmocka", "-lcurl", "-lcrypto", "-lz", "-lm", "-lpthread"]
SLOW_S = 0.3  # tests that take longer are run without the sanitizers only
CPU_TIMES = 4  # as much as without a mutant: a busy machine ends nothing
LIMIT_S = 600

# (what is looked for, what stands there instead); each place is one mutant
OPERATORS = [
    (r"(?<![<>=!-])<=(?!=)", ["<"]), (r"(?<![<>=!-])>=(?!=)", [">"]),
    (r"(?<= )<(?= )", ["<=", ">="]), (r"(?<= )>(?= )", [">=", "<="]),
    (r"==", ["!="]), (r"!=", ["=="]),
    (r"&&", ["||"]), (r"\|\|", ["&&"]),
    (r"(?<= )\+(?= )", ["-"]), (r"(?<= )-(?= )", ["+"]),
    (r"(?<= )\*(?= \w)", ["/"]), (r"(?<= )/(?= )", ["*"]),
    (r"(?<= )%(?= )", ["/"]),
    (r"(?<= )\+=(?= )", ["-="]), (r"(?<= )-=(?= )", ["+="]),
    (r"\+\+", ["--"]), (r"(?<!-)--(?!>)", ["++"]),
    (r"!(?=[\w(])(?!=)", [""]),
    (r"\btrue\b", ["false"]), (r"\bfalse\b", ["true"]),
    (r"(?<![\w.])\d+(?![\w.])", ["+1"]),
    (r"(?<=\breturn )(?!0;|false;|NULL;)(?=[^;]+;)", ["0; "]),
    (r"(?<=\bif \()(?=.)", ["0 && ", "1 || "]),
    (r"(?<=\bwhile \()(?=.)", ["0 && "]),
    (r"\bbreak;", [";"]), (r"\bcontinue;", [";"]),
]


def code_mask(text):
    """True for each character that is code: no comment, text, directive."""
    mask = [True] * len(text)
    dull = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\])\''
                      r'|^[ \t]*#(?:\\\n|[^\n])*', re.S | re.M)
    for match in dull.finditer(text):
        for i in range(match.start(), match.end()):
            mask[i] = False
    return mask


def replacement(match, with_what):
    return str(int(match.group()) + 1) if with_what == "+1" else with_what


def mutants(text):
    """(offset, mutated text), in the order of the text."""
    mask = code_mask(text)
    found = []
    for pattern, others in OPERATORS:
        for match in re.finditer(pattern, text):
            if match.start() < len(text) and not mask[match.start()]:
                continue
            for other in others:
                found.append((match.start(), text[:match.start()]
                              + replacement(match, other)
                              + text[match.end():]))
    for match in re.finditer(r"^ +[\w>*.\[\]-]+(?:\([^;{}]*\)| [+|&-]?= [^;{}]*"
                             r"|\+\+|--);$", text, re.M):
        if mask[match.start()] and not match.group().lstrip().startswith(
                ("return", "static", "const", "struct", "int ", "uint")):
            found.append((match.start(), text[:match.start()] + "    ;"
                          + text[match.end():]))
    return sorted(found, key=lambda mutant: mutant[0])


def line_at(text, offset):
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    return text[start:end if end >= 0 else len(text)].strip()


def argued():
    """{(file, line, mutated line)} of tests/mutants.txt."""
    known = set()
    if not os.path.exists(ARGUED):
        return known
    with open(ARGUED, encoding="utf-8") as file:
        for line in file:
            match = re.match(r"(\S+): (.*) -> (.*)$", line.rstrip("\n"))
            if match:
                known.add(match.groups())
    return known


class Run:
    def __init__(self, options, top):
        self.build = os.path.abspath(options.build)
        self.top = top
        self.cpu_s = {}  # {(stage, test): what it takes}

    def limit(self, stage, test):
        """A function that limits what the process may take."""
        seconds = int(1 + CPU_TIMES * self.cpu_s.get((stage[0], test), 60))
        return lambda: resource.setrlimit(resource.RLIMIT_CPU,
                                          (seconds, seconds))

    def measure(self, tests, stage, objects, folder):
        """The same without a mutant, and how long each takes."""
        for test in tests:
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            if self.killed(objects, [test], folder, stage):
                sys.exit(f"{test} fails without a mutant")
            self.cpu_s[stage[0], test] = resource.getrusage(
                resource.RUSAGE_CHILDREN).ru_utime - before

    def helpers(self, name):
        return [os.path.join(self.build, name, "obj", path[:-2] + ".o")
                for path in glob.glob("tests/unit/*.c")
                if not os.path.basename(path).startswith("test_")]

    def compile(self, source, text, folder, flags):
        """The object's path, or None."""
        path = os.path.join(folder, os.path.basename(source))
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run(
            [*COMPILE, *flags, "-I", os.path.dirname(source), "-iquote",
             os.path.dirname(source), path, "-o", path[:-2] + ".o"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return path[:-2] + ".o" if done.returncode == 0 else None

    def killed(self, objects, tests, folder, stage):
        """The test that noticed, or None."""
        name, flags = stage
        built = os.path.join(self.build, name)
        for test in tests:
            program = os.path.join(folder, test)
            subprocess.run(
                ["gcc", *flags, "-o", program,
                 os.path.join(built, "obj", "tests/unit", test + ".o"),
                 *self.helpers(name), *objects,
                 os.path.join(built, "libnosbatch.a"), *LIBS], check=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                done = subprocess.run([program], timeout=LIMIT_S,
                                      preexec_fn=self.limit(stage, test),
                                      stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
            except subprocess.TimeoutExpired:
                return test
            if done.returncode != 0:
                return test
        return None

    def one(self, source, text, tests, original):
        """"killed", "survived", or "none" where it is no mutant."""
        folder = tempfile.mkdtemp(dir=self.top)
        try:
            for stage in STAGES:
                made = self.compile(source, text, folder, stage[1])
                if not made:
                    return "none"
                with open(made, "rb") as file:
                    if file.read() == original and stage == STAGES[0]:
                        return "none"
                if stage != STAGES[0]:
                    tests = [test for test in tests if
                             self.cpu_s[STAGES[0][0], test] < SLOW_S]
                if self.killed([made], tests, folder, stage):
                    return "killed"
            return "survived"
        finally:
            shutil.rmtree(folder)


def mutate(run, source, tests, options, known):
    with open(source, encoding="utf-8") as file:
        text = file.read()
    # Includes by their place in the tree, whatever folder it is compiled in.
    folder = tempfile.mkdtemp(dir=run.top)
    for stage in reversed(STAGES):
        made = run.compile(source, text, folder, stage[1])
        run.measure(tests, stage, [made], folder)
    with open(made, "rb") as file:
        original = file.read()
    counts = {"killed": 0, "survived": 0, "equivalent": 0, "none": 0}
    survivors = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        runs = [(offset, changed,
                 pool.submit(run.one, source, changed, tests, original))
                for offset, changed in mutants(text)]
        for offset, changed, done in runs:
            verdict = done.result()
            before, after = line_at(text, offset), line_at(changed, offset)
            if verdict == "survived" and (source, before, after) in known:
                verdict = "equivalent"
            counts[verdict] += 1
            if verdict == "survived":
                number = text.count("\n", 0, offset) + 1
                survivors.append(f"{source}:{number}: {before} -> {after}")
    return counts, survivors


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", default="build",
                        help="the folder of both builds (build)")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", choices=sorted(TARGETS), action="append")
    parser.add_argument("--least", type=float, default=95)
    parser.add_argument("--list", action="store_true",
                        help="only count the mutants")
    options = parser.parse_args()
    os.chdir(ROOT)
    total = {"killed": 0, "survived": 0, "equivalent": 0, "none": 0}
    with tempfile.TemporaryDirectory(prefix="nosbatch-mutate-") as top:
        run = Run(options, top)
        for name, (sources, tests) in TARGETS.items():
            if options.only and name not in options.only:
                continue
            for source in sources:
                if options.list:
                    with open(source, encoding="utf-8") as file:
                        print(f"{source}: {len(mutants(file.read()))}")
                    continue
                counts, survivors = mutate(run, source, tests, options,
                                           argued())
                print(f"{source}: {counts['killed']} killed, "
                      f"{counts['equivalent']} equivalent, "
                      f"{counts['survived']} survived", flush=True)
                for survivor in survivors:
                    print("  " + survivor)
                for verdict, count in counts.items():
                    total[verdict] += count
    judged = total["killed"] + total["survived"]
    print(f"{total['killed']} killed, {total['equivalent']} equivalent, "
          f"{total['survived']} survived")
    return 1 if judged and 100 * total["killed"] < options.least * judged \
        else 0


if __name__ == "__main__":
    sys.exit(main())
