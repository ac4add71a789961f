# Sourced by ../compare: etcd, three members with what is their default but for the addresses. Its client in Go comes with Debian.
. "$here/peers/packages.sh"
etcd_packages=(etcd-server golang-go golang-etcd-server-dev)

have_etcd() {
  local was_here=1
  installed etcd-server || was_here=0
  need "${etcd_packages[@]}" || { note "SKIPPED: etcd: ${etcd_packages[*]} are needed, and could not be installed."; return 1; }
  # The package starts an etcd of its own, also whenever the machine does: nobody has asked for that.
  ((was_here)) || ! command -v systemctl >/dev/null || systemctl disable --now etcd >/dev/null 2>&1 || true
  (cd "$here/peers" && GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$work/go" go build -o "$work/etcdbench" etcdbench.go) >&2 \
    || { note "SKIPPED: etcd: etcdbench.go does not compile with this version of its client."; return 1; }
}

version_etcd() { etcd --version | sed -n 's/^etcd Version: /etcd /p'; }

etcd_client() { echo "http://127.0.0.1:$((port + 200 + $1))"; }
etcd_peer() { echo "http://127.0.0.1:$((port + 210 + $1))"; }

start_etcd() {
  local i cluster="1=$(etcd_peer 1),2=$(etcd_peer 2),3=$(etcd_peer 3)" deadline=$((SECONDS + 120))
  for i in 1 2 3; do
    etcd --name $i --data-dir "$work/etcd-$i" --log-level error --initial-cluster "$cluster" \
      --listen-client-urls "$(etcd_client $i)" --advertise-client-urls "$(etcd_client $i)" \
      --listen-peer-urls "$(etcd_peer $i)" --initial-advertise-peer-urls "$(etcd_peer $i)" >"$work/etcd-$i.log" 2>&1 &
    pids[etcd-$i]=$!
  done
  for i in 1 2 3; do
    until curl -sf --max-time 2 "$(etcd_client $i)/health" | grep -q '"health":"true"'; do
      kill -0 "${pids[etcd-$i]}" 2>/dev/null && ((SECONDS < deadline)) || { tail -5 "$work/etcd-$i.log" >&2; return 1; }
      sleep 0.1
    done
  done
}

bench_etcd() { # OP CLIENTS TOTAL
  local connections=$(($2 == 1 ? 1 : $2 == 16 ? 4 : $2 == 256 ? 16 : 32)) # its client's calls share a connection
  exec "$work/etcdbench" -op "$1" -clients "$2" -connections $connections -size 256 -total "$3" \
    -endpoints "$(etcd_client 1),$(etcd_client 2),$(etcd_client 3)"
}
