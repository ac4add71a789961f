#!/usr/bin/env bash
# Seeded bugs of the actors: runs the spec that each patch names against the wrong actors that the patch makes, in a copy of the
# specs' output: it must fail. With the right actors, compiled in the same way, all these specs pass first.
#   tests/mutants/actors.sh [NAME...]         without any: every patch with a spec; 78-actors-..., or the beginning of it
# Ends with "N found, N not found"; 0 where all are found. About 10 s a patch on two cores, a minute where the spec waits in vain.
set -uo pipefail
cd "$(dirname "$0")/../.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
# A spec's longest wait is a minute; one that takes so many seconds hangs, and has found nothing.
patience=300

fail() { echo "$1"; echo "0 found, 1 not found"; exit 1; }
spec_of() { sed -n 's/^# Spec: //p' "$1"; }

patches=()
for patch in tests/mutants/*.patch; do
  [ -n "$(spec_of "$patch")" ] || continue
  [ $# -eq 0 ] && patches+=("$patch")
  for name in "$@"; do
    if [[ ${patch##*/} == "$name"* ]]; then patches+=("$patch"); fi
  done
done
[ ${#patches[@]} -gt 0 ] || fail "No such patch names a spec."

work=$(mktemp -d "${TMPDIR:-/tmp}/paxos-actors-bugs-XXXXXX")
trap 'rm -rf "$work"' EXIT
dotnet build --nologo -v q tests/Paxos.Actors.Tests || fail "The specs do not build."
compiled="FullyQualifiedName~The_actors_as_they_are_compile"
for patch in "${patches[@]}"; do compiled+="|DisplayName~$(basename "$patch" .patch)"; done
PAXOS_ACTORS_BUGS=$work dotnet test tests/Paxos.TestKit.Tests --filter "$compiled" >"$work/log" 2>&1 || { cat "$work/log"; fail "The wrong actors do not compile."; }
cp -r tests/Paxos.Actors.Tests/bin/Debug/net10.0 "$work/specs"

# Says "passed", "failed", or what else came of it.
run() {
  cp "$work/$1/Paxos.Actors.dll" "$work/specs/"
  timeout "$patience" dotnet test "$work/specs/Paxos.Actors.Tests.dll" --filter "$2" >"$work/log" 2>&1
  local status=$?
  if [ $status -eq 124 ]; then echo "hung"
  elif grep -q '^Failed! ' "$work/log"; then echo "failed"
  elif grep -q '^Passed! ' "$work/log"; then echo "passed"
  else echo "did not run"; fi
}

specs=$(for patch in "${patches[@]}"; do spec_of "$patch"; done | sort -u)
result=$(run right "$(echo "$specs" | sed 's/^/FullyQualifiedName~./' | paste -sd '|')")
[ "$result" = passed ] || { cat "$work/log"; fail "With the right actors a spec $result."; }
# Each of them, and not some of them.
passed=$(grep -oE 'Passed: +[0-9]+' "$work/log" | grep -oE '[0-9]+')
[ "$passed" -ge "$(echo "$specs" | wc -l)" ] || fail "Of $(echo "$specs" | wc -l) specs $passed were run."

found=0
missed=0
for patch in "${patches[@]}"; do
  name=$(basename "$patch" .patch)
  spec=$(spec_of "$patch")
  result=$(run "$name" "FullyQualifiedName~.$spec")
  if [ "$result" = failed ]; then
    found=$((found + 1))
    echo "found: $name, by $spec: $(grep -A 1 -m 1 'Error Message:' "$work/log" | tail -1 | sed 's/^ *//' | cut -c 1-120)"
  else
    missed=$((missed + 1))
    echo "NOT FOUND: $name ($spec $result)"
  fi
done
echo "$found found, $missed not found"
[ $missed -eq 0 ]
