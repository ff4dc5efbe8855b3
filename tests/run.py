#!/usr/bin/env python3
"""Runs the tests and ends with a plain line: N passed, N failed, N skipped.

    tests/run.py                all that `make test` runs
    tests/run.py --all          all that `make check-all` runs
    tests/run.py --only unit    one part, such as unit or cases; repeatable
    tests/run.py --list         the names of the parts

Status 0 where nothing failed. Each unit test of cmocka, each case and each
check counts as one. A check whose tool is missing is skipped with a reason.
Python's standard library only.
"""

import argparse
import concurrent.futures
import contextlib
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
UNIT_TIMEOUT_S = 1200
CHECK_TIMEOUT_S = 1800
OUTPUT_MAX = 6000  # characters of a failure's output that are shown
JOBS = max(2, os.cpu_count() or 2) if os.cpu_count() != 1 else 1
WAITING_JOBS = 3 * JOBS  # of tests that mostly wait for one another
LANES = 2  # parts that run at the same time, once all is built

SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "abort_on_error=0:detect_leaks=1:exitcode=99:"
                    "detect_stack_use_after_return=1",
    "TSAN_OPTIONS": "halt_on_error=1:exitcode=99",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99",
}


class Tally:
    """Counts; the only place that decides what a result is. Its lines are
    printed when its part is done: parts run side by side."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []
        self.lines = []

    def note(self, line):
        self.lines.append("  " + line)

    def ok(self, count=1):
        self.passed += count

    def skip(self, name, reason):
        self.skipped += 1
        self.note(f"skipped  {name}: {reason}")

    def fail(self, name, output=""):
        self.failed += 1
        self.failures.append(name)
        self.note(f"FAILED   {name}")
        text = output.rstrip()
        if len(text) > OUTPUT_MAX:
            half = OUTPUT_MAX // 2
            text = text[:half] + "\n[...]\n" + text[-half:]
        for line in text.splitlines():
            self.note("  " + line)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.failures += other.failures

    def line(self):
        return (f"{self.passed} passed, {self.failed} failed, "
                f"{self.skipped} skipped")


def begin_with_default_signals():
    """nohup and a shell's & leave signals ignored, and the tests send them.

    A handler that does nothing ignores them here as well, and what is
    executed gets the default back.
    """
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


class Commands:
    """The commands that run at this moment, each in its own process group."""

    def __init__(self):
        self.lock = threading.Lock()
        self.running = set()
        self.stopped = False

    def start(self, command, env):
        with self.lock:
            if self.stopped:
                raise KeyboardInterrupt
            process = subprocess.Popen(
                command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                start_new_session=True)
            self.running.add(process)
        return process

    def ended(self, process):
        with self.lock:
            self.running.discard(process)

    def stop(self):
        """Interrupted: leave nothing behind, start nothing more."""
        with self.lock:
            self.stopped = True
            for process in self.running:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


COMMANDS = Commands()


def run(command, timeout_s=CHECK_TIMEOUT_S, env=None):
    """Runs a command in its own process group: (status, output).

    The status is negative for a signal, None for a timeout; in either case
    nothing of the group is left behind.
    """
    try:
        process = COMMANDS.start(command, env)
    except FileNotFoundError:
        return 127, f"{command[0]} is not there: was it not built?"
    try:
        output, _ = process.communicate(timeout=timeout_s)
        status = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        status = None
    return status, output.decode("utf-8", "replace")


def environment(**more):
    env = dict(os.environ, **SANITIZER_OPTIONS)
    env.update(more)
    return env


def make(*arguments):
    """A make of our own jobs: the outer one's job server is not ours."""
    flags = os.environ.get("MAKEFLAGS", "")
    flags = re.sub(r"\s*--jobserver-[a-z]+=\S*", "", flags)
    flags = re.sub(r"(^|\s)-j\d*", "", flags)
    env = environment(MAKEFLAGS=flags)
    env.pop("MAKELEVEL", None)
    command = [os.environ.get("MAKE", "make"), "--no-print-directory",
               f"-j{JOBS}", "-k", *arguments]
    return run(command, env=env)


def folder(variant):
    root = os.environ.get("BUILD_ROOT", "build")
    return os.path.join(root, variant)


def build(tally, variant, goal="tests"):
    status, output = make(f"VARIANT={variant}", goal)
    if status == 0:
        tally.ok()
        return True
    errors = [line for line in output.splitlines()
              if not re.match(r"(CC|LD|AR) ", line)]
    tally.fail(f"build of {variant}", "\n".join(errors))
    return False


