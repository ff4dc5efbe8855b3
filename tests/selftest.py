#!/usr/bin/env python3
"""Tests of the test tools: a case that must fail fails, and so on.

Needs nothing built: the programs that the cases run here are scripts.
"""

import os
import re
import subprocess
import sys
import tempfile
import textwrap
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
from torture import table  # noqa: E402

PROGRAM = """\
#!/bin/sh
case $1 in
hello) echo "hello $2" ;;
fail) echo "nosbatch: broken" >&2; exit "$2" ;;
tty) [ -t 1 ] && read answer && echo "got $answer" ;;
sleep) sleep 60 ;;
ubsan) echo "x.c:1:2: runtime error: overflow" >&2 ;;
esac
"""

SANDBOX = """\
#!/usr/bin/env python3
import http.server, json, signal, sys
given = []
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.answer({"jobs": 15, "by": {"key": 1}, "given": given,
                     "options": sys.argv[5:]})
    def do_POST(self):
        size = int(self.headers["Content-Length"])
        given.append([self.path, self.rfile.read(size).decode()])
        self.answer({})
    def log_message(self, *_):
        pass
if "--broken" in sys.argv:
    sys.exit("no such option")
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
open(sys.argv[4], "w").write("%d\\n" % server.server_port)
server.serve_forever()
"""


