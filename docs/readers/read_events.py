"""Prints every event of every topic as a line of JSON: all history, and with --follow whatever comes.

    python read_events.py orderstream_client.py [--follow] [TOPIC...]
"""

import argparse
import collections
import json
import runpy
import sys

from confluent_kafka import Consumer, KafkaError, OFFSET_BEGINNING, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

TOPICS = ["orders", "inventory", "payments", "carts", "notifications", "audit", "processes", "webhooks"]

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
arguments.add_argument("client", help="the file that `orderstream analysts create` wrote")
arguments.add_argument("topics", nargs="*", default=TOPICS)
arguments.add_argument("--follow", action="store_true")
asked = arguments.parse_args()

client = runpy.run_path(asked.client)
consumer = Consumer({**client["KAFKA"], "enable.partition.eof": True})
deserialize = AvroDeserializer(SchemaRegistryClient(client["SCHEMA_REGISTRY"]))

# All partitions, without a group: a second reader gets all events too.
known = consumer.list_topics(timeout=30).topics
partitions = [
    TopicPartition(topic, partition, OFFSET_BEGINNING) for topic in asked.topics for partition in known[topic].partitions
]
consumer.assign(partitions)

counts = collections.Counter()
unread = len(partitions)
while unread > 0 or asked.follow:
    for message in consumer.consume(num_messages=500, timeout=1):
        if message.error():
            if message.error().code() != KafkaError._PARTITION_EOF:
                sys.exit(str(message.error()))
            unread -= 1
            continue
        if message.value() is None:  # A record that keeps a former writer out. It holds no event.
            continue
        place = {"topic": message.topic(), "partition": message.partition(), "offset": message.offset()}
        try:
            event = deserialize(message.value(), SerializationContext(message.topic(), MessageField.VALUE))
        except Exception as error:  # One bad record must not hide those behind it, nor be passed over in silence.
            print(f"unreadable: {place}: {error}", file=sys.stderr)
            continue
        headers = dict(message.headers() or [])
        counts[message.topic()] += 1
        # Times are datetimes in UTC and ids are UUIDs: as text, they are as in the HTTP API.
        print(json.dumps({**place, "type": headers["ce_type"].decode(), "event": event}, default=str), flush=asked.follow)

print(json.dumps(counts), file=sys.stderr)
