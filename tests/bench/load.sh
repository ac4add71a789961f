#!/usr/bin/env bash
# Writes and linearizable reads of 256 bytes at three nodes on this machine, by 1, 16, 256 and 1,024 clients.
# usage: load.sh [SIZE=256]      prints for each: OP clients=N size=S: OP/S p50 p99 max   (ms)
. "$(dirname "$0")/cluster.sh"
size=$(number "${1:-256}" SIZE)

measure() { # OP CLIENTS TOTAL
  "${paxos[@]}" bench --op "$1" --clients "$2" --size "$size" --total "$3" --endpoints "$(endpoints a b c)"
}

start_all
measure write 256 5000 >/dev/null # warm-up
measure write 1 3000
measure write 16 20000
measure write 256 60000
measure write 1024 60000
measure read 1 3000
measure read 256 60000
