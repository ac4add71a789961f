#!/usr/bin/env bash
# After many writes: how long one node takes to come back beside the others, how long all three take, and how much memory they
# then have.
# usage: restart.sh [WRITES=1000000] [KEYS=10000] [SIZE=256]
# prints: restart writes=N keys=K size=S: one X s, all Y s; memory before A MiB, after B MiB; data D MiB   (the largest of three)
. "$(dirname "$0")/cluster.sh"
writes=$(number "${1:-1000000}" WRITES) keys=$(number "${2:-10000}" KEYS) size=$(number "${3:-256}" SIZE)

start_all
"${paxos[@]}" bench --op write --clients 256 --size "$size" --total "$writes" --keys "$keys" --endpoints "$(endpoints a b c)" >&2
before=$(max $(for id in "${ids[@]}"; do rss_mib "$id"; done))

one=$([[ $(leader) == c ]] && echo b || echo c)
chosen=$(status a chosen)
kill_hard "$one"
began=$(now_ms)
start "$one"
until_ready "$one"
until_applied "$one" "$chosen"
alone=$(($(now_ms) - began))

chosen=$(status a chosen)
for id in "${ids[@]}"; do kill_hard "$id"; done
began=$(now_ms)
for id in "${ids[@]}"; do start "$id"; done
for id in "${ids[@]}"; do until_ready "$id"; until_applied "$id" "$chosen"; done
all=$(($(now_ms) - began))
after=$(max $(for id in "${ids[@]}"; do rss_mib "$id"; done))
data=$(max $(for id in "${ids[@]}"; do journal_mib "$id"; done))
echo "restart writes=$writes keys=$keys size=$size: one $(seconds $alone) s, all $(seconds $all) s; memory before $before MiB, after $after MiB; data $data MiB"
