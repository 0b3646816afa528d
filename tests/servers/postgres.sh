#!/usr/bin/env bash
# A PostgreSQL on loopback for tests: fast, trusting, not meant to survive a power cut.
#   eval "$(POSTGRES_DATA=/tmp/pg tests/servers/postgres.sh start)"   POSTGRES_DATA=/tmp/pg tests/servers/postgres.sh stop
# Debian: postgresql. It refuses to run as root: then it runs as the user `postgres` (POSTGRES_USER for another).
# Starting what already runs only prints the line again.
set -euo pipefail
data=${POSTGRES_DATA:?POSTGRES_DATA must name a folder for this server alone}
cluster=$data/cluster

say() { echo "postgres: $*" >&2; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
programs() { # Debian keeps them off the PATH, one folder per version
  local newest
  newest=$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -1)
  newest=${newest:-$(command -v initdb)} || { say "install postgresql"; exit 1; }
  dirname "$newest"
}
unprivileged() {
  if [ "$(id -u)" = 0 ]; then (cd / && runuser -u "${POSTGRES_USER:-postgres}" -- "$@"); else "$@"; fi
}
is_running() { [ -s "$data/port" ] && unprivileged "$bin/pg_ctl" -D "$cluster" status >/dev/null 2>&1; }
make_cluster() {
  mkdir -p "$data"
  [ "$(id -u)" != 0 ] || chown "${POSTGRES_USER:-postgres}" "$data"
  [ -f "$cluster/PG_VERSION" ] ||
    unprivileged "$bin/initdb" -D "$cluster" -U qunke -A trust -E UTF8 --locale=C.UTF-8 -N >/dev/null
}
launch() {
  local port=${POSTGRES_PORT:-$(free_port)}
  local options="-c listen_addresses=127.0.0.1 -p $port -c unix_socket_directories= -c max_connections=200"
  options+=" -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=128MB"
  make_cluster
  unprivileged "$bin/pg_ctl" -D "$cluster" -l "$data/log" -w -t 60 -o "$options" start >/dev/null </dev/null ||
    { say "did not start, see $data/log"; exit 1; }
  unprivileged "$bin/createdb" -h 127.0.0.1 -p "$port" -U qunke qunke 2>/dev/null || true # there from last time
  echo "$port" >"$data/port"
  say "answers on 127.0.0.1:$port"
}
start() {
  is_running || launch
  echo "export TEST_POSTGRES_URL=postgres://qunke@127.0.0.1:$(cat "$data/port")/qunke"
}
stop() {
  ! is_running || unprivileged "$bin/pg_ctl" -D "$cluster" -m fast stop >/dev/null
  rm -f "$data/port"
}
bin=$(programs)
case ${1:-start} in start | stop) "${1:-start}" ;; *) say "start or stop"; exit 2 ;; esac
