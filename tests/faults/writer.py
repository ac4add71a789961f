"""Writes without end, one thread a node, and notes each write's outcome: what a client of the cluster goes through.

usage: writer.py LOG ID=URL...      until SIGTERM, and then to the end of the writes under way; a line a write: SECONDS ID KEY VALUE ack|no|unknown

Only one thread writes a key, one write after the other. After one of unknown outcome it goes on with another key: that write
may happen any time, even behind a later one.
"""
import http.client
import signal
import sys
import threading
import time
from urllib.parse import urlsplit

PAUSE = 0.02
TIMEOUT = 1.0
KEYS = 20


def write(connection, key, value):
    try:
        connection.request("PUT", f"/v1/registers/{key}", body=value)
        answer = connection.getresponse()
        answer.read()
    except ConnectionRefusedError:
        return "no"
    except (OSError, http.client.HTTPException):
        connection.close()
        return "unknown"
    if answer.status in (200, 201):
        return "ack"
    return "no" if answer.status == 503 else "unknown"


def run(node, url, log, ended):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT)
    keys = [f"written/{time.time_ns()}/{node}/{i}" for i in range(KEYS)]
    number = 0
    while not ended.is_set():
        number += 1
        at = number % KEYS
        outcome = write(connection, keys[at], str(number))
        log.write(f"{time.time():.3f} {node} {keys[at]} {number} {outcome}\n")
        if outcome == "unknown":
            keys[at] = f"written/{time.time_ns()}/{node}/{at}"
        time.sleep(PAUSE)


def main():
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    log = open(sys.argv[1], "a", buffering=1)
    for argument in sys.argv[2:]:
        node, url = argument.split("=", 1)
        threading.Thread(target=run, args=(node, url, log, ended)).start()


main()
