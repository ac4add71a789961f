# Sourced by the peers beside it: Debian's packages.

installed() { # PACKAGE...
  (($(dpkg-query -W -f='${db:Status-Status}\n' "$@" 2>/dev/null | grep -cx installed) >= $#))
}

need() { # PACKAGE...: whether they are here; as root they are installed
  ! installed "$@" || return 0
  [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null || return 1
  echo "installing $*" >&2
  local apt=(apt-get -q -y -o DPkg::Lock::Timeout=60 -o Acquire::http::Timeout=30)
  { "${apt[@]}" update && DEBIAN_FRONTEND=noninteractive "${apt[@]}" install --no-install-recommends "$@"; } </dev/null >"$work/apt" 2>&1 \
    || { tail -5 "$work/apt" >&2; return 1; }
}
