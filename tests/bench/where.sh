#!/usr/bin/env bash
# Where the CPU goes while 256 clients write: microseconds of CPU an operation, by stage, in the leader, in a follower and in the
# process with the clients. Sampled by Linux perf; a stage is what stands deepest in a sample's stack (where.py has the list).
# usage: [CONFIG=FILE] where.sh [CLIENTS=256] [SIZE=256]      needs perf (linux-perf) and the right to use it
. "$(dirname "$0")/cluster.sh"
clients=$(number "${1:-256}" CLIENTS)
size=$(number "${2:-256}" SIZE)
command -v perf >/dev/null && command -v python3 >/dev/null || fail "perf (Debian: linux-perf) and python3 are needed."
# Names for what is compiled at run time, which perf can't find behind a second mapping.
export DOTNET_PerfMapEnabled=1 DOTNET_EnableWriteXorExecute=0
seconds=8

write() { # TOTAL: takes the place of this process
  exec "${paxos[@]}" bench --op write --clients "$clients" --size "$size" --total "$1" --endpoints "$(endpoints "${ids[@]}")"
}

start_all
(DOTNET_PerfMapEnabled=0 write 400000) >/dev/null # until what is hot is compiled for good, the compiler is most of it
write 10000000 >"$work/written" &
pids[bench]=$!
sleep 6
leads=$(leader)
follows=$(others "$leads" | sed -n 1p)
before=$(curl -s "$(http "$leads")/metrics" | awk '/^paxos_log_applied_commands_total/ { print $2 }')
for one in leader:$leads follower:$follows clients:bench; do
  perf record -q -F 499 -g -p "${pids[${one#*:}]}" -o "$work/${one%:*}.data" sleep $seconds 2>/dev/null &
  recording+=($!)
done
wait "${recording[@]}"
after=$(curl -s "$(http "$leads")/metrics" | awk '/^paxos_log_applied_commands_total/ { print $2 }')
maps=()
for pid in "${pids[@]}"; do maps+=("/tmp/perf-$pid.map" "/tmp/perfinfo-$pid.map"); done # where perf looks for them
kill_hard bench
for one in leader follower clients; do perf script -i "$work/$one.data" -F comm,ip,sym 2>/dev/null >"$work/$one.txt"; done
rm -f "${maps[@]}"
python3 "$here/where.py" 499 "$seconds" "$before" "$after" "$work"/{leader,follower,clients}.txt
