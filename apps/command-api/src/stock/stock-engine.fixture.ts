import {
  CommandEngine,
  DEFAULT_WRITER_LIMITS,
  type EncodeEvent,
  type EventLog,
  NotOwnerError,
} from '#libs/event-store/core';
import { plainParts, someRequest } from '#libs/event-store/testing';
import { type StockCommand, stockDecider, stockStreamId } from '#libs/inventory';
import { newId } from '#libs/kernel';

export const [tenant, sku] = ['acme', 'tea'];
export const streamId = stockStreamId(tenant, sku);

/** A stock engine without peers, on the given log. */
export async function startStockEngine(log: EventLog, topic: string, encode: EncodeEvent) {
  const engine = new CommandEngine({
    ...plainParts(),
    aggregate: { topic, decider: stockDecider },
    log,
    encode,
    peers: { announce: () => undefined, forward: () => Promise.reject(new NotOwnerError()) },
    commandTimeoutMs: 10_000,
    limits: DEFAULT_WRITER_LIMITS,
  });
  /** @returns the rejection code, if the command was rejected */
  const execute = async (command: StockCommand): Promise<string | undefined> => {
    const id = { commandId: newId(), requestHash: null };
    const result = await engine.execute(someRequest(streamId, command, { tenant, ...id }));
    return result.ok ? undefined : result.problem.code;
  };
  await engine.start();
  for (let partition = 0; partition < (await log.partitionCount(topic)); partition++) {
    engine.assigned(partition, () => Promise.resolve());
  }
  return { engine, execute };
}