# --- unit tests ------------------------------------------------------------

def read_cmocka_xml(path):
    """Yields (name, failure text or None, skipped) of each test."""
    for case in xml.etree.ElementTree.parse(path).iter("testcase"):
        failure = case.find("failure")
        text = None
        if failure is not None:
            text = failure.text or "failed"
        yield case.get("name"), text, case.find("skipped") is not None


def unit_program(program, wrap):
    """Runs one cmocka program: (status, output, list of test results)."""
    with tempfile.TemporaryDirectory(prefix="nosbatch-unit-") as temporary:
        env = environment(CMOCKA_MESSAGE_OUTPUT="XML",
                          CMOCKA_XML_FILE=f"{temporary}/%g.xml", TZ="UTC")
        status, output = run([*wrap, program], UNIT_TIMEOUT_S, env)
        results = []
        for path in sorted(glob.glob(f"{temporary}/*.xml")):
            try:
                results.extend(read_cmocka_xml(path))
            except xml.etree.ElementTree.ParseError as error:
                output += f"\ncmocka's XML: {error}"
                status = status or 1
    return status, output, results


def unit_report(tally, label, status, output, results):
    failed = 0
    for name, failure, skipped in results:
        if failure is not None:
            failed += 1
            tally.fail(f"{label}: {name}", failure)
        elif skipped:
            tally.skip(f"{label}: {name}", "skipped by the test")
        else:
            tally.ok()
    if status is None:
        tally.fail(f"{label}: over {UNIT_TIMEOUT_S} s, killed", output)
    elif status != 0 and failed == 0:
        tally.fail(f"{label}: ended with status {status}", output)
    elif not results:
        tally.fail(f"{label}: ran no test", output)


def threaded(path):
    """Whether a unit test has threads: those of the server that it talks to, or
    the program's only one, which inflates a long manifest ahead."""
    with open(path, encoding="utf-8") as file:
        return re.search(r'#include "(raw_server|http_help|gzvalues_help)\.h"',
                         file.read())


def unit(tally, variant, wrap=(), suffix="", chosen=lambda path: True):
    sources = [path for path in
               sorted(glob.glob(os.path.join(ROOT, "tests/unit/test_*.c")))
               if chosen(path)]
    names = [os.path.basename(path)[:-2] for path in sources]
    programs = [os.path.join(folder(variant), "unit", name) for name in names]
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        runs = [pool.submit(unit_program, os.path.join(ROOT, program), wrap)
                if os.path.exists(os.path.join(ROOT, program)) else None
                for program in programs]
        for name, done in zip(names, runs):
            if done is not None:
                unit_report(tally, f"{name} ({variant}{suffix})",
                            *done.result())
    missing = [name for name, done in zip(names, runs) if done is None]
    if missing:
        tally.fail(f"{len(missing)} unit test programs ({variant}{suffix}) "
                   "were not built", "\n".join(missing))


# --- black-box tests -------------------------------------------------------

def counted(tally, label, program, *arguments):
    """Runs a program of ours and takes its last line's counts over."""
    status, output = run([sys.executable, program, *arguments],
                         env=environment())
    counts = re.search(r"(\d+) passed, (\d+) failed, (\d+) skipped\s*$",
                       output)
    if not counts:
        tally.fail(f"{label}: no summary", output)
        return
    passed, failed, skipped = map(int, counts.groups())
    tally.ok(passed)
    tally.skipped += skipped
    for line in re.findall(r"^(?:skip|SKIPPED) +(.*)", output, re.M):
        tally.note(f"skipped  {label}: {line}")
    if failed:
        tally.fail(f"{label}: {failed} failed", only_failures(output))
        tally.failed += failed - 1
    elif status != 0:
        tally.fail(f"{label}: ended with status {status}", output)
    elif passed == 0 and skipped == 0:
        tally.fail(f"{label}: ran nothing", output)


def only_failures(output):
    return "\n".join(line for line in output.splitlines()
                     if not re.match(r"(ok|skip)\b", line))


def cases(tally, variant, *more):
    counted(tally, f"cases ({variant})", "tests/cases.py", "--bin",
            folder(variant), "--jobs", str(WAITING_JOBS), *more)


def sandbox(tally, variant):
    counted(tally, f"stand-in service ({variant})", "tests/sandbox_test.py",
            os.path.join(folder(variant), "nosbatch-sandbox"))


