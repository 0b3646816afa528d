#!/usr/bin/env bash
# A real S3 on loopback for tests: Ceph's RADOS gateway over one monitor and one OSD that lives in memory.
#   eval "$(CEPH_DATA=/tmp/ceph tests/servers/ceph.sh start)"      CEPH_DATA=/tmp/ceph tests/servers/ceph.sh stop
# Debian: ceph-mon ceph-osd ceph-common radosgw curl. Starting what already runs only prints the lines again.
set -euo pipefail
data=${CEPH_DATA:?CEPH_DATA must name a folder for this server alone}
port=${CEPH_PORT:-19010} mon_port=${CEPH_MON_PORT:-13300}
key=${CEPH_ACCESS_KEY:-AKTEST} secret=${CEPH_SECRET_KEY:-SKTESTSECRET} bucket=${CEPH_BUCKET:-qunke-test}
url=http://127.0.0.1:$port
export CEPH_CONF=$data/ceph.conf

say() { echo "ceph: $*" >&2; }
answers() { curl -fs -o /dev/null --max-time 2 "$url/"; }
until_true() { # TRIES COMMAND… – the servers have no better way to say that they are ready
  local tries=$1; shift
  for _ in $(seq "$tries"); do "$@" && return; sleep .25; done
  say "gave up waiting for: $* — see $data/log"; return 1
}
in_background() { # NAME COMMAND… – away from our terminal and our pipes
  setsid "${@:2}" </dev/null >"$data/log/$1.out" 2>&1 & echo $! >"$data/$1.pid"
}
mon_answers() { timeout 5 ceph -s >/dev/null 2>&1; }
osd_is_up() { timeout 5 ceph osd stat 2>/dev/null | grep -q '1 up'; }
# `mon_host` decides where everyone looks; sizes of one, or a single OSD never becomes healthy
configure() {
  cat >"$CEPH_CONF" <<CONF
[global]
fsid = $1
mon_host = v2:127.0.0.1:$mon_port
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
run_dir = $data/run
admin_socket = $data/run/\$name.\$pid.asok
log_file = $data/log/\$name.log
mon_data = $data/mon
osd_data = $data/osd
osd_objectstore = memstore
memstore_device_bytes = ${CEPH_BYTES:-2147483648}
osd_max_object_name_len = 1024
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
rgw_frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw_enable_usage_log = false
debug_ms = 0
CONF
}
start_monitor() {
  monmaptool --create --clobber --fsid "$1" --addv a "[v2:127.0.0.1:$mon_port]" "$data/monmap" >/dev/null
  ceph-mon --mkfs -i a --monmap "$data/monmap" --fsid "$1" >/dev/null
  in_background mon ceph-mon -i a -f
  until_true 80 mon_answers
}
start_osd() {
  local id; id=$(cat /proc/sys/kernel/random/uuid)
  ceph osd new "$id" >/dev/null
  ceph-osd -i 0 --mkfs --osd-uuid "$id" >/dev/null 2>&1
  in_background osd ceph-osd -i 0 -f
  until_true 120 osd_is_up
}
start_gateway() {
  in_background rgw radosgw -n client.rgw -f
  until_true 240 answers
  radosgw-admin user create --uid tests --display-name tests --access-key "$key" --secret "$secret" >/dev/null 2>&1
  curl -fsS -o /dev/null -X PUT --aws-sigv4 aws:amz:us-east-1:s3 --user "$key:$secret" \
    -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "$url/$bucket"
}
start() {
  if ! answers; then
    local fsid; fsid=$(cat /proc/sys/kernel/random/uuid)
    stop
    rm -rf "${data:?}"/{mon,osd,run,log}
    mkdir -p "$data"/{mon,osd,run,log}
    configure "$fsid"; start_monitor "$fsid"; start_osd; start_gateway
    say "S3 answers on $url"
  fi
  printf 'export TEST_S3_ENDPOINT=%s\nexport TEST_S3_BUCKET=%s\n' "$url" "$bucket"
  printf 'export TEST_S3_ACCESS_KEY=%s\nexport TEST_S3_SECRET_KEY=%s\n' "$key" "$secret"
}
stop() {
  for name in rgw osd mon; do
    [ -f "$data/$name.pid" ] || continue
    kill "$(cat "$data/$name.pid")" 2>/dev/null || true
    rm -f "$data/$name.pid"
  done
}
case ${1:-start} in start | stop) "${1:-start}" ;; *) say "start or stop"; exit 2 ;; esac
