#!/usr/bin/env bash
# Prints every event of every topic as a line of JSON: all history, and with --follow whatever comes.
#
#   read_with_kcat.sh FOLDER [--follow]
#
# FOLDER is what `orderstream analysts create NAME --write FOLDER` wrote. Debian's kcat knows no Avro, so Python decodes.
set -euo pipefail
folder=$1
topics="orders inventory payments carts notifications audit processes webhooks"
record='%t %p %o\n%R%s'

if [ "${2-}" = --follow ]; then
  # A group reads all topics at once. Without commits, it begins at the beginning each time.
  group=$(sed -n 's/^group\.id=//p' "$folder/kcat.conf")
  # shellcheck disable=SC2086
  kcat -F "$folder/kcat.conf" -m 60 -q -u -f "$record" -G "$group" $topics
else
  for topic in $topics; do
    kcat -F "$folder/kcat.conf" -m 60 -q -C -t "$topic" -o beginning -e -f "$record"
  done
fi | "${PYTHON:-python3}" "$(dirname "$0")/decode_avro.py" "$folder/orderstream_client.py"
