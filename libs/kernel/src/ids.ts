import { v7, validate } from 'uuid';

/** A UUIDv7: sorts by time of making. */
export const newId = (): string => v7();

export const isUuid = (text: string): boolean => validate(text);
