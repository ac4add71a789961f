# Sourced by the measuring programs beside it: `paxos node` processes on this machine, with their data in a directory that
# goes when the program ends. PAXOS names the program (default: this repository's, published); PORT the first port; CONFIG a HOCON
# file with more settings for each node, ../faults/sqlite-journal.conf for one.
# Who sources it may set before: ids (who the nodes are), options (more of each node's).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
port=${PORT:-8500}
work=$(mktemp -d)
[[ -n ${ids:-} ]] || ids=(a b c)
[[ -n ${options:-} ]] || options=()
if [[ -n ${CONFIG:-} ]]; then # a node takes one file: behind the one that a program has, if any
  for ((i = 0; i < ${#options[@]}; i++)); do
    [[ ${options[i]} != --config ]] || { cat "${options[i + 1]}" >>"$work/more.conf"; unset 'options[i]' 'options[i+1]'; break; }
  done
  cat "$CONFIG" >>"$work/more.conf"
  options=(--config "$work/more.conf" ${options[@]+"${options[@]}"})
fi
declare -A pids=()

end() {
  for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM

if [[ -n ${PAXOS:-} ]]; then
  read -ra paxos <<<"$PAXOS"
else
  dotnet publish "$root/src/Paxos.Node" -c Release -o "$root/src/Paxos.Node/bin/published" -v q >&2
  paxos=(dotnet exec "$root/src/Paxos.Node/bin/published/paxos.dll")
fi

fail() {
  echo "$(basename "$0"): $1" >&2
  exit 1
}

number() { # TEXT WHAT
  [[ $1 =~ ^[1-9][0-9]*$ ]] || fail "$2: '$1' is no number from 1."
  echo "$1"
}

declare -A http_port=()
for i in "${!ids[@]}"; do http_port[${ids[i]}]=$((port + i)); done
http() { echo "http://127.0.0.1:${http_port[$1]}"; }
members() { local id all=(); for id in "${ids[@]}"; do all+=("$id=$(remoting "$id")"); done; (IFS=,; echo "${all[*]}"); }
remoting() { echo "127.0.0.1:$((http_port[$1] + 100))"; }
endpoints() { local all=(); for id in "$@"; do all+=("$(http "$id")"); done; (IFS=,; echo "${all[*]}"); }
bench() { "${paxos[@]}" bench --endpoints "$(endpoints "${ids[@]}")" "$@"; } # FLAGS...
now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

run_at() { exec "${@:2}"; } # ID COMMAND...: takes the place of this process

start() { # ID [--join]
  local url
  url=$(http "$1")
  run_at "$1" "${paxos[@]}" node --id "$1" --bind "$(remoting "$1")" --http "${url#http://}" --data "$work/$1" \
    --members "$(members)" "${options[@]}" "${2:---bootstrap}" >>"$work/$1.log" 2>&1 &
  pids[$1]=$!
}

kill_hard() { # ID
  kill -9 "${pids[$1]}"
  wait "${pids[$1]}" 2>/dev/null || true
  unset "pids[$1]"
}

until_ready() { # ID
  local deadline=$((SECONDS + 600)) url
  url=$(http "$1")/health/ready
  until curl -sf -o /dev/null --max-time 2 "$url"; do
    kill -0 "${pids[$1]}" 2>/dev/null || { tail -5 "$work/$1.log" >&2; fail "node $1 ended."; }
    ((SECONDS < deadline)) || { tail -5 "$work/$1.log" >&2; fail "node $1 was not ready within 600 s."; }
    sleep 0.02
  done
}

start_all() {
  for id in "${ids[@]}"; do start "$id"; done
  for id in "${ids[@]}"; do until_ready "$id"; done
}

# The first such number in a node's status: that of its first group.
status() { # ID FIELD
  curl -sf --max-time 2 "$(http "$1")/v1/status" | grep -o "\"$2\":[0-9]*" | head -1 | cut -d: -f2
}

leader() { # asked of any node that is up
  local id found
  for _ in $(seq 600); do
    for id in "${!pids[@]}"; do
      found=$(curl -sf --max-time 2 "$(http "$id")/v1/status" | grep -o '"leader":{"id":"[^"]*' | head -1 | cut -d'"' -f6) || continue
      [[ -n $found && -n ${pids[$found]:-} ]] && { echo "$found"; return; }
    done
    sleep 0.1
  done
  fail "no leader within 60 s."
}

others() { local id; for id in "${ids[@]}"; do [[ $id == "$1" ]] || echo "$id"; done; } # ID

until_applied() { # ID SLOT
  local deadline=$((SECONDS + 600)) applied
  while applied=$(status "$1" applied || true); [[ -z $applied ]] || ((applied < $2)); do
    ((SECONDS < deadline)) || fail "node $1 had applied ${applied:-nothing} of $2 after 600 s."
    sleep 0.02
  done
}

rss_mib() { awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/${pids[$1]}/status"; }
seconds() { awk -v ms="$1" 'BEGIN { printf "%.2f", ms / 1000 }'; }
max() { printf '%s\n' "$@" | sort -n | tail -1; }
journal_mib() { du -sm "$work/$1" | cut -f1; }
