/** The common shape of kafkajs errors, however they are nested. */
interface KafkaFailure {
  readonly type?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

/** The broker's error name, anywhere in the chain. */
export function errorTypeOf(error: unknown): string | undefined {
  if (error === null || typeof error !== 'object') return undefined;
  const { type, cause, errors = [] } = error as KafkaFailure;
  if (typeof type === 'string') return type;
  return [cause, ...errors].map(errorTypeOf).find((found) => found !== undefined);
}

/** The rights that a step needs, by the broker's error when one is missing. */
export interface Rights {
  readonly cluster?: string;
  readonly topic?: string;
  readonly transactionalId?: string;
}

/** The right that an error is about; `undefined` for other errors. */
export function missingRight(
  error: unknown,
  { cluster, topic, transactionalId }: Rights,
): string | undefined {
  switch (errorTypeOf(error)) {
    case 'CLUSTER_AUTHORIZATION_FAILED':
      return cluster ?? topic;
    case 'TOPIC_AUTHORIZATION_FAILED':
      return topic ?? cluster;
    case 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED':
      return transactionalId;
    default:
      return undefined;
  }
}

/** The reason for a failure: the missing right, or the error's message. */
export function reasonOf(error: unknown, rights: Rights): string {
  const right = missingRight(error, rights);
  return right === undefined ? messageOf(error) : `a right is missing: ${right}`;
}

/** An aggregate error has no message of its own. */
function messageOf(error: unknown): string {
  const { errors, message } = error as Error & KafkaFailure;
  return errors?.[0] === undefined ? message : messageOf(errors[0]);
}
