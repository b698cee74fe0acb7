import type { Answer, Item } from '../../api/answer';

export type LogTopic = Item<'/v1/operations/log/topics'>;
export type LogPartition = LogTopic['partitions'][number];
export type LogPageAnswer = Answer<'/v1/operations/log/{topic}/{partition}'>;
export type LogRecord = LogPageAnswer['items'][number];
export type LoggedEvent = NonNullable<LogRecord['event']>;

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB'] as const;

/** A size by its largest unit: `512 bytes`, `1.4 MiB`. */
export function sizeText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const size = bytes / 1024 ** power;
  return `${power === 0 ? size : size.toFixed(1)} ${UNITS[power]}`;
}

/** Who an event belongs to. */
export function tenantOf({ metadata }: LoggedEvent): string | undefined {
  const { tenant } = metadata;
  return typeof tenant === 'string' ? tenant : undefined;
}
