#!/usr/bin/env bash
# A voter whose disk was wiped comes back as if it were new: the others refuse it, it says so, and it counts for no quorum. With
# --join and `members replace` it gets its own place back, learns what there is, and votes again.
# usage: wiped-disk.sh      prints a line a step, and ends with 1 at the first that goes wrong
. "$(dirname "$0")/inside.sh"
. "$(dirname "$0")/../bench/cluster.sh"

step() { printf '%-70s ok\n' "$1"; }
state() { curl -sf --max-time 2 "$(http "$1")/v1/status" | grep -o '"state":"[a-z]*' | head -1 | cut -d'"' -f4; }
write() { curl -s -o /dev/null -w '%{http_code}' --max-time 12 -X PUT -d "$3" "$(http "$1")/v1/registers/$2" || true; } # ID KEY VALUE
client() { "${paxos[@]}" "$@" --endpoints "$(endpoints a b)"; }

until_true() { # WHAT COMMAND...
  local deadline=$((SECONDS + 40))
  until "${@:2}"; do
    ((SECONDS < deadline)) || { tail -5 "$work"/*.log >&2; fail "not within 40 s: $1"; }
    sleep 0.1
  done
}
is_state() { [[ $(state "$1" || true) == "$2" ]]; }
is_written() { [[ $(write "$@") == 20[01] ]]; }

start_all
for i in $(seq 50); do [[ $(write a "key-$i" "$i") == 201 ]] || fail "key-$i was not written."; done
client leader transfer a >/dev/null
step "50 registers are written, a leads"

kill_hard c
rm -rf "$work/c"
mv "$work/c.log" "$work/c.before"
start c
until_true "c is refused" is_state c refused
until_true "c prints that it is refused" grep -q 'refused:' "$work/c.log" # it looks ten times a second
client status 2>/dev/null | grep '^c' || true
step "c comes back with an empty directory: it is refused, and says:"
grep -m1 -A2 'refused:' "$work/c.log" | cut -c1-240 | sed 's/^/    /'

kill_hard b
answer=$(write a without-b x)
[[ $answer == 50[34] ]] || fail "a and the wiped c acknowledged a write: HTTP $answer."
answer=$(write c at-c x)
[[ $answer == 503 ]] || fail "the wiped c answered a write with HTTP $answer."
step "b is killed: a and the wiped c are no quorum (HTTP 504 or 503 at a, 503 at c)"
start b
until_ready b
until_true "a and b serve" is_written a with-b x
step "b is back: a and b serve"

kill_hard c
rm -rf "$work/c"
start c --join
until_true "c waits to be added" grep -q 'joining: Waiting' "$work/c.log"
until_true "c is put in its own place" client members replace c >/dev/null
until_ready c
until_true "c votes" bash -c "$(printf '%q ' "${paxos[@]}") members --endpoints $(http a) | grep -q '^c *voter'"
step "c is back by --join and 'members replace c', and is a voter"
client members | sed 's/^/    /'

kill_hard b
until_true "a and c serve" is_written c without-b-again x
for i in $(seq 50); do
  for consistency in local linearizable; do
    found=$(curl -sf --max-time 6 "$(http c)/v1/registers/key-$i?consistency=$consistency" || true)
    [[ $found == "$i" ]] || fail "key-$i at c ($consistency): '$found'."
  done
done
step "b is killed: a and c are a quorum, and c holds all 50 registers"
