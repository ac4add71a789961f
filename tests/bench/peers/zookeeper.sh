# Sourced by ../compare: Apache ZooKeeper, three members with the settings of its sample file and its own limit of memory.
. "$here/peers/packages.sh"
zookeeper_packages=(libzookeeper-java default-jre-headless libzookeeper-mt-dev gcc libc6-dev)

have_zookeeper() {
  need "${zookeeper_packages[@]}" \
    || { note "SKIPPED: ZooKeeper: ${zookeeper_packages[*]} are needed, and could not be installed."; return 1; }
  gcc -O2 -Wall -o "$work/zkbench" "$here/peers/zkbench.c" -lzookeeper_mt -lpthread >&2 \
    || { note "SKIPPED: ZooKeeper: zkbench.c does not compile with this version of its client."; return 1; }
}

version_zookeeper() { dpkg-query -W -f='ZooKeeper ${Version}\n' libzookeeper-java; }

zookeeper_client() { echo "127.0.0.1:$((port + 220 + $1))"; }

zookeeper_classes() {
  local jar all=()
  for jar in /usr/share/java/{zookeeper,zookeeper-jute,slf4j-api,slf4j-nop,snappy-java,metrics-core}.jar \
    /usr/share/java/{netty,commons-,jackson-}*.jar; do
    [[ ! -e $jar ]] || all+=("$jar")
  done
  (IFS=:; echo "${all[*]}")
}

start_zookeeper() {
  local i j classes deadline=$((SECONDS + 120))
  classes=$(zookeeper_classes)
  for i in 1 2 3; do
    mkdir "$work/zookeeper-$i"
    echo $i >"$work/zookeeper-$i/myid"
    {
      printf '%s\n' tickTime=2000 initLimit=10 syncLimit=5 dataDir="$work/zookeeper-$i"
      # All clients have one address here; and the server for administrators would take port 8080.
      printf '%s\n' clientPort=$((port + 220 + i)) clientPortAddress=127.0.0.1 maxClientCnxns=0 admin.enableServer=false
      for j in 1 2 3; do echo "server.$j=127.0.0.1:$((port + 230 + j)):$((port + 240 + j))"; done
    } >"$work/zookeeper-$i.cfg"
    # Without a file in /tmp for jps, which a killed process would leave.
    java -Xmx1000m -XX:-UsePerfData -cp "$classes" org.apache.zookeeper.server.quorum.QuorumPeerMain "$work/zookeeper-$i.cfg" \
      >"$work/zookeeper-$i.log" 2>&1 &
    pids[zookeeper-$i]=$!
  done
  for i in 1 2 3; do
    until [[ $(zookeeper_says $i) == *"Mode: "* ]]; do # leader or follower; without a quorum it has none
      kill -0 "${pids[zookeeper-$i]}" 2>/dev/null && ((SECONDS < deadline)) || { tail -5 "$work/zookeeper-$i.log" >&2; return 1; }
      sleep 0.1
    done
  done
}

zookeeper_says() { # MEMBER
  { exec 3<>"/dev/tcp/127.0.0.1/$((port + 220 + $1))" && echo srvr >&3 && timeout 2 cat <&3; } 2>/dev/null
}

bench_zookeeper() { # write CLIENTS TOTAL
  local connections=$(($2 == 1 ? 1 : $2 == 1024 ? 32 : 16)) # a connection carries calls of several clients
  exec "$work/zkbench" "$(zookeeper_client 1),$(zookeeper_client 2),$(zookeeper_client 3)" "$connections" "$2" "$3" 256
}
