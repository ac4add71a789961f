#!/usr/bin/env bash
# Full disks under load: each node's directory is on a small tmpfs of its own. One is filled to the last byte and freed again, the
# leader's, then a follower's, then all three. The others go on; a node that cannot write is not ready and says why; where none can
# write, writes fail with an answer and what is there can still be read; when there is space again, service returns by itself.
# usage: full-disk.sh      prints a row a fault, as availability.sh does
. "$(dirname "$0")/inside.sh"
faults=$(cd "$(dirname "$0")" && pwd)
. "$faults/../bench/cluster.sh"
. "$faults/writing.sh"
held=8 after=5

[[ -n $inside ]] || { skipped "full disk" "this needs root, and a mount namespace of its own (unshare)"; exit 0; }
command -v python3 >/dev/null || { skipped "full disk" "there is no python3"; exit 0; }
for id in "${ids[@]}"; do
  mkdir "$work/$id"
  mount -t tmpfs -o size=48m none "$work/$id" 2>/dev/null || { skipped "full disk" "no tmpfs can be mounted"; exit 0; }
done

trap 'umount -l "$work"/[abc] 2>/dev/null; end' EXIT

fill() { cat /dev/zero >"$work/$1/ballast" 2>/dev/null || true; }
free_again() { rm "$work/$1/ballast"; }

# What a node says for not being ready, within this fault. It says nothing while its write-ahead log has room for what comes.
until_it_says() { # ID
  local deadline=$((SECONDS + held))
  until curl -s --max-time 2 "$(http "$1")/health/ready" | grep -q full; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

measure() { # GOAL TEXT ID...
  local goal=$1 text=$2 id silent=0 answer key began ended during afterwards checked verdict=met said= urls=()
  shift 2
  for id in "${ids[@]}"; do until_ready "$id"; urls+=("$(http "$id")"); done
  begin_writing
  began=$(now_ms)
  for id in "$@"; do fill "$id"; done
  for id in "$@"; do until_it_says "$id" || silent=$((silent + 1)); done
  # Where all are full, the last one may have nothing to write any more: there is no quorum without it.
  ((silent == 0 || (silent == 1 && $# == ${#ids[@]}))) || said="$silent did not say that the disk is full. "
  if (($# == ${#ids[@]})); then
    sleep 1
    answer=$(curl -s -o /dev/null -w '%{http_code}' --max-time 10 -X PUT -d x "$(http a)/v1/registers/full" || true)
    [[ $answer == 50[34] ]] || said+="a write with all disks full: HTTP $answer"
    key=$(awk '$5 == "ack" { key = $3 } END { print key }' "$log")
    curl -sf -o /dev/null --max-time 5 "$(http a)/v1/registers/$key?consistency=local" || said+="nothing can be read with all disks full"
  fi
  while (($(now_ms) < began + held * 1000)); do sleep 0.1; done
  ended=$(now_ms)
  for id in "$@"; do free_again "$id"; done
  sleep "$after"
  during=$(gap "$began" "$ended") afterwards=$(gap "$ended" $((ended + after * 1000)))
  for id in "${ids[@]}"; do until_ready "$id"; done
  end_writing
  checked=$(python3 "$faults/judge.py" check "$log" "${urls[@]}" 2>&1 | tail -1) || wrong=1
  [[ -z $said ]] || wrong=1
  if [[ $goal == - ]]; then verdict=; else within "$during" "$goal" && within "$afterwards" "$goal" || verdict=MISSED; fi
  row "$text" "$during" "$afterwards" "-" "$goal" "$verdict" "$checked${said:+; $said}"
}

row "3 nodes, $(date -u '+%F %R'), load $(cut -d' ' -f1 /proc/loadavg)" "during s" "after s" "etcd 3.4 (s)" goal "" "acknowledged writes"
start_all
leads=$(leader)
measure 1.0 "the leader's disk full, then freed" "$leads"
leads=$(leader)
measure 0.2 "a follower's disk full, then freed" "$(others "$leads" | sed -n 1p)"
measure - "all disks full, then freed" "${ids[@]}"
exit $wrong
