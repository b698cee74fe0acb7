import { causeOfWords } from '#libs/payments';

type Data = Readonly<Record<string, unknown>>;

/**
 * Turns an old payload of one event type into the current one, on read. Its input is the result of Avro's resolution:
 * fields unknown to the writer have their defaults, and removed fields are gone. Pure, and leaves current payloads as
 * they are.
 */
export type Upcaster = (data: Data) => Data;
export type Upcasters = Readonly<Record<string, Upcaster>>;

/** By event type. */
export const UPCASTERS: Upcasters = {
  'payment.failed': (data) =>
    data['cause'] === null ? { ...data, cause: causeOfWords(data['reason'] as string) } : data,
  'order.created': (data) =>
    data['customerId'] === null ? { ...data, customerId: (data['customer'] as { id: string }).id } : data,
};
