import { systemClock } from '#libs/kernel';
import type { KafkaProtocol } from '#libs/kafka';
import { errorTypeOf, missingRight } from './missing-right.js';

interface ProbeTarget {
  readonly protocol: KafkaProtocol;
  readonly topic: string;
  /** Common prefix of all probe topics, for granting rights. */
  readonly names: string;
  readonly transactionalId: string;
  readonly idPrefix: string;
}

const PARTITION = 0;
const TRANSACTION_TIMEOUT_MS = 5_000;
/** A new topic has no leader yet, and a new cluster no coordinator. */
const PATIENCE_MS = 5_000;
const PAUSE_MS = 50;

/**
 * Finds a right that an append or a read would lack. Claims retry any failure for long, so this takes their steps one by
 * one and names a missing right at once. Other failures are left to the checks.
 */
export async function missingProbeRight(target: ProbeTarget): Promise<string | undefined> {
  const { protocol, topic, names, transactionalId, idPrefix } = target;
  const deadline = performance.now() + PATIENCE_MS;
  let right = `READ on topics named ${names}*`;
  try {
    await patiently(deadline, () => protocol.fetch(topic, PARTITION, 0, 1));
    right = `WRITE on topics named ${names}*`;
    const producer = await patiently(deadline, () =>
      protocol.initProducer(transactionalId, TRANSACTION_TIMEOUT_MS),
    );
    await patiently(deadline, () => protocol.addToTransaction(transactionalId, producer, topic, PARTITION));
    await protocol.abortTransaction(transactionalId, producer);
    return undefined;
  } catch (error) {
    const onIds = `WRITE on transactional ids named ${idPrefix}*`;
    const missing = missingRight(error, { topic: right, transactionalId: onIds });
    return missing && `a right is missing: ${missing}`;
  }
}

async function patiently<Answer>(deadline: number, step: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (isRefusal(error) || performance.now() >= deadline) throw error;
      await systemClock.sleep(PAUSE_MS);
    }
  }
}

const isRefusal = (error: unknown): boolean => errorTypeOf(error)?.endsWith('_AUTHORIZATION_FAILED') ?? false;
