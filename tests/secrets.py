#!/usr/bin/env python3
"""Whether a key or a token gets anywhere but into its two services' headers.

    tests/secrets.py [--bin build]

Runs every command with a canary as API key and another as pinning token, in
health and in trouble, and then looks for them (whole, halved, in base64 and
in hex) in everything that was left behind: standard output and error at every
verbosity, /proc/PID/cmdline of each process, all files below the working
folder and the home (ledger, lock, cache, metrics, reports, a core dump if
there were one). Servers that want the key for themselves (a redirect to
another host or to file://, a hostile .netrc, proxy variables) count what they
get. Prints a line a case and "N passed, N failed, N skipped".

Python's standard library only; loopback only.
"""
import argparse
import base64
import http.server
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KEY = "nos_CANARYkeyQ7wZ1xV9tR3"
TOKEN = "CANARYjwtH5mB8.LpX2cN6dK4.S0gFjA1eYu"
FOUND = [form
         for secret in (KEY[4:], TOKEN)
         for half in (secret[:len(secret) // 2], secret[len(secret) // 2:])
         for form in (half.encode(), half.encode().hex().encode(),
                      base64.b64encode(secret.encode())[:16])]

MANIFEST = {
    "id": "s", "market": "nvidia-3060",
    "params": {"n": {"range": [1, 12]}},
    "definition": {"version": "0.1", "type": "container", "ops": [
        {"type": "container/run", "id": "a",
         "args": {"image": "ubuntu", "cmd": "echo ${{ n }}"}}]}}


class Failure(Exception):
    pass


class Place:
    """A folder of its own for one case, and a stand-in service."""

    def __init__(self, binaries, *sandbox_options):
        self.bin = os.path.abspath(binaries)
        self.top = tempfile.TemporaryDirectory(prefix="nosbatch-secrets-")
        self.work = os.path.join(self.top.name, "work")
        self.home = os.path.join(self.work, "home")
        os.makedirs(self.home)
        with open(os.path.join(self.work, "m.json"), "w") as file:
            json.dump(MANIFEST, file)
        self.outputs = []
        self.missing = []  # commands that this version does not have
        self.sandbox = self.start_sandbox(sandbox_options)

    def start_sandbox(self, options):
        port_file = os.path.join(self.top.name, "port")
        process = subprocess.Popen(
            [os.path.join(self.bin, "nosbatch-sandbox"), "--port", "0",
             "--port-file", port_file, "--api-key", KEY, "--jwt", TOKEN,
             *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd=self.top.name)
        deadline = time.monotonic() + 30
        while not os.path.exists(port_file) or not open(port_file).read():
            if time.monotonic() > deadline or process.poll() is not None:
                raise Failure("the stand-in service does not start")
            time.sleep(0.01)
        self.url = "http://127.0.0.1:" + open(port_file).read().strip()
        return process

    def environment(self, **more):
        env = {"PATH": "/usr/bin:/bin", "HOME": self.home, "TZ": "UTC",
               "LC_ALL": "C.UTF-8", "NOSANA_API_URL": self.url + "/api",
               "PINATA_API_URL": self.url, "NOSANA_API_KEY": KEY,
               "PINATA_JWT": TOKEN}
        env.update(more)
        return {name: value for name, value in env.items()
                if value is not None}

    def start(self, *arguments, **more):
        def core_dumps():
            hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
        process = subprocess.Popen(
            [os.path.join(self.bin, "nosbatch"), *arguments], cwd=self.work,
            env=self.environment(**more), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=core_dumps)
        return process

    def run(self, *arguments, expect=None, **more):
        process = self.start(*arguments, **more)
        with open(f"/proc/{process.pid}/cmdline", "rb") as file:
            self.outputs.append((f"cmdline of {arguments}", file.read()))
        output = process.communicate(timeout=120)[0]
        self.outputs.append((f"output of {arguments}", output))
        if expect is not None and process.returncode != expect:
            raise Failure(f"{arguments}: status {process.returncode}, "
                          f"expected {expect}: {output.decode()}")
        return output

    def search(self):
        """Names of what holds a canary, and how much was looked at."""
        places = list(self.outputs)
        for folder, _, names in os.walk(self.work):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not name.endswith(".secret"):
                    with open(path, "rb") as file:
                        places.append((path, file.read()))
        hits = [name for name, data in places
                if any(form in data for form in FOUND)]
        return hits, len(places), sum(len(data) for _, data in places)

    def close(self):
        self.sandbox.kill()
        self.sandbox.wait()
        self.top.cleanup()


class Thief(http.server.ThreadingHTTPServer):
    """Answers everything with one reply, and keeps all that it is sent."""

    def __init__(self, status, headers):
        self.seen = []
        thief = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                thief.seen.append(f"{self.requestline}\n{self.headers}".encode()
                                  + self.rfile.read(length))
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")
            do_GET = do_POST = do_CONNECT = answer

            def log_message(self, *_):
                pass
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def has_secret(self):
        return any(form in data for data in self.seen for form in FOUND)

    def close(self):
        self.shutdown()
        self.server_close()


def key_files(place):
    names = []
    for name, text in (("key.secret", KEY), ("jwt.secret", TOKEN)):
        path = os.path.join(place.work, name)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(text + "\n")
        names.append(path)
    return names


def every_command(place):
    """All in health: the canaries must have served, or nothing is shown."""
    run = place.run
    for command in ("plan", "expand", "new", "validate"):
        run(command, "m.json", expect=0)
    run("run", "m.json", "--yes", "-v", "--where", "n < 4", "--metrics",
        "run.prom", "--format", "json", expect=0)
    run("run", "m.json", "--yes", "-q", "--where", "n < 7", expect=0)
    run("run", "m.json", "--yes", "--progress", "always", expect=0)
    key, token = key_files(place)
    run("run", "m.json", "--yes", "--ledger", "files.jsonl",
        "--api-key-file", key, "--pin-jwt-file", token, expect=0,
        NOSANA_API_KEY=None, PINATA_JWT=None)
    for form in ("table", "json", "jsonl", "csv"):
        run("results", "m.ledger.jsonl", "--format", form, expect=0)
        run("balance", "m.ledger.jsonl", "--format", form, expect=0)
        run("markets", "--format", form, expect=0)
    run("results", "--check", "m.ledger.jsonl", expect=0)
    with open(os.path.join(place.work, "page.html"), "wb") as file:
        file.write(run("review", "m.ledger.jsonl", "--format", "html",
                       expect=0))
    names = [name for _, _, files in os.walk(place.work) for name in files]
    if "run.prom" not in names or not any(".cache" in folder for folder, _, _
                                          in os.walk(place.work)):
        raise Failure(f"metrics or a cache are not among {names}")
    return "m.ledger.jsonl"


def later_commands(place):
    """What comes after posting; statuses are other tests' matter."""
    run = place.run
    run("run", "m.json", "--yes", expect=0)
    for arguments in (("status", "-v"), ("wait", "--until", "any", "-v"),
                      ("extend", "--time", "30m", "--yes"),
                      ("stop", "--yes", "--where", "n < 3"),
                      ("retry", "--yes"), ("review",),
                      ("review", "--format", "html"),
                      ("settle", "s/n=1", "--lost")):
        command, *options = arguments
        output = place.run(command, "m.ledger.jsonl", *options)
        if b"is not in this version" in output:
            place.missing.append(command)


def in_trouble(place):
    """Wrong keys, refusals with the key in their text, lost connections."""
    run = place.run
    run("run", "m.json", "--yes", "--give-up", "1s", "-v", expect=77,
        NOSANA_API_KEY=KEY + "wrong")
    run("run", "m.json", "--yes", "--give-up", "1s", expect=77,
        PINATA_JWT=TOKEN + "wrong")
    run("balance", "--give-up", "1s", expect=69,
        NOSANA_API_URL="http://127.0.0.1:1/api")
    run("balance", expect=64, NOSANA_API_URL="ftp://127.0.0.1/")
    run("balance", expect=77, NOSANA_API_KEY=KEY + "\nX: y")
    run("run", "m.json", "--yes", "--api-key-file", KEY[:10] + "none",
        expect=77)
    run("run", "m.json", "--yse", expect=64)


def an_echo_is_hidden(place):
    """A service that repeats what it was sent."""
    echo = Thief(400, [("X-Was", "x")])
    try:
        place.run("balance", expect=69, NOSANA_API_URL=echo.url + "/api")
        if not echo.has_secret():
            raise Failure("the canary did not even reach its own service")
    finally:
        echo.close()


def no_other_programs(place):
    """The environment goes to no other program: none is ever started. (A fork
    without exec is this program, and as little dumpable.)"""
    with open(os.path.join(place.bin, "nosbatch"), "rb") as file:
        program = file.read()
    if b"\0curl_multi_init\0" not in program:
        raise Failure("the program's symbols are not where they should be")
    for name in (b"vfork", b"clone", b"execve", b"execvp", b"execv",
                 b"execl", b"execlp", b"system", b"popen", b"posix_spawn",
                 b"posix_spawnp", b"wordexp", b"dlopen"):
        if b"\0" + name + b"\0" in program:
            raise Failure(f"it may start others, or load them: {name}")


def a_core_dump(place):
    """Killed by a signal that dumps core, with the key in memory."""
    process = place.start("run", "m.json", "--yes", "--rate", "1",
                          "--progress", "never")
    ledger = os.path.join(place.work, "m.ledger.jsonl")
    deadline = time.monotonic() + 30
    while not os.path.exists(ledger) and time.monotonic() < deadline:
        time.sleep(0.01)
    dumpable = None
    if os.geteuid() != 0:
        try:
            open(f"/proc/{process.pid}/environ", "rb").close()
            dumpable = True
        except PermissionError:
            dumpable = False
    process.send_signal(signal.SIGQUIT)
    place.outputs.append(("output before SIGQUIT", process.communicate()[0]))
    if process.returncode != -signal.SIGQUIT:
        raise Failure(f"SIGQUIT: status {process.returncode}")
    if dumpable:
        raise Failure("other processes of the user may read its memory")


def a_redirect(place):
    """Neither another host nor file:// gets a byte."""
    other = Thief(200, [])
    try:
        for target in (other.url + "/api/credits/balance",
                       "file:///etc/passwd", "//" + other.url[7:] + "/x"):
            every = target.startswith(other.url)
            for status in (301, 302, 303, 307, 308) if every else (302, 308):
                door = Thief(status, [("Location", target)])
                try:
                    place.run("balance", "--give-up", "1s",
                              NOSANA_API_URL=door.url + "/api")
                    if not door.has_secret():
                        raise Failure("the first host was not asked")
                finally:
                    door.close()
        if other.seen:
            raise Failure("the redirect was followed")
        if any(b"root:" in data for _, data in place.outputs):
            raise Failure("a file was read")
    finally:
        other.close()


def the_environments_traps(place):
    """.netrc, .curlrc, proxy variables, a list of CAs: not ours to obey."""
    thief = Thief(200, [])
    try:
        for name, text in ((".netrc", "machine 127.0.0.1 login u password p\n"
                            "default login u password p\n"),
                           (".curlrc", f"proxy = {thief.url}\n")):
            path = os.path.join(place.home, name)
            with open(path, "w") as file:
                file.write(text)
            os.chmod(path, 0o600)
        variables = {name: thief.url for name in (
            "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",
            "all_proxy", "ALL_PROXY")}
        variables["SSLKEYLOGFILE"] = os.path.join(place.work, "keys.log")
        place.run("run", "m.json", "--yes", expect=0, **variables)
        place.run("balance", "--proxy", "env", expect=0, **variables)
        if thief.seen:
            raise Failure("a proxy variable was obeyed")
    finally:
        thief.close()


CASES = (every_command, later_commands, in_trouble, an_echo_is_hidden,
         no_other_programs, a_core_dump, a_redirect, the_environments_traps)


def one_case(function, binaries):
    """None, or what is wrong; and the commands that are missing."""
    place = Place(binaries)
    try:
        function(place)
        hits, places, size = place.search()
        if hits:
            return "found in " + ", ".join(hits[:5]), place.missing
        print(f"ok       {function.__name__}: {places} places, {size} bytes")
        return None, place.missing
    except Failure as failure:
        return str(failure), place.missing
    finally:
        place.close()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(ROOT, "build"))
    options = parser.parse_args()
    failed = skipped = 0
    for function in CASES:
        wrong, missing = one_case(function, options.bin)
        for command in missing:
            skipped += 1
            print(f"skip     {function.__name__}: {command}: not in this "
                  "version")
        if wrong:
            failed += 1
            print(f"FAILED   {function.__name__}\n    {wrong}")
    print(f"{len(CASES) - failed} passed, {failed} failed, {skipped} "
          "skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
