#!/usr/bin/env bash
# Disks that fail under load: in a node's journal every sync, or every write, ends with an input/output error for a while; at the
# leader, at a follower, at all three; and a node is started whose journal can't be read. Others go on; a node that cannot write
# is not ready and says so, and one that cannot read names the file and takes no part. Where no node can make anything durable, no
# write is acknowledged. When the disks work again service returns, and every acknowledged write is there.
# usage: bad-disk.sh      prints a row a fault, as availability.sh does
. "$(dirname "$0")/inside.sh"
faults=$(cd "$(dirname "$0")" && pwd)
. "$faults/../bench/cluster.sh"
. "$faults/writing.sh"
held=8 after=5

command -v python3 >/dev/null || { skipped "bad disks" "there is no python3"; exit 0; }
[[ $(uname -s) == Linux ]] && need cc gcc && cc -shared -fPIC -O2 -Wall -o "$work/bad-disk.so" "$faults/bad-disk.c" -ldl \
  || { skipped "bad disks" "there is no C compiler for the library that fails a node's calls, or this is no Linux"; exit 0; }
for id in "${ids[@]}"; do mkdir "$work/bad-$id"; done
run_at() { exec env LD_PRELOAD="$work/bad-disk.so" BAD_DISK="$work/bad-$1" "${@:2}"; }

break_() { : >"$work/bad-$1/$2"; }
mend() { rm "$work/bad-$1/$2"; }
fired() { local count; count=$(stat -c %s "$work/bad-$1/$2.fired" 2>/dev/null || echo 0); rm -f "$work/bad-$1/$2.fired"; ((count > 0)); }
acknowledged() { awk -v from="$1" -v to="$2" '$5 == "ack" && $1 * 1000 >= from && $1 * 1000 <= to' "$log" | wc -l; }

# What a node says for not being ready, within this fault.
until_it_says() { # ID
  local deadline=$((SECONDS + held))
  until curl -s --max-time 2 "$(http "$1")/health/ready" | grep -q 'journal.db could not be written'; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

begin_measuring() {
  local id # the caller has one of its own
  urls=() said= verdict=met
  for id in "${ids[@]}"; do until_ready "$id"; urls+=("$(http "$id")"); done
  begin_writing
  began=$(now_ms)
}

end_measuring() { # GOAL TEXT: the disks are mended
  local goal=$1 text=$2 during afterwards checked id
  sleep "$after"
  during=$(gap "$began" "$ended") afterwards=$(gap "$ended" $((ended + after * 1000)))
  for id in "${ids[@]}"; do until_ready "$id"; done
  end_writing
  checked=$(python3 "$faults/judge.py" check "$log" "${urls[@]}" 2>&1 | tail -1) || wrong=1
  [[ -z $said ]] || wrong=1
  if [[ $goal == - ]]; then verdict=; else within "$during" "$goal" && within "$afterwards" "$goal" || verdict=MISSED; fi
  row "$text" "$during" "$afterwards" "-" "$goal" "$verdict" "$checked${said:+; $said}"
}

measure() { # GOAL TEXT CALL ID...
  local goal=$1 text=$2 call=$3 id silent=0 count key
  shift 3
  begin_measuring
  for id in "$@"; do break_ "$id" "$call"; done
  local broken
  broken=$(now_ms)
  for id in "$@"; do until_it_says "$id" || silent=$((silent + 1)); done
  # Where no node can write, the last one may have nothing to write any more: there is no quorum without it.
  ((silent == 0 || (silent == 1 && $# == ${#ids[@]}))) || said="$silent did not say that the journal could not be written. "
  while (($(now_ms) < began + held * 1000)); do sleep 0.1; done
  if (($# == ${#ids[@]})); then
    count=$(acknowledged $((broken + 200)) "$(now_ms)") # what had been synced before may be acknowledged a moment later
    ((count == 0)) || said+="$count writes were acknowledged that no disk had"
    key=$(awk '$5 == "ack" { key = $3 } END { print key }' "$log")
    curl -sf -o /dev/null --max-time 5 "$(http a)/v1/registers/$key?consistency=local" || said+="nothing can be read"
  fi
  ended=$(now_ms)
  for id in "$@"; do
    mend "$id" "$call"
    fired "$id" "$call" || fail "no $call of node $id failed: the fault did not happen."
  done
  end_measuring "$goal" "$text"
}

# A node that is started while its journal can't be read: it ends, or waits, and names the file.
unreadable() { # GOAL TEXT ID
  local goal=$1 text=$2 id=$3 deadline
  begin_measuring
  kill_hard "$id"
  break_ "$id" pread
  : >"$work/$id.log"
  start "$id"
  deadline=$((SECONDS + held + 20))
  until grep -q 'journal\.db' <(grep -v ' starts: ' "$work/$id.log"); do
    ((SECONDS < deadline)) || { said="it did not name the file. "; break; }
    sleep 0.1
  done
  while (($(now_ms) < began + held * 1000)); do sleep 0.1; done
  if kill -0 "${pids[$id]}" 2>/dev/null; then
    curl -sf -o /dev/null --max-time 2 "$(http "$id")/health/ready" && said+="it is ready. "
  else
    wait "${pids[$id]}" && said+="it ended with exit code 0. "
    unset "pids[$id]"
  fi
  ended=$(now_ms)
  mend "$id" pread
  fired "$id" pread || fail "no pread of node $id failed: the fault did not happen."
  [[ -n ${pids[$id]:-} ]] || start "$id"
  end_measuring "$goal" "$text"
}

row "3 nodes, $(date -u '+%F %R'), load $(cut -d' ' -f1 /proc/loadavg)" "during s" "after s" "etcd 3.4 (s)" goal "" "acknowledged writes"
start_all
for call in fsync pwrite; do
  leads=$(leader)
  measure 1.0 "every $call of the leader fails" $call "$leads"
  leads=$(leader)
  measure 0.2 "every $call of a follower fails" $call "$(others "$leads" | sed -n 1p)"
  measure - "every $call of all fails" $call "${ids[@]}"
done
leads=$(leader)
unreadable 0.2 "a follower starts, no pread works" "$(others "$leads" | sed -n 1p)"
exit $wrong
