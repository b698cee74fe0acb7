#!/bin/sh
# Prints every event of every topic, after its place and headers: all history, and with --follow whatever comes.
#
#   read_with_console.sh FOLDER [--follow]
#
# FOLDER is what `orderstream analysts create NAME --write FOLDER` wrote. Kafka's own tool decodes no Avro: pom.xml fetches a
# deserializer for it, which must be on the CLASSPATH.
set -eu
config=$1/client.properties
value() { sed -n "s|^$1=||p" "$config"; }

# All history has been read when nothing comes for a while.
end='--timeout-ms 15000'
if [ "${2-}" = --follow ]; then end=; fi
trust=$(value apicurio.registry.tls.truststore.location)

deserializer=value.deserializer
${KAFKA_CONSOLE_CONSUMER:-kafka-console-consumer.sh} \
  --bootstrap-server "$(value bootstrap.servers)" \
  --command-config "$config" \
  --include 'orders|inventory|payments|carts|notifications|audit|processes|webhooks' \
  --from-beginning \
  --isolation-level read_committed \
  --formatter-property print.headers=true \
  --formatter-property print.partition=true \
  --formatter-property print.offset=true \
  --formatter-property $deserializer=io.apicurio.registry.serde.avro.AvroKafkaDeserializer \
  --formatter-property $deserializer.apicurio.registry.url="$(value apicurio.registry.url)" \
  ${trust:+--formatter-property $deserializer.apicurio.registry.tls.truststore.type=PEM} \
  ${trust:+--formatter-property $deserializer.apicurio.registry.tls.truststore.location="$trust"} \
  $end
