#!/usr/bin/env bash
# How long nobody's write is acknowledged: under each fault, and for 5 s after its end. Every node has a writer, one write after
# the other, 20 ms between them; acknowledged is what any node acknowledges. After each fault all nodes must have applied the same,
# and hold every acknowledged write.
# usage: [NODES='a b c d e'] availability.sh [FAULT...]      default: all; with five nodes, the partial partitions; prints a row a fault, and ends with 1 where a write is lost
. "$(dirname "$0")/inside.sh"
faults=$(cd "$(dirname "$0")" && pwd)
read -ra ids <<<"${NODES:-a b c}"
. "$faults/../bench/cluster.sh"
. "$faults/network.sh"
. "$faults/writing.sh"

held=${HELD:-5} # seconds that a fault lasts
after=5

# Each fault has a function FAULT_begin, that sets `began` just before it strikes, and FAULT_end, that sets `ended`.
measure() { # FAULT ETCD GOAL TEXT
  local fault=$1 etcd=$2 goal=$3 text=$4 during afterwards urls=() verdict=met checked id began ended
  for id in "${ids[@]}"; do until_ready "$id"; urls+=("$(http "$id")"); done
  leads=$(leader)
  follows=$(others "$leads" | sed -n 1p)
  begin_writing
  "${fault}_begin"
  sleep "$held"
  ended=$(now_ms)
  "${fault}_end"
  for id in "${ids[@]}"; do [[ -n ${pids[$id]:-} ]] || start "$id"; done
  sleep "$after"
  during=$(gap "$began" "$ended") afterwards=$(gap "$ended" $((ended + after * 1000)))
  for id in "${ids[@]}"; do until_ready "$id"; done
  end_writing
  checked=$(python3 "$faults/judge.py" check "$log" "${urls[@]}" 2>&1 | tail -1) || wrong=1
  within "$during" "$goal" && within "$afterwards" "$goal" || verdict=MISSED
  row "$text" "$during" "$afterwards" "$etcd" "$goal" "$verdict" "$checked"
}

strike() { began=$(now_ms); }

nothing_begin() { strike; }
nothing_end() { :; }

leader_killed_begin() { strike; kill_hard "$leads"; }
leader_killed_end() { :; } # it is started

follower_killed_begin() { strike; kill_hard "$follows"; }
follower_killed_end() { :; }

leader_paused_begin() { strike; kill -STOP "${pids[$leads]}"; }
leader_paused_end() { kill -CONT "${pids[$leads]}"; }

# Counted from when all of them answer again, ready or not.
all_killed_begin() {
  local id
  strike
  for id in "${ids[@]}"; do kill_hard "$id"; done
  for id in "${ids[@]}"; do start "$id"; done
  for id in "${ids[@]}"; do until curl -sf -o /dev/null --max-time 1 "$(http "$id")/health/live"; do sleep 0.02; done; done
  strike
}
all_killed_end() { :; }

leader_cut_off_begin() { strike; cut_between "$leads" "$(others "$leads" | xargs)"; }
follower_cut_off_begin() { strike; cut_between "$follows" "$(others "$follows" | xargs)"; }
deaf_leader_begin() { strike; deafen "$leads" $(others "$leads"); }
loss_begin() { strike; lose 10; }

# All hear only the hub.
quorum_loss_begin() {
  local one rest
  strike
  for one in "$leads" $(others "$leads" | tail -n +2); do
    rest=$(others "$one" | grep -vx "$follows")
    deafen "$one" $rest
  done
}

# The same, and the leader and the hub do not hear each other either.
constrained_begin() {
  quorum_loss_begin
  cut_between "$leads" "$follows"
}

# Two sides that do not hear each other, and one node that hears both: the leader is on one of them.
bridge_begin() {
  local rest=($(others "$leads" | tail -n +2))
  strike
  cut_between "$leads ${rest[0]}" "${rest[1]} ${rest[2]}"
}

# Each hears the one before it and the one behind it; the leader is at an end.
chained_begin() {
  local chain=("$leads" $(others "$leads")) i j
  strike
  for i in "${!chain[@]}"; do
    local far=()
    for j in "${!chain[@]}"; do ((j < i - 1 || j > i + 1)) && far+=("${chain[j]}"); done
    deafen "${chain[i]}" "${far[@]}"
  done
}

for cut in leader_cut_off follower_cut_off deaf_leader loss quorum_loss constrained bridge chained; do
  eval "${cut}_end() { ((\$(dropped) > 0)) || fail 'no packet was dropped: the fault did not happen.'; heal; }"
done

wanted=("$@")
measure_if_wanted() { # FAULT ...
  [[ ${#wanted[@]} == 0 || " ${wanted[*]} " == *" $1 "* ]] || return 0
  case $1 in
    nothing | leader_killed | follower_killed | leader_paused | all_killed) measure "$@" ;;
    *) if [[ -n $network ]]; then measure "$@"; else skipped "$4" "$no_network"; fi ;;
  esac
}

command -v python3 >/dev/null || { skipped "availability" "there is no python3"; exit 0; }
row "${#ids[@]} nodes, $(date -u '+%F %R'), load $(cut -d' ' -f1 /proc/loadavg)" "during s" "after s" "etcd 3.4 (s)" goal "" "acknowledged writes"
start_all
if ((${#ids[@]} == 3)); then
  measure_if_wanted nothing - 0.2 "nothing at all"
  measure_if_wanted leader_killed "1.0-1.3" 1.0 "leader killed, and started again"
  measure_if_wanted follower_killed - 0.2 "follower killed, and started again"
  measure_if_wanted leader_paused "1.0-1.2" 1.0 "leader paused"
  measure_if_wanted leader_cut_off "1.1-1.4, after 1.5-3.4" 1.0 "leader cut off"
  measure_if_wanted follower_cut_off "2.1-6.1" 0.2 "follower cut off"
  measure_if_wanted deaf_leader "1.2-1.8" 1.0 "deaf leader"
  measure_if_wanted loss "0.6-0.8" 1.0 "10 % of packets lost"
  measure_if_wanted all_killed "0.4-0.5" 1.0 "all killed, from when they are up"
else
  measure_if_wanted quorum_loss "3.7-13.5" 2.0 "quorum loss"
  measure_if_wanted constrained "no service" 2.0 "constrained"
  measure_if_wanted bridge "5.8-13.4" 2.0 "bridge"
  measure_if_wanted chained - 2.0 "chained"
fi
exit $wrong
