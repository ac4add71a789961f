#!/usr/bin/env bash
# Mutation testing of Paxos.Protocol: Stryker changes one operator, condition or statement at a time, and the tests of
# tests/Paxos.Protocol.Tests have to notice. What is changed, what is not and why: docs/mutation.md. Hours in all; half an hour a part.
# usage: run.sh [--quick] [PART...] PART: a folder or a file of src/Paxos.Protocol, as in 'SingleDecree' or 'MultiPaxos/Acceptor.cs', or
#                                   '.': the files in no folder; default: all of it, a folder after the other
#        run.sh --again REPORT...   only the lines in which the reports have survivors, or tests that did not end in time, and the reports'
#                                   score with what comes of it
# --quick leaves out the fuzzing and the random walks and histories, which take most of the time: what only they notice survives, and is for
# --again. What it says was killed is killed: the quick tests are some of all.
# Prints what survived and the score, and ends with 1 where that is below 95 %. The reports stay in tests/mutation/TestResults, a folder
# a part, with the commit that they are of: score.py adds up any of them.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
source=$root/src/Paxos.Protocol

fail() {
  echo "$(basename "$0"): $1" >&2
  exit 2
}

files() { # PART: its files, from the project's folder on
  local part=${1%/}
  if [[ $part == . ]]; then (cd "$source" && ls -- *.cs)
  elif [[ -d $source/$part ]]; then (cd "$source" && find "$part" -name '*.cs' | sort)
  elif [[ -f $source/$part ]]; then echo "$part"
  else fail "there is no src/Paxos.Protocol/$part."; fi
}

mutate() { # NAME PATTERN...
  local out=$here/TestResults/$1 pattern patterns=()
  for pattern in "${@:2}"; do patterns+=(--mutate "$pattern"); done
  rm -rf "$out"
  printf '\n== %s, %s UTC, load %s\n' "$1" "$(date -u '+%F %R')" "$(cut -d' ' -f1 /proc/loadavg)"
  # Away from the solution: Stryker would take all of it for what it is to run.
  (cd "$here" && nice -n 19 dotnet dotnet-stryker --config-file "$config" --skip-version-check --output "$out" "${patterns[@]}")
  git -C "$root" log -1 --format='%h %cs' >"$out/commit"
  reports+=("$out/reports/mutation-report.json")
}

command -v python3 >/dev/null || fail "there is no python3."
reports=()
config=stryker-config.json
if [[ ${1:-} == --quick ]]; then
  shift
  [[ ${1:-} != --again ]] || fail "--again is with all tests."
  config=TestResults/quick.json
  mkdir -p "$here/TestResults"
  python3 - "$here/stryker-config.json" >"$here/$config" <<'EOF'
import json, sys
config = json.load(open(sys.argv[1], encoding="utf-8"))
slow = ("FuzzTests", "FormationWalkTests", "HistoryTests", "A_replica_restored_at_any_point")
config["stryker-config"]["test-case-filter"] = "&".join(f"FullyQualifiedName!~{name}" for name in slow)
json.dump(config, sys.stdout, indent=2)
EOF
fi
if [[ ${1:-} == --again ]]; then
  reports=("${@:2}")
  ((${#reports[@]})) || fail "which reports?"
  survivors=$(python3 "$here/score.py" --survivors "${reports[@]}")
  [[ -n $survivors ]] || fail "the reports have no survivors."
  mapfile -t patterns <<<"$survivors"
  (cd "$here" && dotnet tool restore)
  mutate "again-$(date -u +%H%M%S)" "${patterns[@]}"
else
  parts=("$@")
  ((${#parts[@]})) || parts=(SingleDecree MultiPaxos Log Registers .)
  for part in "${parts[@]}"; do files "$part" >/dev/null; done
  (cd "$here" && dotnet tool restore)
  for part in "${parts[@]}"; do
    name=${part%/} name=${name//\//-} name=${name%.cs}
    [[ $name != . ]] || name=root
    mapfile -t patterns < <(files "$part" | sed 's,^,**/,')
    mutate "$name" "${patterns[@]}"
  done
fi
python3 "$here/score.py" --at-least 95 "${reports[@]}"
