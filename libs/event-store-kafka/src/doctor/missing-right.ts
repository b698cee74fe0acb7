/** What kafkajs' errors look like, whichever of them wraps which. */
interface KafkaFailure {
  readonly type?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

/** The broker's name of the error, wherever in the chain it stands. */
export function errorTypeOf(error: unknown): string | undefined {
  if (error === null || typeof error !== 'object') return undefined;
  const { type, cause, errors = [] } = error as KafkaFailure;
  if (typeof type === 'string') return type;
  return [cause, ...errors].map(errorTypeOf).find((found) => found !== undefined);
}

/** The rights that a step needs, by what the broker says when one is missing. */
export interface Rights {
  readonly cluster?: string;
  readonly topic?: string;
  readonly transactionalId?: string;
}

/** The right that an error asks for; `undefined` when it is about something else. */
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

/** Why something could not be had: the right that is missing, or what the error says. */
export function reasonOf(error: unknown, rights: Rights): string {
  const right = missingRight(error, rights);
  return right === undefined ? messageOf(error) : `a right is missing: ${right}`;
}

/** An error that stands for several says nothing of its own. */
function messageOf(error: unknown): string {
  const { errors, message } = error as Error & KafkaFailure;
  return errors?.[0] === undefined ? message : messageOf(errors[0]);
}
