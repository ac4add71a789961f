# Sourced behind cluster.sh: each node in a network namespace of its own, at an address of its own, all on one bridge. Links
# between nodes can be cut, one way or both; the clients stand at the bridge and reach every node always. `network` is empty where
# this machine does not allow it: then the nodes are where cluster.sh puts them, and no link can be cut.
network=
client=198.18.77.254 # of the range for measuring networks, RFC 2544

address() { local i; for i in "${!ids[@]}"; do [[ ${ids[i]} != "$1" ]] || echo "198.18.77.$((i + 1))"; done; }

lay_network() {
  local id
  command -v iptables >/dev/null && mkdir -p /run/netns && mount -t tmpfs none /run/netns || return
  ip link add bridge type bridge && ip addr add "$client/24" dev bridge && ip link set bridge up || return
  for id in "${ids[@]}"; do
    ip netns add "$id" && ip link add "to-$id" type veth peer name eth0 netns "$id" && ip link set "to-$id" master bridge up || return
    ip -n "$id" link set lo up && ip -n "$id" addr add "$(address "$id")/24" dev eth0 && ip -n "$id" link set eth0 up || return
    ip netns exec "$id" iptables -A INPUT -s "$client" -m statistic --mode random --probability 0.5 -j ACCEPT || return
  done
  heal
}

# What `to` hears of `from`.
deafen() { # TO FROM...
  local from rules=
  for from in "${@:2}"; do rules+="-A INPUT -s $(address "$from") -j DROP"$'\n'; done
  printf '*filter\n%sCOMMIT\n' "$rules" | ip netns exec "$1" iptables-restore --noflush
}

# Both ways between each of these and each of those. The words are lists.
cut_between() { # "ID..." "ID..."
  local one
  for one in $1; do deafen "$one" $2; done
  for one in $2; do deafen "$one" $1; done
}

lose() { # PERCENT of all packets between nodes
  local id
  for id in "${ids[@]}"; do
    ip netns exec "$id" iptables -A INPUT ! -s "$client" -i eth0 -m statistic --mode random --probability "0.$1" -j DROP
  done
}

dropped() { # packets, since the links were whole last
  local id
  for id in "${ids[@]}"; do ip netns exec "$id" iptables -L INPUT -v -n -x; done | awk '/DROP/ { sum += $1 } END { print sum + 0 }'
}

heal() {
  local id
  for id in "${ids[@]}"; do ip netns exec "$id" iptables -F INPUT; done
}

if [[ -z $inside ]]; then
  no_network="this needs root, and namespaces of its own (unshare)"
elif lay_network 2>"$work/network.log"; then
  network=yes
  run_at() { exec ip netns exec "$1" "${@:2}"; }
  http() { echo "http://$(address "$1"):8080"; }
  remoting() { echo "$(address "$1"):4053"; }
else
  no_network="this machine has no bridge, veth or iptables ($(tail -1 "$work/network.log"))"
fi
