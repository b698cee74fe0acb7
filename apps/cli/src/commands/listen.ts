import { once } from 'node:events';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  type ApiClient,
  type ApiOptions,
  apiClientOf,
  reportingApiErrors,
  withApiOptions,
} from '../api/api-client.js';
import { print, runningSystem } from '../cli-settings.js';
import {
  deliveryLine,
  type DeliveryRequest,
  DeliveryServer,
  isSignedWith,
} from '../listen/delivery-server.js';
import { type CreatedSubscription, SubscriptionClient } from '../listen/subscription-client.js';

interface ListenOptions extends ApiOptions {
  readonly eventTypes: string;
  readonly from: string;
  readonly port: number;
}

export function listenCommand(): Command {
  const command = new Command('listen')
    .description(
      'receive webhooks in this terminal: subscribes, checks each signature, and unsubscribes on Ctrl-C',
    )
    .option('--event-types <types>', 'comma-separated event types and patterns', '*')
    .addOption(new Option('--from <point>', 'where to start').choices(['now', 'beginning']).default('now'))
    .option('--port <port>', 'loopback port to receive on; 0 picks a free one', parsePort, 0);
  return withApiOptions(command).action((options: ListenOptions) =>
    reportingApiErrors(() => listen(options)),
  );
}

async function listen(options: ListenOptions): Promise<void> {
  const runningAtStart = runningSystem();
  const client = apiClientOf(options);
  const { promise: subscribed, resolve: tellSubscription } = later<CreatedSubscription>();
  const server = new DeliveryServer(async (delivery) => take(delivery, (await subscribed).secret));
  const callbackUrl = await server.listen(options.port);
  // Listens for signals before it subscribes, so that it never leaves a subscription behind.
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  try {
    const eventTypes = options.eventTypes.split(',').map((type) => type.trim());
    const subscription = await new SubscriptionClient(client).create({
      callbackUrl,
      eventTypes,
      startFrom: options.from,
    });
    print(`listening for ${eventTypes.join(', ')} at ${callbackUrl}; stop with Ctrl-C`);
    tellSubscription(subscription);
    await stopped;
    const clientNow = client.url === runningAtStart?.url ? movedClient(client, options) : client;
    await unsubscribe(clientNow, subscription);
  } finally {
    server.close();
  }
}

/** The client of the system in this directory, which may have been restarted at another address. */
function movedClient(client: ApiClient, options: ListenOptions): ApiClient {
  const url = runningSystem()?.url;
  return url === undefined ? client : apiClientOf({ ...options, url });
}

async function unsubscribe(client: ApiClient, { subscriptionId }: CreatedSubscription): Promise<void> {
  try {
    await new SubscriptionClient(client).delete(subscriptionId);
    print(`subscription ${subscriptionId} deleted`);
  } catch (error) {
    print(`subscription ${subscriptionId} stays active, because it could not be deleted:`);
    throw error;
  }
}

/** Refuses a delivery with a wrong signature, as every subscriber should. */
async function take(delivery: DeliveryRequest, secret: string): Promise<number> {
  const isSigned = isSignedWith(secret, delivery);
  print(deliveryLine(delivery, isSigned, new Date()));
  return isSigned ? 204 : 401;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

function later<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}
