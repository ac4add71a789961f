#!/usr/bin/env bash
# All faults, one program after the other, and what they print. About ten minutes on two cores.
# usage: [CONFIG=FILE] run.sh [TRIES=40]      TRIES: of damaged files; CONFIG: more settings for the nodes, sqlite-journal.conf for the
# journal of our own; ends with 1 where one of the programs does
. "$(dirname "$0")/inside.sh"
faults=$(cd "$(dirname "$0")" && pwd)
bad=0
run() { # TEXT COMMAND...
  printf '\n== %s\n' "$1"
  # Each in a network of its own: what the one before has left would be in its way.
  env -u FAULTS_INSIDE "${@:2}" 2>&1 || { bad=1; echo "== $1: FAILED"; }
}
echo "$(date -u '+%F %R') UTC, $(nproc) cores, load $(cut -d' ' -f1-3 /proc/loadavg)"
run "Availability, three nodes" "$faults/availability.sh"
run "Availability, five nodes: partial partitions" env NODES="a b c d e" "$faults/availability.sh"
run "Full disks" "$faults/full-disk.sh"
run "Disks that fail" "$faults/bad-disk.sh"
run "Damaged files" "$faults/damaged-files.sh" "${1:-40}"
run "A wiped disk" "$faults/wiped-disk.sh"
printf '\n%s UTC, load %s\n' "$(date -u '+%F %R')" "$(cut -d' ' -f1-3 /proc/loadavg)"
exit $bad
