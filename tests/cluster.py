#!/usr/bin/env python3
"""The example for Slurm, run for real on a cluster of one node.

    tests/cluster.py [--bin build] [--keep]

Starts munged, slurmctld and slurmd of Debian's packages (munge, slurmctld,
slurmd, slurm-client) in a temporary folder and on ports of 127.0.0.1, and the
stand-in service; submits runner/contrib/nosbatch.slurm, kills a shard,
requeues another, submits two singly, and compares the ledgers with what the
service has. Where the daemons cannot start it is skipped with a reason. Last
line: N passed, N failed, N skipped. Python's standard library only.
"""

import argparse
import glob
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SCRIPT = os.path.join(ROOT, "runner/contrib/nosbatch.slurm")
DEADLINE_S = 240
JOBS = 400
SHARDS = 8

CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.sock
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,requeue_delay=1
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=5
NodeName={host} NodeAddr=127.0.0.1 CPUs={shards} RealMemory=8192 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
"""

MANIFEST = {
    "id": "sweep", "market": "nvidia-3060",
    "params": {"n": {"range": [1, JOBS]}},
    "definition": {"version": "0.1", "type": "container", "ops": [
        {"type": "container/run", "id": "a",
         "args": {"image": "ubuntu", "cmd": "echo ${{ n }}"}}]},
}


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def free_ports(count):
    """Ports that were free a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def wait_for(what, condition):
    """The first true value of condition(); it is the state that is awaited,
    the time is a bound."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise Failure(f"waited {DEADLINE_S} s for {what}")


class Cluster:
    """Daemons of our own in a folder of their own."""

    def __init__(self, folder, bin_folder):
        self.folder = folder
        self.processes = []
        self.env = dict(os.environ, SLURM_CONF=f"{folder}/slurm.conf",
                        PATH=f"{bin_folder}:{os.environ['PATH']}:/usr/sbin",
                        HOME=folder, NOSBATCH_KEYS=f"{folder}/keys")
        self.service = None

    def start(self, name, *command, **more):
        with open(f"{self.folder}/{name}.out", "wb") as out:
            process = subprocess.Popen(command, cwd=self.folder, env=self.env,
                                       stdin=subprocess.DEVNULL, stdout=out,
                                       stderr=subprocess.STDOUT, **more)
        self.processes.append((name, process))
        return process

    def log(self, name):
        text = ""
        for end in ("out", "log"):
            try:
                with open(f"{self.folder}/{name}.{end}",
                          encoding="utf-8", errors="replace") as file:
                    text += file.read()[-400:]
            except OSError:
                pass
        return " ".join(text.split())[-300:]

    def call(self, *command):
        done = subprocess.run(command, cwd=self.folder, env=self.env,
                              stdin=subprocess.DEVNULL, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise Failure(f"{' '.join(command)}: status {done.returncode}: "
                          f"{done.stdout}{done.stderr}")
        return done.stdout

    def start_slurm(self):
        for tool in ("munged", "slurmctld", "slurmd", "sbatch", "scontrol"):
            if not shutil.which(tool, path=self.env["PATH"]):
                raise Skip(f"{tool} is not installed")
        folder = self.folder
        for name in ("state", "spool", "keys"):
            os.mkdir(f"{folder}/{name}", 0o700)
        with open(f"{folder}/munge.key", "wb") as file:
            file.write(os.urandom(1024))
        os.chmod(f"{folder}/munge.key", 0o400)
        with open(f"{folder}/slurm.conf", "w", encoding="utf-8") as file:
            file.write(CONF.format(
                host=socket.gethostname().split(".")[0],
                ports=free_ports(2), folder=folder, shards=SHARDS,
                user=pwd.getpwuid(os.geteuid()).pw_name))
        self.start("munged", "munged", "--foreground", "--force",
                   *(f"--{what}={folder}/munge.{end}" for what, end in (
                       ("socket", "sock"), ("key-file", "key"),
                       ("log-file", "log"), ("pid-file", "pid"),
                       ("seed-file", "seed"))))
        self.wait_up("munged",
                     lambda: os.path.exists(f"{folder}/munge.sock"))
        self.start("slurmctld", "slurmctld", "-D")
        self.start("slurmd", "slurmd", "-D")
        self.wait_up("slurmd", self.is_idle)

    def is_idle(self):
        done = subprocess.run(["sinfo", "-h", "-o", "%t"], env=self.env,
                              text=True, stdout=subprocess.PIPE, check=False,
                              stderr=subprocess.DEVNULL)
        return done.stdout.strip() == "idle"

    def wait_up(self, name, condition):
        """A daemon that does not come up here is no fault of ours."""
        end = time.monotonic() + 30
        while not condition():
            for at, process in self.processes:
                if process.poll() is not None:
                    raise Skip(f"{at} cannot start here: {self.log(at)}")
            if time.monotonic() > end:
                raise Skip(f"{name} does not come up here: {self.log(name)}")
            time.sleep(0.1)

    def start_service(self):
        port_file = f"{self.folder}/port"
        # So slow that shards can be interrupted: a connection's post each
        # 300 ms, of 16 connections.
        self.start("sandbox", "nosbatch-sandbox", "--port-file", port_file,
                   "--latency", "300", "--api-key", "nos_cluster", "--jwt",
                   "a.token.x")
        port = wait_for("the service", lambda: os.path.exists(port_file) and
                        open(port_file, encoding="utf-8").read().strip())
        self.service = f"http://127.0.0.1:{port}"
        self.env.update(NOSANA_API_URL=self.service + "/api",
                        PINATA_API_URL=self.service)
        for name, key in (("nosana-api-key", "nos_cluster"),
                          ("pinata-jwt", "a.token.x")):
            with open(f"{self.folder}/keys/{name}", "w", encoding="utf-8",
                      opener=lambda path, flags: os.open(path, flags, 0o600)
                      ) as file:
                file.write(key + "\n")

    def stats(self, path="stats"):
        with urllib.request.urlopen(f"{self.service}/_sandbox/{path}") as reply:
            return json.load(reply)

    def stop(self):
        if self.service and len(self.processes) > 3:
            subprocess.run(["scancel", "--signal=KILL", "--full", "--user",
                            pwd.getpwuid(os.geteuid()).pw_name],
                           env=self.env, check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _, process in reversed(self.processes):
            process.terminate()
        for _, process in reversed(self.processes):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Story:
    """What happens to the shards of one batch."""

    def __init__(self, cluster):
        self.cluster = cluster
        with open(f"{cluster.folder}/sweep.json", "w",
                  encoding="utf-8") as file:
            json.dump(MANIFEST, file)

    def submit(self, *options):
        out = self.cluster.call("sbatch", "--parsable", *options, SCRIPT,
                                "sweep.json", "sweep")
        return out.strip().split(";")[0]

    def ledger(self, shard):
        return f"{self.cluster.folder}/sweep.{shard}-of-{SHARDS}.ledger.jsonl"

    def records(self, shard, kind):
        try:
            with open(self.ledger(shard), encoding="utf-8") as file:
                return [json.loads(line) for line in file
                        if f'"type":"{kind}"' in line[:80] and
                        line.endswith("\n")]
        except FileNotFoundError:
            return []

    def state(self, task):
        out = self.cluster.call("scontrol", "-o", "show", "job", task)
        return {word.split("=")[0]: word.split("=", 1)[1]
                for word in out.split() if "=" in word}

    def ended(self, task, *wanted):
        state = wait_for(f"the end of {task}", lambda: (
            lambda found: found if found["JobState"] not in (
                "PENDING", "RUNNING", "COMPLETING", "CONFIGURING") else None
        )(self.state(task)))
        if state["JobState"] not in wanted:
            raise Failure(f"{task} ended {state['JobState']}, "
                          f"{state.get('ExitCode')}, expected {wanted}")

    def process_of(self, shard):
        """The run that holds a shard's ledger, as its lock file says."""
        with open(self.ledger(shard) + ".lock", encoding="utf-8") as file:
            return int(file.read().strip("\0\n "))

    def posting(self, shard):
        """Waits until a shard has posted something."""
        wait_for(f"posts of shard {shard}", lambda: self.records(shard, "post"))

    def run(self):
        array = self.submit()
        self.posting(1)
        os.kill(self.process_of(1), signal.SIGKILL)
        self.posting(2)
        self.cluster.call("scontrol", "requeue", f"{array}_2")
        # Slurm holds what was requeued back for two minutes, else.
        wait_for("the requeued shard", lambda: self.state(
            f"{array}_2")["JobState"] == "PENDING")
        self.cluster.call("scontrol", "update", f"JobId={array}_2",
                          "StartTime=now")
        self.posting(3)
        self.cluster.call("scancel", f"{array}_3")
        for shard in range(SHARDS):
            expected = {1: ("FAILED",), 3: ("CANCELLED", "COMPLETED")}
            self.ended(f"{array}_{shard}",
                       *expected.get(shard, ("COMPLETED",)))
        if not len(self.records(2, "open")) >= 2:
            raise Failure("the requeued shard did not start again")
        if self.records(1, "close"):
            raise Failure("the shard that was to be killed ended in order")
        for shard in (1, 3):
            again = self.submit(f"--array={shard}")
            self.ended(f"{again}_{shard}", "COMPLETED")

    def check(self):
        stats = self.cluster.stats()
        for name, expected in (("jobs", JOBS), ("max_jobs_per_key", 1)):
            if stats[name] != expected:
                raise Failure(f"the service counts {name} {stats[name]}, "
                              f"expected {expected}")
        ledgers = sorted(glob.glob(self.ledger("*")))
        if len(ledgers) != SHARDS:
            raise Failure(f"ledgers: {ledgers}")
        rows = json.loads(self.cluster.call(
            "nosbatch", "results", *ledgers, "--format", "json", "--columns",
            "name,state,address"))
        names = {row["name"] for row in rows}
        addresses = {row["address"] for row in rows}
        states = {row["state"] for row in rows}
        if len(rows) != JOBS or len(names) != JOBS or \
                len(addresses) != JOBS or len(states) != 1:
            raise Failure(f"{len(rows)} rows, {len(names)} names, "
                          f"{len(addresses)} addresses, states {states}")
        for ledger in ledgers:
            self.cluster.call("nosbatch", "results", "--check", ledger)


def slurm(options):
    folder = tempfile.mkdtemp(prefix="nosbatch-cluster-")
    cluster = Cluster(folder, os.path.abspath(options.bin))
    try:
        cluster.start_slurm()
        cluster.start_service()
        story = Story(cluster)
        story.run()
        story.check()
    finally:
        cluster.stop()
        if options.keep:
            print(f"kept {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(ROOT, "build"))
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    name = "shards killed, requeued and submitted singly"
    try:
        slurm(options)
    except Skip as skip:
        print(f"skip {name}: {skip}\n0 passed, 0 failed, 1 skipped")
        return 0
    except Failure as failure:
        print(f"FAILED {name}\n{failure}\n0 passed, 1 failed, 0 skipped")
        return 1
    print(f"ok {name}\n1 passed, 0 failed, 0 skipped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
