#!/usr/bin/env bash
# Many groups that have nothing to do: how long three nodes take until each group has a leader that all of them know, what they cost
# then, and how long that takes again after kill -9: of one node (the others lead its groups; it is back), and of all.
# usage: idle-groups.sh [GROUPS=10000]
# prints: idle groups=N: led after S s; memory M MiB, idle C % of a core (the largest of three); killed one: led after S s, it is back after S s, and leads three tenths of all after S s; all: led after S s
. "$(dirname "$0")/cluster.sh"
groups=$(number "${1:-10000}" GROUPS)

echo "paxos.registers.groups = $groups" >>"$work/more.conf"
[[ -n ${CONFIG:-} ]] || options+=(--config "$work/more.conf")

ticks() { awk '{ print $14 + $15 }' "/proc/${pids[$1]}/stat"; }
since() { seconds $(($(now_ms) - $1)); }

idle() { # percent of a core, in 20 s
  local id before=() all=()
  for id in "${ids[@]}"; do before+=("$(ticks "$id")"); done
  sleep 20
  for id in "${ids[@]}"; do
    all+=($((($(ticks "$id") - before[0]) * 100 / (20 * $(getconf CLK_TCK)))))
    before=("${before[@]:1}")
  done
  max "${all[@]}"
}

# Every group is led by a node that is up, as the node knows.
until_led_without() { # ID DEAD
  local deadline=$((SECONDS + 600)) known
  while known=$(curl -sf --max-time 10 "$(http "$1")/v1/status") || true
    [[ -z $known || $known == *'"leader":null,"ballot"'* || $known == *"\"leader\":\"$2\""* ]]; do
    ((SECONDS < deadline)) || fail "node $1 knew of groups without a leader after 600 s."
    sleep 0.2
  done
}

until_leads() { # ID COUNT
  local deadline=$((SECONDS + 600))
  until (($(curl -sf --max-time 10 "$(http "$1")/v1/status" | grep -o "\"leader\":\"$1\"" | wc -l) >= $2)); do
    ((SECONDS < deadline)) || fail "node $1 did not lead $2 groups after 600 s."
    sleep 0.5
  done
}

began=$(now_ms)
start_all
led=$(since "$began")
sleep 10 # the leads are spread
cost=$(idle)
memory=$(max $(for id in "${ids[@]}"; do rss_mib "$id"; done))

began=$(now_ms)
kill_hard c
until_led_without a c
until_led_without b c
without=$(since "$began")
began=$(now_ms)
start c
until_ready c
back=$(since "$began")
until_leads c $((groups * 3 / 10))
spread=$(since "$began")

for id in "${ids[@]}"; do kill_hard "$id"; done
began=$(now_ms)
start_all
echo "idle groups=$groups: led after $led s; memory $memory MiB, idle $cost % of a core; killed one: led after $without s, it is back after $back s, and leads three tenths of all after $spread s; all: led after $(since "$began") s"
