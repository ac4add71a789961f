"""The budget of a write, from two scrapes of each node's metrics and what the bench said.

usage: budget.py WORK LEADER CLIENTS NODE...
"""
import json
import os
import re
import sys


def read(path):
    found = {}
    with open(path) as lines:
        for line in lines:
            name, labels, value = re.match(r"(\w+)\{(.*)\} (\S+)", line).groups()
            kind = re.search(r'\b(?:stage|role)="([^"]*)"', labels).group(1)
            key = (kind, name.rsplit("_", 1)[1])
            found[key] = found.get(key, 0) + float(value)
    return found


def main(work, leader, clients, *nodes):
    # Microseconds, in the mean.
    means = {}
    for node in nodes:
        before, after = (read(os.path.join(work, f"{which}.{node}")) for which in ("before", "after"))
        grown = {key: value - before.get(key, 0) for key, value in after.items()}
        means[node] = {kind: grown[kind, "sum"] / grown[kind, "count"] * 1e6 for kind, what in grown if what == "count" and grown[kind, what] > 0}
    with open(os.path.join(work, f"result.{clients}")) as result:
        result = json.load(result)
    lead = means[leader]
    total = int(clients) / result["opsPerSecond"] * 1e6 # each client asks again at once
    # A quorum is the leader and the faster follower.
    journal = min(means[node]["log-acceptor"] for node in nodes if node != leader)
    stages = [
        ("the app and the wire, there and back", total - lead["call"]),
        ("in the leader: from the call to the proposer, and from the machine to the reply", lead["call"] - lead["queue"] - lead["apply"]),
        ("waiting for a slot", lead["queue"]),
        ("encoding, the wire and the hand-overs between the leader and a follower", lead["quorum"] - journal),
        ("a follower's journal, with its sync", journal),
        ("from the quorum until it is applied", lead["apply"] - lead["quorum"]),
    ]
    print(f"| {result['opsPerSecond']:,.0f} writes/s, {clients} client{'' if clients == '1' else 's'} | µs |")
    print("|---|--:|")
    for name, value in stages:
        print(f"| {name} | {value:,.0f} |")
    print(f"| **all** | **{total:,.0f}** |")
    print()
    print(f"Beside it, not in the sum: the leader's own journal, {lead['log-acceptor']:,.0f} µs.")


main(*sys.argv[1:])
