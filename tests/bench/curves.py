"""Draws what `curves` has measured.

usage: curves.py DIRECTORY WHERE WORK      WORK has a file for each curve: NAME, X and a result of `paxos bench --json`, tab-separated
"""
import collections
import html
import json
import os
import sys

CURVES = {
    "clients": ("Writes of 256 bytes by more clients", "clients"),
    "groups": ("Registers spread over more groups, 256 clients", "groups"),
    "nodes": ("More voters, 256 clients", "voters"),
    "size": ("Larger values, 16 clients", "bytes of a value"),
    "keys": ("More registers, 256 clients", "registers"),
    "watches": ("Watches on 1,000 registers that 256 clients write", "watches"),
    "paused": ("One follower of three stands still (SIGSTOP)", "clients"),
    "slow": ("One follower of three has a disk that syncs slowly", "clients"),
}
PANELS = (("operations/s", "opsPerSecond"), ("p50, ms", "p50Ms"), ("p99, ms", "p99Ms"))

# What the watches of a run were told, where there were some.
EVENTS = (("events/s", "eventsPerSecond"), ("p50 ms", "p50Ms"), ("p99 ms", "p99Ms"), ("longest ms", "maxMs"), ("missed", "missed"))
COLORS = ("#0b6e99", "#c4552d", "#5b7f2b")
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 300, 220, 58, 58, 46


def number(value):
    return f"{value:,.0f}" if value >= 100 or value == 0 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def read(path):
    series = collections.OrderedDict()
    with open(path) as lines:
        for line in lines:
            name, x, result = line.rstrip("\n").split("\t")
            series.setdefault(name, []).append((int(x), json.loads(result)))
    return series


def ceiling(value):
    """The next 1, 2, 2.5 or 5 times a power of ten."""
    power = 1.0
    while power * 10 <= value:
        power *= 10
    while power > value:
        power /= 10
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value)


def panel(left, head, field, series, xs):
    top = ceiling(max(result[field] for points in series.values() for _, result in points) or 1)
    step = (WIDTH - LEFT - 20) / max(1, len(xs) - 1)
    at = {x: left + LEFT + i * step for i, x in enumerate(xs)}
    y = lambda value: TOP + HEIGHT - value / top * HEIGHT
    yield f'<text x="{left + LEFT - 48}" y="{TOP - 10}" class="head">{html.escape(head)}</text>'
    for i in range(5):
        value = top * i / 4
        yield f'<line x1="{left + LEFT}" x2="{left + WIDTH - 20}" y1="{y(value):.1f}" y2="{y(value):.1f}" class="grid"/>'
        yield f'<text x="{left + LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{number(value)}</text>'
    for x in xs:
        yield f'<text x="{at[x]:.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{x:,}</text>'
    for color, points in zip(COLORS, series.values()):
        line = " ".join(f"{at[x]:.1f},{y(result[field]):.1f}" for x, result in points)
        yield f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>'
        for x, result in points:
            yield f'<circle cx="{at[x]:.1f}" cy="{y(result[field]):.1f}" r="3.5" fill="{color}"/>'


def draw(title, axis, where, series):
    xs = sorted({x for points in series.values() for x, _ in points})
    width, height = WIDTH * len(PANELS), TOP + HEIGHT + BOTTOM + 20
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">'
    yield f"<title>{html.escape(title)}</title>"
    yield ("<style>text{font:11px sans-serif;fill:#333}.title{font-size:14px;font-weight:bold}.head{font-weight:bold}"
           ".grid{stroke:#ddd}</style>")
    yield f'<rect width="{width}" height="{height}" fill="#fff"/>'
    yield f'<text x="10" y="22" class="title">{html.escape(title)}</text>'
    x = width - 20
    for color, name in reversed(list(zip(COLORS, series))):
        yield f'<text x="{x}" y="22" text-anchor="end" style="fill:{color}">{html.escape(name)}</text>'
        x -= 8 * len(name) + 20
    for i, (head, field) in enumerate(PANELS):
        yield from panel(i * WIDTH, head, field, series, xs)
        yield f'<text x="{i * WIDTH + (WIDTH + LEFT - 20) / 2:.0f}" y="{TOP + HEIGHT + 36}" text-anchor="middle">{html.escape(axis)}</text>'
    yield f'<text x="10" y="{height - 6}" style="font-size:9px;fill:#777">{html.escape(where)}</text>'
    yield "</svg>"


def main(out, where, work):
    page = ["# Curves", "", f"Made by `tests/bench/curves`; {where}. What is measured is writes, through `PaxosClient`.", ""]
    for curve, (title, axis) in CURVES.items():
        path = os.path.join(work, curve)
        if not os.path.exists(path):
            continue
        series = read(path)
        with open(os.path.join(out, curve + ".svg"), "w") as svg:
            svg.write("\n".join(draw(title, axis, where, series)) + "\n")
        page += [f"## {title}", "", f"![{title}]({curve}.svg)", "", f"| | {axis} | operations/s | p50 ms | p99 ms | longest ms |", "|---|--:|--:|--:|--:|--:|"]
        page += [f"| {name} | {x:,} | {number(r['opsPerSecond'])} | {number(r['p50Ms'])} | {number(r['p99Ms'])} | {number(r['maxMs'])} |"
                 for name, points in series.items() for x, r in points]
        page.append("")
        watched = [(name, x, r["watch"]) for name, points in series.items() for x, r in points if "watch" in r]
        if watched:
            page += ["What the watches were told, from the beginning of a write:", "",
                     f"| | {axis} | {' | '.join(head for head, _ in EVENTS)} |", "|---|--:|" + "--:|" * len(EVENTS)]
            page += [f"| {name} | {x:,} | {' | '.join(number(watch[field]) for _, field in EVENTS)} |" for name, x, watch in watched]
            page.append("")
    with open(os.path.join(out, "README.md"), "w") as readme:
        readme.write("\n".join(page).rstrip() + "\n")


main(*sys.argv[1:])
