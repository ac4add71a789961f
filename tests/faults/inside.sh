# Sourced first by the programs beside it: the rest of the program runs in namespaces of its own (network, mounts, processes), so
# that nothing which it cuts, mounts or starts outlives it, whatever ends it. Where this machine does not allow that, it goes on
# outside, and `inside` is empty.
if [[ -z ${PAXOS:-} ]]; then # before, for the network may be needed
  PAXOS_DLL=$(cd "$(dirname "$0")/../../src/Paxos.Node" && nice dotnet publish -c Release -o bin/published -v q >&2 && pwd)/bin/published/paxos.dll
  export PAXOS="dotnet exec $PAXOS_DLL"
fi

need() { # PROGRAM PACKAGE
  command -v "$1" >/dev/null && return
  [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null && apt-get install -y -q "$2" >/dev/null 2>&1 && command -v "$1" >/dev/null
}

if [[ -z ${FAULTS_INSIDE:-} ]]; then
  need ip iproute2 || true
  need iptables iptables || true
  own=(unshare --net --mount --pid --fork --mount-proc --kill-child)
  if "${own[@]}" ip link set lo up 2>/dev/null; then
    FAULTS_INSIDE=yes exec "${own[@]}" "$0" "$@"
  fi
  export FAULTS_INSIDE=no
fi
inside=${FAULTS_INSIDE#no}
[[ -z $inside ]] || ip link set lo up

skipped() { # WHAT WHY
  echo "SKIPPED: $1 because $2"
}
