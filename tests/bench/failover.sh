#!/usr/bin/env bash
# From kill -9 of the leader to the next acknowledged write, at whichever of the others answers first.
# usage: failover.sh [ROUNDS=20]      prints: failover rounds=N: median M worst W   (ms)
. "$(dirname "$0")/cluster.sh"
rounds=$(number "${1:-20}" ROUNDS)

# Writes at one node, one after the other, until one is acknowledged; then says when that was.
until_written() { # ID FILE
  local written=
  until [[ $written == 20[01] ]]; do
    written=$(curl -s -o /dev/null -w '%{http_code}' --max-time 10 -X PUT -d x "$(http "$1")/v1/registers/failover" || true)
  done
  now_ms >"$2"
}

start_all
times=()
for ((round = 1; round <= rounds; round++)); do
  until_written a "$work/before" # service is whole
  dead=$(leader)
  writers=() files=()
  killed=$(now_ms)
  kill_hard "$dead"
  for id in "${!pids[@]}"; do
    files+=("$work/written-$id")
    until_written "$id" "$work/written-$id" &
    writers+=($!)
  done
  wait "${writers[@]}"
  times+=($(($(sort -n "${files[@]}" | head -1) - killed)))
  start "$dead"
  until_ready "$dead"
done
sorted=($(printf '%s\n' "${times[@]}" | sort -n))
echo "failover rounds=$rounds: median ${sorted[$((rounds / 2))]} worst ${sorted[-1]}   (ms)"