class Cases(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="nosbatch-selftest-")
        self.addCleanup(self.folder.cleanup)
        self.bin = os.path.join(self.folder.name, "bin")
        os.mkdir(self.bin)
        for name, text in (("nosbatch", PROGRAM),
                           ("nosbatch-sandbox", SANDBOX)):
            path = os.path.join(self.bin, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(path, 0o755)
        self.file = os.path.join(self.folder.name, "some.case")

    def run_cases(self, text, *arguments):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))
        done = subprocess.run(
            [sys.executable, os.path.join(HERE, "cases.py"), "--bin", self.bin,
             *arguments, self.file], stdout=subprocess.PIPE, text=True,
            stderr=subprocess.STDOUT, check=False)
        counts = re.search(r"(\d+) passed, (\d+) failed, (\d+) skipped\n$",
                           done.stdout)
        self.assertTrue(counts, done.stdout)
        failed = int(counts.group(2))
        self.assertEqual(done.returncode, 1 if failed else 0)
        return tuple(map(int, counts.groups())), done.stdout

    def passes(self, text, *arguments):
        counts, output = self.run_cases(text, *arguments)
        self.assertEqual(counts[1], 0, output)
        self.assertGreater(counts[0], 0, output)

    def fails(self, text, expected):
        counts, output = self.run_cases(text)
        self.assertEqual(counts[:2], (0, 1), output)
        self.assertRegex(output, expected)

    def test_exact_output_passes(self):
        self.passes("""\
            A comment.
            == t
            -- run nosbatch hello world
            -- stdout
            hello world

            -- stderr
            """)

    def test_each_difference_fails(self):
        for section, expected in (
                ("-- status 1", "status 0, expected 1"),
                ("-- stdout\nhello you", r"(?s)-hello you.*\+hello world"),
                ("-- stdout", r"\+hello world"),
                ("-- stdout noeol\nhello world", "stdout differs"),
                ("-- stdout\nhello world\nmore", "-more"),
                ("-- stderr\nx", "stderr differs")):
            with self.subTest(section):
                self.fails(f"== t\n-- run nosbatch hello world\n{section}\n",
                           expected)

    def test_status_of_zero_is_the_default(self):
        self.fails("== t\n-- run nosbatch fail 3\n",
                   "(?s)status 3, expected 0.*nosbatch: broken")
        self.passes("== t\n-- run nosbatch fail 3\n-- status 3\n"
                    "-- stderr\nnosbatch: …\n")

    def test_a_failure_before_a_pipe_is_seen(self):
        self.fails("== t\n-- run nosbatch fail 3 | cat\n", "status 3")

    def test_wildcards(self):
        self.passes("""\
            == t
            -- run printf 'a 12 b\\nx\\ny\\nz 12\\n'
            -- stdout
            a <<n=[0-9]+>> …
            …
            z <<n>>
            -- run echo "$n"
            -- stdout
            <<n>>
            """)
        self.fails("""\
            == t
            -- run printf 'a 12\\nz 13\\n'
            -- stdout
            a <<n>>
            z <<n>>
            """, "stdout differs")
        self.fails("== t\n-- run echo abc\n-- stdout\na<<=[0-9]>>c\n",
                   "stdout differs")

    def test_files(self):
        self.passes("""\
            == t
            -- file a/b.txt mode=0600
            one
            \\-- two
            -- mode a/b.txt 0600
            -- file m.gz gzip
            1
            -- file m.gz gzip append repeat=3
            <<i>>0
            -- file raw hex
            00 ff
            -- run cat a/b.txt; zcat m.gz; wc -c < raw; cp m.gz n.gz
            -- stdout
            one
            \\-- two
            1
            00
            10
            20
            2
            -- output n.gz gunzip
            1
            …
            -- missing x y
            """)
        for section in ("-- missing f", "-- output f\nother", "-- mode f 0601",
                        "-- output none\nx"):
            with self.subTest(section):
                self.fails("== t\n-- file f mode=0600\nx\n-- run true\n" +
                           section + "\n", "line 5: ")

    def test_the_environment_is_clean(self):
        os.environ["https_proxy"] = "http://127.0.0.1:9"
        self.addCleanup(os.environ.pop, "https_proxy")
        self.passes("""\
            == t
            -- env ADDED=<<TZ>>!
            -- env -XDG_STATE_HOME
            -- run env | cut -d= -f1 | sort | grep -v SAN_OPTIONS | tr '\\n' ' '
            -- stdout noeol
            ADDED HOME LC_ALL PATH PWD ROOT SHLVL TMPDIR TZ XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME _ …
            -- run echo $ADDED; ls -A; test -t 0
            -- status 1
            -- stdout
            UTC!
            """)

    def test_input(self):
        self.passes("== t\n-- run cat\n-- input\na\n-- stdout\na\n")

    def test_terminal(self):
        self.passes("== t\n-- tty nosbatch tty\n-- input\nyes\n"
                    "-- stdout\n…\ngot yes\n")
        self.fails("== t\n-- tty nosbatch tty | cat\n-- input\nyes\n",
                   "status 1")

    def test_a_hanging_step_is_killed(self):
        self.fails("== t\n-- timeout 0.3\n-- run nosbatch sleep\n", "over 1.2 s")
        self.fails("== t\n-- timeout 0.3\n-- tty nosbatch sleep\n",
                   "over 1.2 s")

    def test_what_a_step_leaves_running_is_killed(self):
        self.passes("""\
            == t
            -- run sleep 61 & echo $!
            -- stdout
            <<pid>>
            -- run for i in 1 2 3 4 5 6 7 8 9; do grep '^State:.[^Z]' /proc/$pid/status || exit 0; sleep 0.1; done; exit 1
            """)

    def test_sanitizer_reports_fail(self):
        self.fails("== t\n-- run nosbatch ubsan\n", "a sanitizer reports")

    def test_sandbox(self):
        self.passes("""\
            == t
            -- sandbox --latency 5
            -- control faults
            {"a":1}
            -- stats
            jobs 15
            jobs >= 3
            by.key 1
            given.# 1
            -- run echo $API $PIN $NOSANA_API_URL
            -- stdout
            <<SANDBOX>>/api <<SANDBOX>> <<API>>
            -- stop-sandbox
            -- run test -n "$API"
            """)
        for section, expected in (
                ("-- stats\njobs 14", "jobs 14    found 15"),
                ("-- stats\njobs <= 14", "found 15"),
                ("-- stats\nnone 0", "no 'none'"),
                ("-- stats\njobs", "malformed"),
                ("-- sandbox", "runs already")):
            with self.subTest(section):
                self.fails("== t\n-- sandbox\n-- run true\n" + section + "\n",
                           expected)
        self.fails("== t\n-- sandbox --broken\n-- run true\n",
                   "(?s)sandbox ended with status 1.*no such option")

    def test_malformed_cases_fail(self):
        for text in ("== t\n", "== t\nx\n-- run true\n", "nothing at all\n",
                     "== t\n-- rum true\n", "== t\n-- run\n",
                     "== t\n-- stdout\nx\n", "== t\n-- run true\n-- stats\n",
                     "== t\n-- run true\n-- status\n",
                     "== t\n-- run true\n-- status x\n",
                     "== t\n-- run true\n-- status 0\n-- status 0\n",
                     "== t\n-- run true\n-- stdout wrong\n",
                     "== t\n-- run true\n-- timeout 3\nbody\n",
                     "== t\n-- run true\n-- file\nbody\n",
                     "== t\n-- run true\n-- file a what\nbody\n",
                     "== t\n-- run echo a\n-- stdout\n<<x=(>>\n",
                     "== t\n-- stats\nx 1\n-- run true\n"):
            with self.subTest(text):
                self.fails(text, "malformed|cannot run")

    def test_needs_skips(self):
        counts, output = self.run_cases(
            "== t\n-- needs false\n-- run false\n")
        self.assertEqual(counts, (0, 0, 1), output)
        self.passes("== t\n-- needs true\n-- run true\n")

    def test_selection(self):
        text = "== one\n-- run true\n== two\n-- tags slow\n-- run false\n"
        self.assertEqual(self.run_cases(text)[0], (1, 1, 0))
        self.assertEqual(self.run_cases(text, "-k", "ONE")[0], (1, 0, 0))
        self.assertEqual(self.run_cases(text, "--tag", "slow")[0], (0, 1, 0))

    def test_wrap(self):
        self.passes("== t\n-- run nosbatch hello you\n-- stdout\nhello you\n",
                    "--wrap", "env --")

    def test_update_writes_what_came_out(self):
        text = "== t\n-- run printf 'a\\n== b\\n'\n-- stdout\nold\n\n" \
               "== u\n-- run echo 1\n-- stdout\n…2\n"
        self.assertEqual(self.run_cases(text, "--update")[0], (0, 2, 0))
        with open(self.file, encoding="utf-8") as file:
            self.assertEqual(file.read(), text.replace("old", "a\n\\== b"))


