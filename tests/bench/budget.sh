#!/usr/bin/env bash
# Where the time of a write goes, in the mean, by the nodes' own metrics: one client alone, and 256.
# usage: [CONFIG=FILE] budget.sh
. "$(dirname "$0")/cluster.sh"
command -v python3 >/dev/null || fail "python3 is needed."
metrics() { for id in "${ids[@]}"; do curl -sf "$(http "$id")/metrics" | grep -E '^paxos_(log_stage|journal_persist)_duration_seconds_(sum|count)' >"$work/$1.$id"; done; }

start_all
bench --clients 256 --total 100000 >/dev/null # the nodes' code is compiled meanwhile
leads=$(leader)
for load in "1 5000" "256 100000"; do
  read -r clients total <<<"$load"
  metrics before
  bench --clients "$clients" --total "$total" --json >"$work/result.$clients"
  sleep 1.5 # a scrape may be answered from one a moment ago
  metrics after
  python3 "$here/budget.py" "$work" "$leads" "$clients" "${ids[@]}" >"$work/budget.$clients"
done
cat "$work/budget.1"
echo
cat "$work/budget.256"
