#!/bin/sh
# Copies the primary db-1 if the volume is empty, and follows it. SLOT is the name of this standby and of its slot.
set -e
export PGPASSWORD=development-only
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  until pg_isready -q -h db-1 -U app -d app; do sleep 1; done
  # What an interrupted copy has left.
  find "$PGDATA" -mindepth 1 -delete
  pg_basebackup -h db-1 -U replicator -D "$PGDATA" -R -S "$SLOT" -d "application_name=$SLOT" -c fast
  chmod 700 "$PGDATA"
fi
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/tmp -c hba_file=/scale/pg_hba.conf \
  -c max_connections=200 -c hot_standby_feedback=on -c wal_receiver_timeout=10s -c wal_retrieve_retry_interval=500ms \
  -c cluster_name="$SLOT"