class TortureTable(unittest.TestCase):
    TEXT = f"""Some words.

{table.SUMS}
| --- | --- | --- | --- |
| old | old | 1 | 7 |

More words.

{table.RUNS}
| --- | --- | --- | --- | --- | --- |
| 2026-01-01 | one | kill | 1 | 12 kills | 0 |
| 2026-01-02 | one | trouble | 1 | 3 cuts, 40 faults met | 2 |
"""
    WANTED = {"kill": {"kills": 100}, "trouble": {"cuts": None,
                                                  "faults met": None}}

    def test_rows_are_added_and_summed(self):
        row = table.run_row("2026-01-03", "two", "kill", 2,
                            [("kills", 30)], 0)
        text = table.rewrite(self.TEXT, self.WANTED, [row])
        self.assertIn("| kill | kills | 100 | 42 |\n", text)
        self.assertIn("| trouble | cuts |  | 3 |\n", text)
        self.assertIn("| trouble | faults met |  | 40 |\n", text)
        self.assertNotIn("old", text)
        self.assertTrue(text.endswith(row + "\n"))
        self.assertIn("\n\nMore words.\n\n", text)
        self.assertEqual(table.rewrite(text, self.WANTED, []), text)

    def test_the_file_in_the_tree_has_them(self):
        with open(os.path.join(HERE, "TORTURE.md"), encoding="utf-8") as file:
            text = file.read()
        row = table.run_row("2026-01-03", "two", "kill", 2,
                            [("kills", 30)], 0)
        self.assertIn(row, table.rewrite(text, self.WANTED, [row]))

    def test_a_file_without_the_tables_is_refused(self):
        with self.assertRaises(table.NoTable):
            table.rewrite("no table\n", self.WANTED, [])


class Checks(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="nosbatch-selftest-")
        self.addCleanup(self.folder.cleanup)

    def write(self, path, text):
        full = os.path.join(self.folder.name, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def check(self, name):
        done = subprocess.run(
            [sys.executable, os.path.join(HERE, "checks.py"), name, "--root",
             self.folder.name], stdout=subprocess.PIPE, text=True, check=False)
        return done.returncode, done.stdout

    def test_layers(self):
        self.write("templates/a.h", "#include <stdio.h>\n")
        self.write("queue/q.c", '#include "../templates/a.h"\n')
        self.write("runner/http.h", "#include <curl/curl.h>\n")
        self.write("runner/cmd_run.c", '#include "http.h"\n')
        self.write("runner/cmd_plan.c", '#include "../queue/q.h"\n')
        self.write("queue/q.h", "")
        self.assertEqual(self.check("layers"), (0, ""))

    def test_wrong_includes_are_found(self):
        for path, text, expected in (
                ("templates/b.c", '#include "../queue/q.h"', "another layer"),
                ("templates/b.c", "#include <unistd.h>", "is pure"),
                ("queue/b.c", '#include "../runner/r.h"', "another layer"),
                ("runner/b.c", '#include "../tests/t.h"', "another layer"),
                ("runner/b.c", "#include <curl/curl.h>", "only runner/http"),
                ("runner/b.c", '#include "none.h"', "does not exist"),
                ("runner/cmd_plan.c", '#include "mid.h"', "offline")):
            with self.subTest(text):
                self.setUp()
                self.write("queue/q.h", "")
                self.write("runner/r.h", "")
                self.write("runner/mid.h", '#include "http.h"\n')
                self.write("runner/http.h", "# include <curl/curl.h>\n")
                self.write(path, text + "\n")
                status, output = self.check("layers")
                self.assertEqual(status, 1)
                self.assertRegex(output, expected)

    def test_headers(self):
        self.write("queue/good.h", "int f(void);\n")
        self.assertEqual(self.check("headers"), (0, ""))
        self.write("queue/bad.h", "size_t f(void);\n")
        status, output = self.check("headers")
        self.assertEqual(status, 1)
        self.assertIn("queue/bad.h", output)
        self.assertNotIn("good.h", output)

    def test_sizes(self):
        body = "    x++;\n"
        self.write("queue/a.c", "static int f(int x,\n      int y)\n{\n" +
                   body * 66 + "}\n")
        status, output = self.check("sizes")
        self.assertEqual(status, 0, output)
        self.assertIn("largest 70 lines", output)
        self.write("queue/a.c", "static int f(int x,\n      int y)\n{\n" +
                   body * 67 + "}\n")
        status, output = self.check("sizes")
        self.assertEqual(status, 1)
        self.assertIn("queue/a.c:1: f has 71 lines", output)
        self.write("queue/a.c", "int x;\n" * 501)
        self.assertIn("queue/a.c: 501 lines", self.check("sizes")[1])


if __name__ == "__main__":
    unittest.main()
