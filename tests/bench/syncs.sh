#!/usr/bin/env bash
# Counts the syncs (fsync, fdatasync) of each node while one client writes, so that no two writes can share one: an acknowledged
# write is on the disks of two of three nodes when each of two nodes has synced at least once for each. With a leader and both
# followers up all three do. Then with many clients, which share them.
# usage: [CONFIG=FILE] syncs.sh [WRITES=500]      needs strace and the right to use it
# prints a line a measurement and node: writes, syncs, syncs a write; ends with 1 where a lone write had fewer than two nodes' syncs.
. "$(dirname "$0")/cluster.sh"
writes=$(number "${1:-500}" WRITES)
command -v strace >/dev/null || fail "strace is needed (Debian: strace)."

applied() { curl -sf "$(http "$1")/metrics" | awk '/^paxos_log_applied_commands_total/ { n += $2 } END { print n + 0 }'; }

# In one process with the warm-up of the bench, which is written too: all that the log applies meanwhile is counted.
measure() { # WHAT FLAGS...
  local id pid before after synced=0 tracers=() syncs
  before=$(applied "$leads")
  for id in "${ids[@]}"; do
    strace -f -q -e trace=fsync,fdatasync -o "$work/$id.trace" -p "${pids[$id]}" 2>/dev/null &
    tracers+=($!)
  done
  sleep 1 # until strace has hold of all threads
  bench "${@:2}" >/dev/null
  kill -INT "${tracers[@]}"
  wait "${tracers[@]}" || true
  after=$(applied "$leads")
  for id in "${ids[@]}"; do
    syncs=$(grep -cE '(fsync|fdatasync)(\(| resumed).*= 0$' "$work/$id.trace" || true)
    printf '%s, node %s%s: %d writes, %d syncs, %s a write\n' "$1" "$id" "$([[ $id != "$leads" ]] || echo ' (leader)')" \
      $((after - before)) "$syncs" "$(awk -v s="$syncs" -v w=$((after - before)) 'BEGIN { printf "%.2f", s / w }')"
    ((syncs < after - before)) || synced=$((synced + 1))
  done
  [[ $1 != one* ]] || ((synced >= 2)) || fail "fewer than two nodes have synced each write."
}

start_all
leads=$(leader)
measure "one client" --clients 1 --total "$writes"
measure "256 clients" --clients 256 --total $((writes * 40))
