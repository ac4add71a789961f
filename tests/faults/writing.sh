# Sourced behind cluster.sh by what measures service under a fault: the writers, and what is said of them.
wrong=0
runs=0

row() { printf '%-34s %8s %8s   %-26s %5s  %-7s %s\n' "$@"; }

begin_writing() {
  local id all=()
  for id in "${ids[@]}"; do all+=("$id=$(http "$id")"); done
  log=$work/writes-$((++runs))
  python3 "$faults/writer.py" "$log" "${all[@]}" 2>>"$work/writer.err" &
  pids[writer]=$!
  sleep 2
}

end_writing() {
  kill "${pids[writer]}"
  wait "${pids[writer]}"
  unset 'pids[writer]'
}

gap() { python3 "$faults/judge.py" gap "$log" "$1" "$2"; }

# Whether a measured time is at most the goal: `none` and `>` are what was seen of a longer one.
within() { # TIME GOAL
  awk -v time="$1" -v goal="$2" 'BEGIN { sub(/^(none |>)/, "", time); exit !(time + 0 <= goal) }'
}
