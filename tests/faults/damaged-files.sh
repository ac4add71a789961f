#!/usr/bin/env bash
# Files that a disk has damaged: in a file of a stopped node one bit is flipped, or its end is lost; then the node is started beside
# the two others. Either it serves, with every register as the others have it, or it takes no part and names the file. Where
# the end of journal.db-wal is gone the node cannot see that: the others tell it that its directory is older than what they heard
# of it. Anything else is a failure: another answer, an end without a word, no end of starting.
# usage: damaged-files.sh [TRIES=40] [SEED=1] [FILE=all]      FILE: identity, journal.db, journal.db-wal or snapshot; prints a table, file by file; a failure's seed, and what the node said
. "$(dirname "$0")/inside.sh"
faults=$(cd "$(dirname "$0")" && pwd)
options=(--config "$faults/small-snapshots.conf")
. "$faults/../bench/cluster.sh"
tries=$(number "${1:-40}" TRIES)
seed=$(number "${2:-1}" SEED)
bound=30 # seconds until a node has to serve or to say something

command -v python3 >/dev/null || { skipped "damaged files" "there is no python3"; exit 0; }
declare -A tried=() harmless=() refused=() old=() failed=()

registers() { curl -sf --max-time 5 "$(http "$1")/v1/registers?prefix=&limit=1000&consistency=local" || true; }
decision() { curl -sf --max-time 6 "$(http "$1")/v1/decisions/$2" || true; }
said() { curl -sf --max-time 2 "$(http c)/v1/status" || true; curl -s --max-time 2 "$(http c)/health/ready" || true; cat "$work/c.log"; }

names() { # FILE: what it says, where it takes no part
  local what
  what=$(said)
  if grep -q "$1" <<<"$what"; then echo refused; elif grep -q 'is an older copy' <<<"$what"; then echo "refused as old"; else return 1; fi
}

outcome() { # FILE
  local deadline=$((SECONDS + bound)) since=
  while ((SECONDS < deadline)); do
    kill -0 "${pids[c]}" 2>/dev/null || { names "$1" || echo "ended without naming the file"; return; }
    curl -sf -o /dev/null --max-time 2 "$(http c)/health/ready" && { echo serves; return; }
    if curl -sf --max-time 2 "$(http c)/v1/status" | grep -qE '"state":"(refused|failed)"'; then
      names "$1" && return
      since=${since:-$SECONDS}
      ((SECONDS < since + 3)) || { echo "refused without naming the file"; return; }
    fi
    sleep 0.1
  done
  names "$1" || echo "neither served nor named the file within $bound s"
}

# The registers of c, which it has when it has applied all, and the decisions, which it finds out.
judge_values() {
  local deadline=$((SECONDS + 20)) i here there
  until here=$(registers c) there=$(registers a) && [[ -n $here && $here == "$there" ]]; do
    ((SECONDS < deadline)) || {
      cp "$work/c.log" "$work/differs-$try.log"
      echo "other registers than those of a after 20 s: applied $(status c applied) and $(status a applied), $(said | grep -o '"reason":"[^"]*' | head -1)" \
        "$(diff <(tr '}' '\n' <<<"$here") <(tr '}' '\n' <<<"$there") | grep -c '^<') items differ"
      return
    }
    sleep 0.1
  done
  for i in 1 2 3; do [[ $(decision c "decided-$i") == "value-$i" ]] || { echo "another decision for decided-$i"; return; }; done
  echo harmless
}

# After a failure it may have written something or nothing: it begins anew, as a node does that lost its disk.
begin_anew() {
  local deadline=$((SECONDS + 60))
  rm -rf "$work/c" "$work/whole"
  start c --join
  until "${paxos[@]}" members replace c --endpoints "$(endpoints a b)" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || fail "c could not be replaced within 60 s."
    sleep 0.2
  done
  until_ready c
  until_applied c "$(status a applied)"
  kill_hard c
  cp -r "$work/c" "$work/whole"
}

start_all
"${paxos[@]}" bench --op write --clients 8 --size 300 --keys 300 --total 3000 --endpoints "$(endpoints a b c)" >/dev/null
for i in 1 2 3; do curl -sf -o /dev/null -d "value-$i" "$(http a)/v1/decisions/decided-$i"; done
"${paxos[@]}" leader transfer a --endpoints "$(endpoints a b c)" >/dev/null
until_applied c "$(status a applied)"
[[ -n $(registers a) && $(registers c) == "$(registers a)" ]] || fail "c differs from a before anything is damaged."
kill_hard c
cp -r "$work/c" "$work/whole"

# Each time the node is given what it had when it last ran, and one damaged file.
for ((try = 0; try < tries; try++)); do
  rm -rf "$work/c"
  cp -r "$work/whole" "$work/c"
  : >"$work/c.log"
  files=("$work"/c/identity "$work"/c/journal.db "$work"/c/journal.db-wal "$(ls "$work"/c/snapshots/*.snapshot | sort -V | tail -1)")
  [[ -z ${3:-} ]] || files=("$(printf '%s\n' "${files[@]}" | grep -E "/$3\$|\.$3\$")")
  file=${files[try % ${#files[@]}]}
  kind=flip
  ((try / ${#files[@]} % 4 < 3)) || kind=truncate
  name=$(basename "$file")
  column=$name
  [[ $name != *.snapshot ]] || column=snapshot
  cp "$file" "$work/undamaged"
  where=$(python3 "$faults/damage.py" "$file" "$kind" "$seed-$try")
  start c
  found=$(outcome "${name%-wal}")
  [[ $found != serves ]] || found=$(judge_values)
  # It may have ended by itself.
  kill -9 "${pids[c]}" 2>/dev/null || true
  wait "${pids[c]}" 2>/dev/null || true
  unset 'pids[c]'
  tried[$column]=$((${tried[$column]:-0} + 1))
  case $found in
    harmless) harmless[$column]=$((${harmless[$column]:-0} + 1)) ;;
    "refused as old") old[$column]=$((${old[$column]:-0} + 1)) ;;
    refused) refused[$column]=$((${refused[$column]:-0} + 1)) ;;
    *)
      failed[$column]=$((${failed[$column]:-0} + 1))
      echo "FAILED: $column, $where (try $try, seed $seed): $found"
      tail -15 "$work/c.log" | cut -c1-300 | sed 's/^/    /'
      ;;
  esac
  [[ $found == harmless || $found == refused* && $found != *without* ]] || begin_anew
  [[ -z ${VERBOSE:-} ]] || echo "$column, $where: $found"
  # A node that served has written since: from now on that is what it had, with what did it no harm. A snapshot never changes, so
  # that one is made whole again.
  if [[ $found == harmless ]]; then
    rm -rf "$work/whole"
    cp -r "$work/c" "$work/whole"
    [[ $column != snapshot || ! -f $work/whole/snapshots/$name ]] || cp "$work/undamaged" "$work/whole/snapshots/$name"
  fi
done

printf '%-16s %6s %9s %20s %20s %8s\n' "damaged file" tried harmless "refused, file named" "refused, older copy" failure
for column in identity journal.db journal.db-wal snapshot; do
  printf '%-16s %6d %9d %20d %20d %8d\n' "$column" "${tried[$column]:-0}" "${harmless[$column]:-0}" "${refused[$column]:-0}" \
    "${old[$column]:-0}" "${failed[$column]:-0}"
done
((${#failed[@]} == 0))
