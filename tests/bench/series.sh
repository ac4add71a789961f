#!/usr/bin/env bash
# Measurements of one cluster that is started anew, one after the other: what `curves` is made of.
# usage: [IDS="a b c"] [CONFIG=FILE] [PAUSED=1] series.sh NAME X "FLAGS" [X "FLAGS"]...
#   NAME, X: of the curve and of a point on it; FLAGS: of `paxos bench`; PAUSED: one follower is stopped (SIGSTOP) meanwhile.
# prints, for each: NAME, X and what `paxos bench --json` printed, with tabs between them.
read -ra ids <<<"${IDS:-a b c}"
. "$(dirname "$0")/cluster.sh"
name=$1
shift
bench() { timeout 240 "${paxos[@]}" bench --endpoints "$(endpoints "${running[@]}")" "$@"; }
running=("${ids[@]}")

start_all
bench --clients 256 --total 100000 >/dev/null # the nodes' code is compiled meanwhile
paused=
if [[ -n ${PAUSED:-} ]]; then
  leads=$(leader)
  for id in "${ids[@]}"; do [[ $id == "$leads" ]] || paused=$id; done
  running=()
  for id in "${ids[@]}"; do [[ $id == "$paused" ]] || running+=("$id"); done
fi
while (($# > 0)); do
  [[ -z $paused ]] || kill -STOP "${pids[$paused]}"
  # shellcheck disable=SC2086 # flags
  result=$(bench --json $2 | tr -d '\n') || fail "$name, $1: $result"
  [[ -z $paused ]] || kill -CONT "${pids[$paused]}"
  printf '%s\t%s\t%s\n' "$name" "$1" "$result"
  shift 2
done