def expand(tally, variant):
    counted(tally, f"expand ({variant})", "tests/expand_random.py",
            os.path.join(folder(variant), "nosbatch"))


def interface(tally, variant):
    counted(tally, f"interface ({variant})", "tests/interface.py", "--bin",
            folder(variant))


def terminal(tally, variant):
    counted(tally, f"terminal ({variant})", "tests/terminal.py", "--bin",
            folder(variant))


def install(tally, variant):
    counted(tally, "install", "tests/install.py", "--variant", variant)


def cluster(tally, variant):
    counted(tally, "cluster", "tests/cluster.py", "--bin", folder(variant))


def trouble(tally, variant, *more):
    counted(tally, f"trouble ({variant})", "tests/trouble.py", "--bin",
            folder(variant), *more)


def torture(tally, variant):
    counted(tally, f"torture ({variant})", "tests/torture.py", "--short",
            "--bin", folder(variant))


def secrets(tally, variant):
    counted(tally, "secrets", "tests/secrets.py", "--bin", folder(variant))


def injection(tally, variant):
    counted(tally, f"injection ({variant})", "tests/injection.py", "--bin",
            folder(variant))


def limits(tally, variant):
    counted(tally, f"limits ({variant})", "tests/limits.py", "--bin",
            folder(variant))


def files(tally, variant):
    counted(tally, f"files ({variant})", "tests/files.py", "--bin",
            folder(variant))


def review(tally, variant, *more):
    counted(tally, f"review ({variant})", "tests/review.py", "--bin",
            folder(variant), *more)


def review_sql(tally, variant):
    counted(tally, f"README's SQL ({variant})", "tests/review_sql.py",
            "--bin", folder(variant))


def review_page(tally, variant):
    counted(tally, f"review's page ({variant})", "tests/review_page.py",
            "--bin", folder(variant))


def draws(tally, variant):
    counted(tally, f"draws ({variant})", "tests/draw_statistics.py",
            os.path.join(folder(variant), "nosbatch"))


def corpora(tally, variant):
    """The fuzz targets on the inputs that are in the tree."""
    for path in sorted(glob.glob(os.path.join(ROOT, "tests/fuzz/fuzz_*.c"))):
        name = os.path.basename(path)[:-2]
        status, output = run(
            [os.path.join(folder(variant), "fuzz", name),
             os.path.join("tests/fuzz/corpus", name[len("fuzz_"):])],
            env=environment())
        if status == 0 and re.search(r"^[1-9]\d* inputs$", output, re.M):
            tally.ok()
        else:
            tally.fail(f"{name} ({variant}) on its corpus", output)


def demo(tally, variant):
    """What `make demo` shows; it judges itself by its status."""
    status, output = run(["tests/demo.sh"],
                         env=environment(BUILD=folder(variant)))
    if status == 0:
        tally.ok()
    else:
        tally.fail(f"tests/demo.sh: ended with status {status}", output)


def benchmarks(tally, variant):
    """That they work; how fast anything is, is no matter for a test."""
    status, output = run([sys.executable, "bench/run.py", "--quick", "--bin",
                          folder(variant)], env=environment())
    if status == 0:
        tally.ok()
    else:
        tally.fail(f"bench/run.py --quick: ended with status {status}", output)


def json_python(tally, variant):
    status, output = run([sys.executable, "tests/json_python.py",
                          os.path.join(folder(variant), "json-check")],
                         env=environment())
    if status == 0:
        tally.ok()
    else:
        tally.fail("JSON compared with Python", output)


def json_differential(tally, variant):
    status, output = run([sys.executable, "tests/json_differential.py",
                          os.path.join(folder(variant), "json-check")],
                         env=environment())
    reason = re.search(r"^skipped: (.*)", output, re.M)
    if status != 0:
        tally.fail("JSON compared with Node.js", output)
    elif reason:
        tally.skip("JSON compared with Node.js", reason[1])
    else:
        tally.ok()


# --- checks ----------------------------------------------------------------

def c_files(*suffixes):
    """All C files of the project's own folders."""
    found = []
    for top in ("templates", "queue", "runner", "tests", "bench"):
        for where, _, names in os.walk(os.path.join(ROOT, top)):
            found += [os.path.relpath(os.path.join(where, name), ROOT)
                      for name in names if name.endswith(suffixes)]
    return sorted(found)


