"""Sorts perf's samples into stages, and prints microseconds of CPU an operation.

usage: where.py SAMPLES-A-SECOND SECONDS COMMANDS-BEFORE COMMANDS-AFTER FILE...      each FILE: perf script -F comm,ip,sym
"""
import collections
import os
import re
import sys

# The first that fits one of a sample's frames, from the leaf on; then the first that fits the thread's name.
FRAMES = [
    ("disk: sync", r"fsync|fdatasync"),
    ("disk: SQLite", r"sqlite3|walFrames|pager[A-Z]|btree[A-Z]|pcache1|SQLitePCL|Microsoft\.Data\.Sqlite"),
    ("journal: SQL and its plugin", r"LinqToDB|Akka\.Persistence\.Sql|Akka\.Streams|Storage\.SqliteJournal"),
    ("journal: Akka.Persistence", r"Akka\.Persistence|Actors\.Wire\.EventFormat"),
    ("apply", r"Protocol\.Log\.Replica|Protocol\.Registers|WatchesActor"),
    ("learner", r"LearnerActor|MultiPaxos\.Learner"),
    ("acceptor", r"AcceptorActor|MultiPaxos\.Acceptor"),
    ("proposer", r"ProposerActor|MultiPaxos\.Proposer"),
    ("the node's client of its log", r"Log\.ClientActor|Protocol\.Log\.Client::"),
    ("calls of apps", r"Actors\.Clients"),
    ("encoding", r"Actors\.Wire|Google\.Protobuf"),
    ("remoting", r"Akka\.Remote|DotNetty|Remoting\.(Connection|Frame)|System\.Net\.Sockets|tcp_|sock_|net_rx|sendmsg|recvmsg"),
    ("clients' own", r"Paxos\.Node\.Bench|Registers\.ReplicatedRegisters"),
    ("threads that look for work", r"LowLevelLifoSemaphore|LowLevelSpinWaiter|sched_yield|PortableThreadPool|futex|schedule$|do_sys_poll|Remoting\.ChainWatch"),
    ("actors: mailboxes, dispatching", r"Akka\.Actor|Akka\.Dispatch|Remoting\.Chain|Helios"),
]
THREADS = [
    ("garbage collection", r"GC"),
    ("compiler", r"Tiered"),
    ("journal: SQL and its plugin", r"journal"),
    ("remoting", r"SingleThread|Sockets|remoting"),
]


def samples(path):
    thread, frames = None, []
    for line in open(path, errors="replace"):
        if not line.strip():
            if thread is not None:
                yield thread, frames
            thread, frames = None, []
        elif thread is None:
            thread = line.strip()
        else:
            frames.append(line.strip())
    if thread is not None:
        yield thread, frames


def stage(thread, frames):
    for name, pattern in THREADS[:2]:
        if re.search(pattern, thread):
            return name
    for frame in frames:
        for name, pattern in FRAMES:
            if re.search(pattern, frame):
                return name
    for name, pattern in THREADS[2:]:
        if re.search(pattern, thread):
            return name
    return "runtime and kernel, else"


def main():
    rate, seconds, before, after = (float(argument) for argument in sys.argv[1:5])
    operations = after - before
    table = collections.defaultdict(dict)
    names = []
    for path in sys.argv[5:]:
        name = os.path.basename(path).removesuffix(".txt")
        names.append(name)
        counts = collections.Counter(stage(*sample) for sample in samples(path))
        for what, count in counts.items():
            table[what][name] = count / rate / operations * 1e6
    print(f"{operations / seconds:,.0f} commands a second while it was sampled; microseconds of CPU a command")
    print()
    print("| stage | " + " | ".join(names) + " |")
    print("|---|" + "--:|" * len(names))
    for what in sorted(table, key=lambda what: -sum(table[what].values())):
        print(f"| {what} | " + " | ".join(f"{table[what].get(name, 0):.1f}" for name in names) + " |")
    print("| **all** | " + " | ".join(f"**{sum(row.get(name, 0) for row in table.values()):.1f}**" for name in names) + " |")


main()
