type Data = Readonly<Record<string, unknown>>;

/**
 * Turns an old payload of one event type into the current one, on read. It gets what Avro's own resolution
 * made of it: fields that the writer did not know have their defaults, those that the reader dropped are gone.
 * Pure, and harmless on payloads that are current already.
 */
export type Upcaster = (data: Data) => Data;
export type Upcasters = Readonly<Record<string, Upcaster>>;

/** By event type. Empty: no payload has changed its meaning so far. */
export const UPCASTERS: Upcasters = {};
