#!/usr/bin/env python3
"""make install, uninstall, deb and dist, tried out in temporary folders.

    tests/install.py [--variant test] [-k PATTERN]

The variant's build (VARIANT= of make) is what is installed. Nothing of the
system is touched. Last line: N passed, N failed, N skipped. Python's
standard library only.
"""

import collections
import contextlib
import filecmp
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

import named
from named import ROOT, Failure, Skip

INSTALLED = {
    "bin/nosbatch": 0o755,
    "bin/nosbatch-sandbox": 0o755,
    "share/man/man1/nosbatch.1": 0o644,
    "share/man/man1/nosbatch-sandbox.1": 0o644,
    "share/man/man5/nosbatch-manifest.5": 0o644,
    "share/man/man5/nosbatch-ledger.5": 0o644,
    "share/bash-completion/completions/nosbatch": 0o644,
    "share/zsh/site-functions/_nosbatch": 0o644,
    "share/fish/vendor_completions.d/nosbatch.fish": 0o644,
}


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            raise Skip(f"{tool} is not installed")


def call(*command, status=0, cwd=ROOT, **env):
    """Both outputs of a command that must end with status; None: with any
    but 0."""
    flags = re.sub(r"\s*(--jobserver-[a-z]+=\S*|-j\d*)", "",
                   os.environ.get("MAKEFLAGS", ""))
    done = subprocess.run(command, cwd=cwd, text=True, check=False,
                          env={**os.environ, "MAKEFLAGS": flags, **env},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if (done.returncode == 0) if status is None else \
            (done.returncode != status):
        raise Failure(f"{' '.join(command)}: status {done.returncode}\n"
                      f"{done.stdout}")
    return done.stdout


def make(options, *arguments):
    return call(os.environ.get("MAKE", "make"), "--no-print-directory",
                f"VARIANT={options.variant}", *arguments)


def tree(folder):
    """{path: permissions} of all files below folder."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            found[os.path.relpath(path, folder)] = \
                os.lstat(path).st_mode & 0o777
    return found


def same(one, two):
    if not filecmp.cmp(one, two, shallow=False):
        raise Failure(f"{one} and {two} differ")


def what_is_installed_is_uninstalled(options, folder):
    where = ["DESTDIR=" + folder, "PREFIX=/opt/a b"]
    make(options, "install", *where)
    found = tree(os.path.join(folder, "opt/a b"))
    if found != INSTALLED:
        raise Failure(f"installed: {found}")
    program = os.path.join(folder, "opt/a b/bin/nosbatch")
    if not re.match(r"nosbatch \d", call(program, "--version")):
        raise Failure("--version")
    with open(os.path.join(folder, "opt/a b/share/bash-completion",
                           "completions/nosbatch"), encoding="utf-8") as file:
        if file.read() != call(program, "completion", "bash"):
            raise Failure("the completion is not the program's")
    other = os.path.join(folder, "opt/a b/share/man/man1/other.1")
    open(other, "w", encoding="utf-8").close()
    make(options, "uninstall", *where)
    left = tree(folder)
    if set(left) != {"opt/a b/share/man/man1/other.1"}:
        raise Failure(f"left: {left}")


def what_is_missing_is_named(options, folder):
    """A compiler that finds no header: nothing is built, and why is said."""
    output = call(os.environ.get("MAKE", "make"), "--no-print-directory",
                  "BUILD_ROOT=" + folder, "CPPFLAGS=-nostdinc", status=None)
    for wanted in ("Missing for `make`:", "sudo apt-get install -y ",
                   "libcurl4-openssl-dev", "libjsmn-dev"):
        if wanted not in output:
            raise Failure(f"{wanted!r} is not in:\n{output}")
    if "fatal error" in output:
        raise Failure(f"the compiler got there first:\n{output}")


def dist(output, cwd=ROOT, umask=0o022, **env):
    old = os.umask(umask)
    try:
        call(os.path.join(cwd, "runner/contrib/dist.sh"), "0.0", output,
             cwd=cwd, **env)
    finally:
        os.umask(old)


def a_tarball_is_the_same_each_time(_, folder):
    one, two, three = (os.path.join(folder, name) for name in "123")
    dist(one)
    dist(two, umask=0o077, TZ="Asia/Tokyo", LC_ALL="C.UTF-8")
    same(one, two)
    with tarfile.open(one) as tar:
        names = set(tar.getnames())
        tar.extractall(folder)
    unpacked = os.path.join(folder, "nosbatch-0.0")
    dist(three, cwd=unpacked)
    same(one, three)
    for name in ("GNUmakefile", "README.md", "runner/main.c", "tests/run.py",
                 ".ci/run", "queue/nosbatch-ledger.5"):
        if "nosbatch-0.0/" + name not in names:
            raise Failure(f"{name} is not in the tarball")
    if any("/build/" in name or "/.git/" in name for name in names):
        raise Failure("built files are in the tarball")
    call(os.environ.get("MAKE", "make"), "help", cwd=unpacked)


def the_units_are_valid(_, folder):
    """As systemd reads them, with a program and a user that exist here."""
    need("systemd-analyze")
    for name in ("nosbatch@.service", "nosbatch@.timer"):
        with open(os.path.join(ROOT, "runner/contrib", name),
                  encoding="utf-8") as file:
            text = file.read()
        text = text.replace("/usr/bin/nosbatch ", "/bin/true ")
        text = re.sub(r"^(User|Group)=.*", r"\1=root", text, flags=re.M)
        text = re.sub(r"^Documentation=.*", "", text, flags=re.M)
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    output = call("systemd-analyze", "verify", "nosbatch@x.service",
                  "nosbatch@x.timer", cwd=folder, SYSTEMD_UNIT_PATH=folder + ":")
    if "nosbatch" in output:
        raise Failure(output)


def the_service_is_confined(_, folder):
    """systemd's own measure of exposure, 0 (none) to 10: at most 1.5."""
    need("systemd-analyze")
    shutil.copy(os.path.join(ROOT, "runner/contrib/nosbatch@.service"), folder)
    call("systemd-analyze", "security", "--offline=true", "--threshold=15",
         "nosbatch@.service", cwd=folder)


def keys_of_yaml(text):
    """How often each key stands in a file of blocks; no flow mappings."""
    keys, within = collections.Counter(), None
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if within is not None and (indent > within or not line.strip()):
            continue
        within = indent if line.rstrip().endswith("|") else None
        found = re.match(r"\s*(?:- )?([A-Za-z]+):(?: |$)", line)
        if found:
            keys[found[1]] += 1
    return keys


def keys_of_json(value, keys):
    if isinstance(value, dict):
        keys.update(value.keys())
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        keys_of_json(item, keys)
    return keys


def the_kubernetes_job_is_one(*_):
    """kubectl's own types, offline: what they do not know would be dropped,
    what has another type refused."""
    need("kubectl")
    path = os.path.join(ROOT, "runner/contrib/kubernetes.yaml")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    output = call("kubectl", "set", "env", "--local", "-f", path, "-o", "json",
                  "NOSBATCH_TEST=1", KUBECONFIG="/dev/null")
    job = json.loads(output)
    if (job["kind"], job["apiVersion"]) != ("Job", "batch/v1"):
        raise Failure(f"found {job['kind']} of {job['apiVersion']}")
    lost = keys_of_yaml(text) - keys_of_json(job, collections.Counter())
    if lost:
        raise Failure(f"unknown to Kubernetes: {dict(lost)}")
    spec = job["spec"]
    if (spec["completionMode"] != "Indexed" or
            spec["completions"] != int(re.search(r"auto/(\d+)", text)[1])):
        raise Failure("the shards and the completions differ")


def each_status_restarts_or_does_not(options, _):
    """The unit's list has each exit status of the manual but those that are
    worth trying again, and those that are a success."""
    with open(os.path.join(ROOT, "runner/contrib/nosbatch@.service"),
              encoding="utf-8") as file:
        listed = re.search(r"^RestartPreventExitStatus=(.*)", file.read(), re.M)
    make(options, "-s", "all")
    page = call(
        os.path.join(ROOT, "build", options.variant, "nosbatch"), "--man")
    section = page.split(".Sh EXIT STATUS")[1].split(".El")[0]
    known = {int(status) for line in re.findall(r"^\.It (.*)", section, re.M)
             for status in re.findall(r"\d+", line)}
    found = {int(status) for status in listed[1].split()}
    if found != known - {0, 69, 75, 143}:
        raise Failure(f"listed {sorted(found)}, known {sorted(known)}")


def package(options, folder):
    """Builds the package; returns a copy's path."""
    need("dpkg-deb", "dpkg-shlibdeps", "strip")
    line = make(options, "deb").strip().splitlines()[-1]
    copy = tempfile.mkdtemp(dir=folder)
    return shutil.copy(os.path.join(ROOT, line), copy)


def a_package_is_the_same_each_time(options, folder):
    same(package(options, folder), package(options, folder))


def lintian_finds_nothing(options, folder):
    need("lintian")
    output = call("lintian", "--fail-on", "error,warning",
                  package(options, folder))
    if re.search(r"^[EW]:", output, re.M):
        raise Failure(output)


def the_package_installs_and_runs(options, folder):
    """By dpkg, below a folder; dependencies are the system's affair."""
    prefix = []
    if os.geteuid() != 0:
        need("fakeroot")
        prefix = ["fakeroot"]
    file = package(options, folder)
    root = os.path.join(folder, "root")
    os.makedirs(os.path.join(root, "var/lib/dpkg"))
    open(os.path.join(root, "var/lib/dpkg/status"), "w",
         encoding="utf-8").close()
    dpkg = [*prefix, "dpkg", "--root=" + root, "--force-depends",
            "--force-not-root", "--log=/dev/null"]
    call(*dpkg, "-i", file)
    call(*dpkg, "--audit")
    program = os.path.join(root, "usr/bin/nosbatch")
    if "nosbatch 0" not in call(program, "--version"):
        raise Failure("--version")
    call(program, "plan", "--help")
    call(os.path.join(root, "usr/bin/nosbatch-sandbox"), "--help")
    examples = glob.glob(os.path.join(root, "usr/share/doc/nosbatch/examples",
                                      "*"))
    if not examples:
        raise Failure("no examples")
    depends = call("dpkg-deb", "--field", file, "Depends")
    for library in ("libc6", "libcurl", "libssl", "zlib1g"):
        if library not in depends:
            raise Failure(f"Depends: {depends}")
    call(*dpkg, "-r", "nosbatch")
    left = [path for path in tree(root) if path.startswith("usr/")]
    if left:
        raise Failure(f"left: {left}")


TESTS = (what_is_installed_is_uninstalled, what_is_missing_is_named,
         the_units_are_valid, the_service_is_confined,
         the_kubernetes_job_is_one, each_status_restarts_or_does_not,
         a_tarball_is_the_same_each_time, a_package_is_the_same_each_time,
         lintian_finds_nothing, the_package_installs_and_runs)


@contextlib.contextmanager
def folder_for(options):
    """What each test is called with."""
    with tempfile.TemporaryDirectory(prefix="nosbatch-install-") as folder:
        yield options, folder


def main():
    """Runs the tests."""
    options = named.options(__doc__, "--variant", "")
    return named.run([(named.name(test), test) for test in TESTS], options.k,
                     lambda: folder_for(options))


if __name__ == "__main__":
    sys.exit(main())