def scripts():
    """Shell scripts, told by their first line."""
    found = []
    for where in (".ci", "tests", "tests/tools", "bench", "runner/contrib"):
        for path in glob.glob(os.path.join(ROOT, where, "*")):
            if not os.path.isfile(path):
                continue
            with open(path, "rb") as file:
                if re.match(rb"#!.*\b(ba)?sh\b", file.readline()):
                    found.append(os.path.relpath(path, ROOT))
    return sorted(found)


def tool_check(tally, name, tool, *arguments, files=()):
    """One check by an outside tool over files."""
    if not shutil.which(tool):
        tally.skip(name, f"{tool} is not installed")
        return
    status, output = run([tool, *arguments, *files])
    if status == 0:
        tally.ok()
    else:
        tally.fail(name, output)


def clang_format(tally):
    """One line a file, not the tool's line a difference."""
    if not shutil.which("clang-format"):
        tally.skip("clang-format", "clang-format is not installed")
        return
    status, output = run(["clang-format", "--dry-run", "-Werror",
                          *c_files(".c", ".h")])
    files = sorted(set(re.findall(r"^(\S+?):\d+:", output, re.M)))
    if status == 0:
        tally.ok()
    else:
        tally.fail("clang-format (make format does it)",
                   "\n".join(files) or output)


def own_check(tally, name, *arguments):
    status, output = run([sys.executable, "tests/checks.py", *arguments])
    if status == 0:
        tally.ok()
        for line in output.splitlines():
            tally.note(line)
    else:
        tally.fail(name, output)


def checks(tally):
    own_check(tally, "layers", "layers", "--objects",
              os.path.join(folder("test"), "obj"))
    own_check(tally, "every header compiles alone", "headers")
    own_check(tally, "sizes", "sizes")
    own_check(tally, "hardening", "hardening",
              os.path.join(folder("test"), "nosbatch"))
    clang_format(tally)
    tool_check(
        tally, "cppcheck", "cppcheck", "--quiet", "--std=c11", f"-j{JOBS}",
        "-D_POSIX_C_SOURCE=200809L", "-D__x86_64__",
        "--enable=warning,performance,portability",
        "--inline-suppr", "--suppressions-list=tests/cppcheck.txt",
        "--error-exitcode=1", files=c_files(".c"))
    tool_check(tally, "shellcheck", "shellcheck", files=scripts())


def clang_tidy(tally):
    if not shutil.which("clang-tidy"):
        tally.skip("clang-tidy", "clang-tidy is not installed")
        return
    flags = ["--", "-std=c11", "-D_POSIX_C_SOURCE=200809L"]
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        runs = [(file, pool.submit(run, ["clang-tidy", "--quiet",
                                         "--warnings-as-errors=*", file,
                                         *flags]))
                for file in c_files(".c")]
        for file, done in runs:
            status, output = done.result()
            if status == 0:
                tally.ok()
            else:
                tally.fail(f"clang-tidy {file}", output)


def valgrind(tally):
    if not shutil.which("valgrind"):
        tally.skip("valgrind", "valgrind is not installed")
        return
    wrap = ["valgrind", "--quiet", "--leak-check=full", "--error-exitcode=98"]
    unit(tally, "test", wrap, ", valgrind")
    cases(tally, "test", "--wrap", " ".join(wrap), "--tag", "valgrind")


def selftest(tally):
    """The runner of the cases, judged by cases that must fail."""
    status, output = run([sys.executable, "tests/selftest.py"])
    ran = re.search(r"^Ran (\d+) tests? in", output, re.M)
    if status == 0 and ran:
        tally.ok(int(ran.group(1)))
    else:
        tally.fail("selftest of the test tools", output)


