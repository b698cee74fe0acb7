import {
  CommandEngine,
  AdmissionLimiter,
  type CommandPeers,
  DEFAULT_WRITER_LIMITS,
  type EncodeEvent,
  type EventLog,
  NotOwnerError,
  type WriterObserver,
} from '#libs/event-store/core';
import { InMemoryStateStore } from '#libs/event-store/testing';
import { type StockCommand, stockDecider, stockStreamId } from '#libs/inventory';
import { newId, systemClock } from '#libs/kernel';

export const [tenant, sku] = ['acme', 'tea'];
export const streamId = stockStreamId(tenant, sku);

const ALONE: CommandPeers = {
  announce: () => undefined,
  forward: () => Promise.reject(new NotOwnerError()),
};
const QUIET: WriterObserver = {
  recovering: () => undefined,
  repeated: () => undefined,
  recovered: () => undefined,
  appended: () => undefined,
  failed: () => undefined,
  storeFailed: () => undefined,
  released: () => undefined,
};

/** A stock engine without peers, on the given log. */
export async function startStockEngine(log: EventLog, topic: string, encode: EncodeEvent) {
  const engine = new CommandEngine({
    aggregate: { topic, decider: stockDecider },
    log,
    store: new InMemoryStateStore(),
    encode,
    clock: systemClock,
    random: Math.random,
    observer: QUIET,
    peers: ALONE,
    admission: new AdmissionLimiter({ maxCommands: 1_000, maxBytes: 1_000_000 }),
    commandTimeoutMs: 10_000,
    stateBytes: 1_000_000,
    limits: DEFAULT_WRITER_LIMITS,
  });
  /** @returns the rejection code, if the command was rejected */
  const execute = async (command: StockCommand): Promise<string | undefined> => {
    const result = await engine.execute({
      streamId,
      command,
      bytes: 100,
      tenant,
      actor: 'fulfilment',
      commandId: newId(),
      requestHash: null,
      correlationId: 'c',
      causationId: null,
      traceparent: null,
    });
    return result.ok ? undefined : result.problem.code;
  };
  await engine.start();
  for (let partition = 0; partition < (await log.partitionCount(topic)); partition++) {
    engine.assigned(partition, () => Promise.resolve());
  }
  return { engine, execute };
}
