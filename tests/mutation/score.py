#!/usr/bin/env python3
"""Adds up Stryker's reports: what survived, then a row a folder. Ends with 1 where the whole is below --at-least (in %).

usage: score.py [--at-least PERCENT] [--survivors] REPORT...

With --survivors it prints the lines that hold survivors instead, as patterns of files for Stryker; those too where the tests did not
end in time, which a busy machine may have done.

A report is a mutation-report.json. Of a mutant that two of them measured the later one counts, and of a file that has changed
between them the later one alone. Killed and timeout are detected; survived and covered by no test are not; what did not compile, or
was left out on purpose, is no mutant.
"""
import argparse
import collections
import json
import sys

DETECTED = ("Killed", "Timeout")
MISSED = ("Survived", "NoCoverage")


def text(source, location):
    start, end = location["start"], location["end"]
    lines = source.split("\n")[start["line"] - 1:end["line"]]
    lines[-1] = lines[-1][:end["column"] - 1]
    lines[0] = lines[0][start["column"] - 1:]
    return " ".join(line.strip() for line in lines)


def key(mutant):
    return mutant["mutatorName"], json.dumps(mutant["location"], sort_keys=True), mutant["replacement"]


def spans(source, locations):
    """The lines of these places, in characters from the beginning: {from..to}{from..to}."""
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    merged = []
    for first, last in sorted({(starts[at["start"]["line"] - 1], starts[at["end"]["line"]]) for at in locations}):
        if merged and first <= merged[-1][1]:
            merged[-1][1] = max(last, merged[-1][1])
        else:
            merged.append([first, last])
    return "".join(f"{{{first}..{last}}}" for first, last in merged)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--at-least", type=float, default=0)
    options.add_argument("--survivors", action="store_true")
    options.add_argument("reports", nargs="+")
    options = options.parse_args()

    sources, files = {}, {}
    for path in options.reports:
        with open(path, encoding="utf-8") as report:
            for name, measured in json.load(report)["files"].items():
                mutants = {key(mutant): mutant for mutant in measured["mutants"] if mutant["status"] in DETECTED + MISSED}
                if not mutants:
                    continue
                name = name.replace("\\", "/").split("Paxos.Protocol/")[-1]
                if sources.get(name) != measured["source"]:
                    sources[name], files[name] = measured["source"], {}
                files[name].update(mutants)

    if options.survivors:
        for name, mutants in sorted(files.items()):
            missed = [mutant["location"] for mutant in mutants.values() if mutant["status"] in (*MISSED, "Timeout")]
            if missed:
                print(f"**/{name}{spans(sources[name], missed)}")
        return

    folders = collections.defaultdict(collections.Counter)
    for name, mutants in files.items():
        folder = name.split("/")[0] if "/" in name else "."
        folders[folder].update(mutant["status"] for mutant in mutants.values())

    def row(name, count):
        detected, missed = (sum(count[status] for status in group) for group in (DETECTED, MISSED))
        score = 100 * detected / (detected + missed) if detected + missed else 100
        print(f"{name:<16} {detected + missed:>8} {count['Killed']:>8} {count['Timeout']:>8} {count['Survived']:>9} "
              f"{count['NoCoverage']:>12} {score:>7.2f} %")
        return score

    for name, mutants in sorted(files.items()):
        for mutant in mutants.values():
            if mutant["status"] in MISSED:
                print(f"{name}:{mutant['location']['start']['line']}: {mutant['status']}: {text(sources[name], mutant['location'])[:100]}"
                      f"  ->  {' '.join(mutant['replacement'].split())[:100]}")
    print(f"\n{'folder':<16} {'mutants':>8} {'killed':>8} {'timeout':>8} {'survived':>9} {'no coverage':>12} {'score':>9}")
    for folder, count in sorted(folders.items()):
        row(folder, count)
    score = row("all", sum(folders.values(), collections.Counter()))
    sys.exit(score < options.at_least)


main()
