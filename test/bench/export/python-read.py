"""Reads a topic with confluent-kafka and its Avro deserializer, and prints what it took as JSON."""
import json
import resource
import sys
import time

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

brokers, registry, topic, wanted = sys.argv[1:5]
wanted = int(wanted)
deserialize = AvroDeserializer(SchemaRegistryClient({"url": registry}))
consumer = Consumer(
    {"bootstrap.servers": brokers, "group.id": "bench-python", "enable.auto.commit": False, "auto.offset.reset": "earliest"}
)
partitions = consumer.list_topics(topic).topics[topic].partitions
consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
context = SerializationContext(topic, MessageField.VALUE)
used = resource.getrusage(resource.RUSAGE_SELF)
began = time.monotonic()
read = 0
while read < wanted:
    for message in consumer.consume(10_000, 1):
        if message.error() is None and message.value() is not None:
            deserialize(message.value(), context)
            read += 1
seconds = time.monotonic() - began
now = resource.getrusage(resource.RUSAGE_SELF)
cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
consumer.close()
print(json.dumps({"events": read, "seconds": seconds, "cpuMicros": cpu * 1e6 / read}))
