#!/usr/bin/env bash
# Measurements of one cluster that is started anew, one after the other: what `curves` is made of.
# usage: [IDS="a b c"] [CONFIG=FILE] [PAUSED=1] [SLOW=follower|leader:MICROSECONDS] series.sh NAME X "FLAGS" [X "FLAGS"]...
#   NAME, X: of the curve and of a point on it; FLAGS: of `paxos bench`; PAUSED: one follower is stopped (SIGSTOP) meanwhile;
#   SLOW: each sync of that node's disk takes so much longer meanwhile. It needs strace, which slows the node by itself: SLOW=follower:0
#   is what to compare with.
# prints, for each: NAME, X and what `paxos bench --json` printed, with tabs between them.
read -ra ids <<<"${IDS:-a b c}"
. "$(dirname "$0")/cluster.sh"
name=$1
shift
bench() { timeout 240 "${paxos[@]}" bench --endpoints "$(endpoints "${running[@]}")" "$@"; }
running=("${ids[@]}")
[[ -z ${SLOW:-} ]] || command -v strace >/dev/null || fail "strace is needed (Debian: strace)."

slow_down() {
  local delay=()
  ((${SLOW#*:} == 0)) || delay=(-e "inject=fsync,fdatasync:delay_exit=${SLOW#*:}")
  strace -f -q -e trace=fsync,fdatasync "${delay[@]}" -o "$work/slow.trace" -p "${pids[$slow]}" 2>/dev/null &
  tracer=$!
  sleep 1 # until strace has hold of all threads
}

speed_up() { # WHAT
  local slowed='= 0'
  ((${SLOW#*:} == 0)) || slowed='= 0 \(DELAYED\)'
  kill -INT "$tracer"
  wait "$tracer" || true
  grep -qE "$slowed\$" "$work/slow.trace" || fail "$1: no sync of node $slow was traced: its disk was no slower."
}

start_all
bench --clients 256 --total 100000 >/dev/null # the nodes' code is compiled meanwhile
paused=
if [[ -n ${PAUSED:-} ]]; then
  paused=$(others "$(leader)" | sed -n '$p')
  mapfile -t running < <(others "$paused")
fi
if [[ -n ${SLOW:-} ]]; then
  slow=$(leader)
  [[ $SLOW == leader:* ]] || slow=$(others "$slow" | sed -n '$p')
fi
while (($# > 0)); do
  [[ -z $paused ]] || kill -STOP "${pids[$paused]}"
  [[ -z ${SLOW:-} ]] || slow_down
  # shellcheck disable=SC2086 # flags
  result=$(bench --json $2 | tr -d '\n') || fail "$name, $1: $result"
  [[ -z $paused ]] || kill -CONT "${pids[$paused]}"
  [[ -z ${SLOW:-} ]] || speed_up "$name, $1"
  printf '%s\t%s\t%s\n' "$name" "$1" "$result"
  shift 2
done
