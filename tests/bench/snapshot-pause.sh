#!/usr/bin/env bash
# For how long a store of many registers stops the log while a snapshot of it is taken: writes at a rate that the nodes do easily, each
# measured from when it was due; first with no snapshot at all, then with one every few seconds, each on a cluster that was filled anew.
# With the journal of our own, unless CONFIG has another.
# usage: [CONFIG=FILE] snapshot-pause.sh [KEYS=1000000] [WRITES=30000]
# prints for each: what the writes took, and how many slots of the leader took more than 50 ms from the proposal until they were applied;
# and of each node its snapshots meanwhile, the longest time for which one stopped the log (since the node's start: of the small ones
# too, while it was filled) and the garbage collector's pauses in all. Ends with 1 where a snapshot stopped the log for more than 50 ms.
export CONFIG=${CONFIG:-$(dirname "$0")/../faults/sqlite-journal.conf}
. "$(dirname "$0")/cluster.sh"
keys=$(number "${1:-1000000}" KEYS)
writes=$(number "${2:-30000}" WRITES)
rate=500 # a slot for one or two of them
limit_ms=50
cp "$work/more.conf" "$work/given.conf"

metrics() { # WHEN
  sleep 1.5 # a scrape may be answered from one a moment ago
  for id in "${ids[@]}"; do curl -sf "$(http "$id")/metrics" >"$work/$1.$id"; done
}
# Of all its series that have the labels, without the time that may stand behind a value.
metric() { # WHEN ID NAME [LABELS]
  awk -F '} ' -v name="$3{" -v labels="${4:-}" 'index($0, name) == 1 && $1 ~ labels { split($2, value, " "); n += value[1] } END { printf "%.6f", n }' \
    "$work/$1.$2"
}
grown() { awk -v a="$(metric before "$@")" -v b="$(metric after "$@")" 'BEGIN { printf "%.6f", b - a }'; } # ID NAME [LABELS]
ms() { awk -v s="$1" 'BEGIN { printf "%.1f", s * 1000 }'; }

measure() { # WHAT SETTINGS
  local id leads result slots quick longest=0 fewest=1000000000
  cp "$work/given.conf" "$work/more.conf"
  echo "paxos.log { $2 }" >>"$work/more.conf"
  start_all
  bench --clients 256 --size 32 --keys "$keys" --total $((keys > 100000 ? keys : 100000)) >/dev/null # and the nodes' code is compiled
  metrics before
  result=$(bench --clients 64 --rate $rate --size 32 --keys "$keys" --total "$writes")
  metrics after
  leads=$(leader)
  slots=$(grown "$leads" paxos_log_stage_duration_seconds_count 'stage="apply"')
  quick=$(grown "$leads" paxos_log_stage_duration_seconds_bucket 'stage="apply".*le="0.05"')
  printf '%s, %s registers: %s; over %d ms: %.0f of %.0f slots\n' "$1" "$keys" "$result" $limit_ms "$(awk "BEGIN { print $slots - $quick }")" "$slots"
  for id in "${ids[@]}"; do
    printf '  node %s%s: %.0f snapshots, held the log for %s ms at most; collector %s ms, %.0f whole collections\n' \
      "$id" "$([[ $id != "$leads" ]] || echo ' (leader)')" "$(grown "$id" paxos_snapshot_writes_total)" \
      "$(ms "$(metric after "$id" paxos_snapshot_hold_longest_seconds)")" "$(ms "$(grown "$id" dotnet_gc_pause_time_seconds_total)")" \
      "$(grown "$id" dotnet_gc_collections_total 'gen2')"
    longest=$(max "$longest" "$(metric after "$id" paxos_snapshot_hold_longest_seconds)")
    fewest=$(printf '%.0f\n' "$fewest" "$(grown "$id" paxos_snapshot_writes_total)" | sort -n | head -1)
    kill_hard "$id"
    rm -rf "${work:?}/$id"
  done
  held=$(ms "$longest") snapshots=$fewest
}

measure "no snapshots" "snapshot-every-slots = 1000000000, snapshot-soonest-slots = 1000000000, snapshot-every-bytes = 2000000000"
((snapshots == 0)) || fail "there were snapshots all the same."
measure "snapshots" "snapshot-every-slots = 320" # and eight times as many of a state so large
((snapshots >= 3)) || fail "there were $snapshots snapshots: give it more writes."
awk -v held="$held" -v limit=$limit_ms 'BEGIN { exit held > limit }' || fail "a snapshot stopped the log for $held ms."
