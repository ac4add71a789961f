"""What the writer's log says.

judge.py gap LOG FROM_MS TO_MS      the longest time without an acknowledged write between the two, in seconds; 'none' in front
                                    of it where there was no acknowledged write at all, '>' where it was not over at the end
judge.py check LOG URL...           reads every key at every node, there alone and by a quorum; prints: N keys right, or what is
                                    wrong, and ends with 1. Before it, the nodes must have applied the same slots.
"""
import http.client
import json
import sys
import time
from urllib.parse import urlsplit

CONVERGE_SECONDS = 15


def lines(path):
    with open(path) as log:
        for line in log:
            words = line.split()
            if len(words) == 5 and line.endswith("\n"):
                yield float(words[0]), *words[1:]


def gap(path, start, end):
    start, end = float(start) / 1000, float(end) / 1000
    acked = sorted(at for at, _, _, _, outcome in lines(path) if outcome == "ack" and start <= at <= end)
    if not acked:
        return f"none {end - start:.2f}"
    longest = max(later - earlier for earlier, later in zip([start, *acked], acked))
    open_end = end - acked[-1]
    return f">{open_end:.2f}" if open_end > longest else f"{longest:.2f}"


def get(connection, path):
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def applied(connection):
    try:
        return [group["applied"] for group in json.loads(get(connection, "/v1/status")[1])["groups"]]
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        connection.close()
        return None


# Equal twice, a moment apart: nothing is under way any more.
def converged(connections):
    deadline = time.monotonic() + CONVERGE_SECONDS
    before = None
    while time.monotonic() < deadline:
        now = [applied(connection) for connection in connections]
        if None not in now and now[0] and all(one == now[0] for one in now) and now == before:
            return None
        before = now
        time.sleep(0.3)
    return f"the nodes have not applied the same after {CONVERGE_SECONDS} s: {before}"


def allowed_values(path):
    allowed = {}
    for _, _, key, value, outcome in lines(path):
        if outcome == "ack":
            allowed[key] = [value]
        elif outcome == "unknown":
            allowed.setdefault(key, [None]).append(value)
    return allowed


def check(path, urls):
    connections = [http.client.HTTPConnection(urlsplit(url).netloc, timeout=6) for url in urls]
    if mistake := converged(connections):
        return mistake, 1
    allowed = allowed_values(path)
    for key, values in allowed.items():
        for connection, url in zip(connections, urls):
            for consistency in ("local", "linearizable"):
                status, value = get(connection, f"/v1/registers/{key}?consistency={consistency}")
                found = value if status == 200 else None if status == 404 else f"HTTP {status}"
                if found not in values:
                    return f"{key} at {url} ({consistency}): {found}, not {' or '.join(map(str, values))}", 1
    return f"{len(allowed)} keys right", 0


def main():
    if sys.argv[1] == "gap":
        print(gap(*sys.argv[2:]))
        return 0
    verdict, code = check(sys.argv[2], sys.argv[3:])
    print(verdict)
    return code


sys.exit(main())
