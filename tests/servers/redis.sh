#!/usr/bin/env bash
# A Redis (or Valkey) on loopback for tests, forgetting everything when it ends.
#   eval "$(REDIS_DATA=/tmp/redis tests/servers/redis.sh start)"      REDIS_DATA=/tmp/redis tests/servers/redis.sh stop
# Debian: redis-server. Starting what already runs only prints the line again.
set -euo pipefail
data=${REDIS_DATA:?REDIS_DATA must name a folder for this server alone}

say() { echo "redis: $*" >&2; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
is_running() { [ -s "$data/port" ] && [ -s "$data/pid" ] && kill -0 "$(cat "$data/pid")" 2>/dev/null; }
launch() {
  local server port
  server=$(command -v redis-server || command -v valkey-server) || { say "install redis-server"; exit 1; }
  port=${REDIS_PORT:-$(free_port)}
  mkdir -p "$data"
  "$server" --bind 127.0.0.1 --port "$port" --dir "$data" --save '' --appendonly no \
    --daemonize yes --pidfile "$data/pid" --logfile "$data/log" >/dev/null
  for _ in $(seq 40); do answers "$port" && [ -s "$data/pid" ] && break; sleep .1; done
  answers "$port" || { say "did not start, see $data/log"; exit 1; }
  echo "$port" >"$data/port"
  say "answers on 127.0.0.1:$port"
}
start() {
  is_running || launch
  echo "export TEST_REDIS_URL=redis://127.0.0.1:$(cat "$data/port")/0"
}
stop() {
  ! is_running || kill "$(cat "$data/pid")"
  rm -f "$data/port"
}
case ${1:-start} in start | stop) "${1:-start}" ;; *) say "start or stop"; exit 2 ;; esac
