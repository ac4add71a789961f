#!/usr/bin/env bash
# How long a node takes that was down while the others went on, from its start until it has applied all that they had.
# usage: catch-up.sh [MISSED=200000] [KEYS=10000] [SIZE=256]
# prints: catch-up missed=N keys=K size=S: ready X s, caught up Y s (from slot F to T)
. "$(dirname "$0")/cluster.sh"
missed=$(number "${1:-200000}" MISSED) keys=$(number "${2:-10000}" KEYS) size=$(number "${3:-256}" SIZE)

start_all
"${paxos[@]}" bench --op write --clients 16 --size "$size" --total 1000 --keys "$keys" --endpoints "$(endpoints a b c)" >&2
away=$([[ $(leader) == c ]] && echo b || echo c)
others=($(for id in "${ids[@]}"; do [[ $id == "$away" ]] || echo "$id"; done))
from=$(status "$away" applied)
kill_hard "$away"
"${paxos[@]}" bench --op write --clients 256 --size "$size" --total "$missed" --keys "$keys" --endpoints "$(endpoints "${others[@]}")" >&2
to=$(status "$(leader)" chosen)
began=$(now_ms)
start "$away"
until_ready "$away"
ready=$(($(now_ms) - began))
until_applied "$away" "$to"
caught=$(($(now_ms) - began))
echo "catch-up missed=$missed keys=$keys size=$size: ready $(seconds $ready) s, caught up $(seconds $caught) s (from slot $from to $to)"