def everything(all_of_it):
    """(part, title, function) in the order in which they run."""
    parts = [
        ("build", "build with -Werror", lambda t: build(t, "test")),
        ("unit", "unit tests", lambda t: unit(t, "test")),
        ("build", "build with ASan and UBSan", lambda t: build(t, "asan")),
        ("unit", "unit tests, sanitized", lambda t: unit(t, "asan")),
        ("selftest", "the test tools' own tests", selftest),
        ("sandbox", "the stand-in service", lambda t: sandbox(t, "test")),
        ("json", "JSON compared with Node.js",
         lambda t: json_differential(t, "test")),
        ("json", "JSON compared with Python",
         lambda t: json_python(t, "test")),
        ("expand", "expand compared with a second implementation",
         lambda t: expand(t, "test")),
        ("review", "review compared with Python's decimal",
         lambda t: review(t, "test")),
        ("review", "review compared with Python's decimal, sanitized",
         lambda t: review(t, "asan", "--count", "3", "--seed", "2")),
        ("sql", "the README's SQL in DuckDB",
         lambda t: review_sql(t, "test")),
        ("page", "review's page in Chromium",
         lambda t: review_page(t, "test")),
        ("draws", "the distribution of draws", lambda t: draws(t, "test")),
        ("demo", "make demo's script", lambda t: demo(t, "test")),
        ("bench", "the benchmarks, once and small",
         lambda t: benchmarks(t, "test")),
        ("cases", "cases", lambda t: cases(t, "test")),
        ("install", "make install, deb, dist", lambda t: install(t, "test")),
        ("interface", "help, manual and completions agree",
         lambda t: interface(t, "test")),
        ("terminal", "the updating line on a terminal",
         lambda t: terminal(t, "test")),
        ("sandbox", "the stand-in service, sanitized",
         lambda t: sandbox(t, "asan")),
        ("cases", "cases, sanitized, answers in any order",
         lambda t: cases(t, "asan", "--disorder")),
        ("trouble", "the service in trouble", lambda t: trouble(t, "test")),
        ("torture", "kills, power cuts, faults of disk and memory, races",
         lambda t: torture(t, "test")),
        ("secrets", "where keys and tokens go",
         lambda t: secrets(t, "test")),
        ("injection", "hostile text through every command and format",
         lambda t: injection(t, "test")),
        ("limits", "bombs: files and replies without end",
         lambda t: limits(t, "test")),
        ("files", "odd files, file systems and descriptors",
         lambda t: files(t, "test")),
        ("fuzz", "the fuzzers' corpora, sanitized",
         lambda t: corpora(t, "asan")),
        ("checks", "checks of the sources", checks),
    ]
    if all_of_it:
        parts += [
            ("build", "build with clang", lambda t: build(t, "clang")),
            ("unit", "unit tests, clang", lambda t: unit(t, "clang")),
            ("build", "build with TSan", lambda t: build(t, "tsan")),
            ("unit", "unit tests with threads, TSan",
             lambda t: unit(t, "tsan", chosen=threaded)),
            ("sandbox", "the stand-in service, TSan",
             lambda t: sandbox(t, "tsan")),
            ("analysis", "clang-tidy", clang_tidy),
            ("analysis", "gcc -fanalyzer",
             lambda t: build(t, "analyzer", "objects")),
            ("analysis", "valgrind", valgrind),
            ("cluster", "the example for Slurm, on a cluster of one node",
             lambda t: cluster(t, "test")),
            ("trouble", "the service in trouble, at length",
             lambda t: trouble(t, "test", "--long")),
            ("trouble", "the service in trouble, sanitized",
             lambda t: trouble(t, "asan")),
        ]
    return parts


def run_part(title, function):
    tally = Tally()
    start = time.monotonic()
    print(f"{title} ...", flush=True)
    function(tally)
    tally.lines.append(f"{title}: {tally.passed} passed, {tally.failed} "
                       f"failed, {time.monotonic() - start:.1f} s")
    print("\n".join(tally.lines), flush=True)
    return tally


def run_parts(parts):
    """Builds first, one by one: all else needs them."""
    total = Tally()
    for part, title, function in parts:
        if part == "build":
            total.add(run_part(title, function))
    with concurrent.futures.ThreadPoolExecutor(LANES) as lanes:
        runs = [lanes.submit(run_part, title, function)
                for part, title, function in parts if part != "build"]
        try:
            for done in runs:
                total.add(done.result())
        except BaseException:
            COMMANDS.stop()
            lanes.shutdown(cancel_futures=True)
            raise
    return total


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only", action="append", metavar="PART")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    parts = everything(options.all)
    names = list(dict.fromkeys(part for part, _, _ in parts))
    if options.list:
        print("\n".join(names))
        return 0
    for name in options.only or ():
        if name not in names:
            parser.error(f"no part {name!r}, expected one of {names}")
    chosen = [part for part in parts
              if not options.only or part[0] in options.only]
    begun = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    begin_with_default_signals()
    try:
        tally = run_parts(chosen)
    except BaseException:
        COMMANDS.stop()
        raise
    if tally.failures:
        print("\nFailed:")
        for name in tally.failures:
            print("  " + name)
    print(f"\nTook {time.monotonic() - begun:.0f} s.")
    print(tally.line(), flush=True)
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
