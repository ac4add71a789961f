#!/usr/bin/env python3
"""The tables that compare prints: medians of its rounds.

usage: table.py ROUNDS RESULTS

RESULTS is a file with a line a measurement: SYSTEM OP CLIENTS OPS_PER_SECOND P50_MS P99_MS.
"""
import collections
import statistics
import sys

OURS = {"ours": "ours", "ours-sqlite": "ours, own journal"}
OTHERS = {"etcd": "etcd", "zookeeper": "ZooKeeper"}
SYSTEMS = OURS | OTHERS
NONE = "–"


def read(path):
    """(op, clients) -> system -> its rounds, each of (op/s, p50, p99); in the order of their first measurement."""
    rows = collections.OrderedDict()
    with open(path) as results:
        for line in results:
            system, op, clients, *figures = line.split()
            of_row = rows.setdefault((op, int(clients)), collections.defaultdict(list))
            of_row[system].append([float(figure) for figure in figures])
    return rows


def median(rounds, column):
    return statistics.median(figures[column] for figures in rounds) if rounds else None


def ratio(ours, theirs):
    return NONE if ours is None or not theirs else f"{ours / theirs:.2f}"


def milliseconds(value):
    return NONE if value is None else f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def throughput(of_row):
    ops = {system: median(of_row[system], 0) for system in SYSTEMS}
    yield from (NONE if value is None else f"{value:,.0f}" for value in ops.values())
    yield from (ratio(ops[ours], ops[other]) for other in OTHERS for ours in OURS)


def latency(of_row):
    for column in (1, 2):
        yield from (milliseconds(median(of_row[system], column)) for system in SYSTEMS)


def table(rows, heads, cells):
    print(f"| op | clients | {' | '.join(heads)} |")
    print("|---|" + "--:|" * (len(heads) + 1))
    for (op, clients), of_row in rows.items():
        print(f"| {op} | {clients:,} | {' | '.join(cells(of_row))} |")


def main(rounds, path):
    rows = read(path)
    first, *others = SYSTEMS.values()
    table(rows, [f"op/s: {first}", *others, *(f"{ours} / {other}" for other in OTHERS.values() for ours in OURS.values())], throughput)
    print()
    table(rows, [head for percentile in ("p50", "p99") for head in (f"{percentile} ms: {first}", *others)], latency)
    print()
    print(f"Medians of {rounds} round{'' if rounds == 1 else 's'}; the ratios are those of the medians. Reads are linearizable; "
          "ZooKeeper's are not, and so were not measured.")
    short = {f"{SYSTEMS[system]}: {op} by {clients:,} clients {len(of_row[system])}"
             for (op, clients), of_row in rows.items() for system in SYSTEMS if 0 < len(of_row[system]) < rounds}
    if short:
        print("From fewer rounds, since others failed: " + "; ".join(sorted(short)) + ".")


main(int(sys.argv[1]), sys.argv[2])
