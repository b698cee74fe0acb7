import { v5, v7 } from 'uuid';

/** A UUIDv7: sorts by time of making. */
export const newId = (): string => v7();

/** A UUIDv5: the same name always gives the same id. */
export const derivedId = (name: string, namespace: string): string => v5(name, namespace);
