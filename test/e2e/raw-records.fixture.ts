import { makeKafka } from '#libs/kafka';
import { testSettings } from '#libs/testing';

/** Appends a record as a stranger would. @returns its offset */
export async function appendRaw(
  { topic, partition }: { readonly topic: string; readonly partition: number },
  record: { readonly key: string; readonly value: Buffer; readonly headers: Record<string, string> },
): Promise<number> {
  const producer = makeKafka(testSettings()).producer();
  await producer.connect();
  try {
    const [sent] = await producer.send({ topic, messages: [{ ...record, partition }] });
    return Number(sent?.baseOffset);
  } finally {
    await producer.disconnect();
  }
}
