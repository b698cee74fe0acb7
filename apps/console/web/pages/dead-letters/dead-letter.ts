import type { Item } from '../../api/answer';
import type { paths } from '../../api/generated/paths';

export type DeadLetter = Item<'/v1/operations/dead-letters'>;
export type DeadLetterGroup = Item<'/v1/operations/dead-letters/groups'>;

type Redrive = paths['/v1/operations/dead-letters/redrive']['post'];

/** Which of them an act is about. */
export type DeadLetterChoice = Redrive['requestBody']['content']['application/json'];

export const DEAD_LETTER_KINDS = ['webhook', 'process', 'projection', 'mail'] as const;
export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number];

export const isKind = (text: string | undefined): text is DeadLetterKind =>
  DEAD_LETTER_KINDS.includes(text as DeadLetterKind);

/** What stops in each kind, in words. */
export const KIND_NAMES: Readonly<Record<DeadLetterKind, readonly [one: string, many: string]>> = {
  webhook: ['delivery', 'deliveries'],
  process: ['process', 'processes'],
  projection: ['projection', 'projections'],
  mail: ['mail', 'mails'],
};
