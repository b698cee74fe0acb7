"""Decodes what read_with_kcat.sh gets from kcat: for each record a line `TOPIC PARTITION OFFSET`, the length of its value in
four bytes, and the value. Prints each event as a line of JSON.

    … | python decode_avro.py orderstream_client.py
"""

import io
import json
import runpy
import ssl
import struct
import sys
import urllib.request

import fastavro

registry = runpy.run_path(sys.argv[1])["SCHEMA_REGISTRY"]
trust = ssl.create_default_context(cafile=registry.get("ssl.ca.location"))
schemas = {}


def schema_of(schema_id):
    if schema_id not in schemas:
        with urllib.request.urlopen(f"{registry['url'].rstrip('/')}/schemas/ids/{schema_id}", context=trust) as answer:
            schemas[schema_id] = fastavro.parse_schema(json.loads(json.load(answer)["schema"]))
    return schemas[schema_id]


while line := sys.stdin.buffer.readline():
    topic, partition, offset = line.decode().split()
    (length,) = struct.unpack(">i", sys.stdin.buffer.read(4))
    if length < 0:  # A record that keeps a former writer out. It holds no event.
        continue
    value = sys.stdin.buffer.read(length)
    # A zero byte and the schema's id come before the Avro: Confluent's wire format.
    _, schema_id = struct.unpack(">bI", value[:5])
    schema = schema_of(schema_id)
    event = fastavro.schemaless_reader(io.BytesIO(value[5:]), schema)
    place = {"topic": topic, "partition": int(partition), "offset": int(offset)}
    print(json.dumps({**place, "type": schema["eventType"], "event": event}, default=str), flush=True)
