import type { Input, ProcessDefinition } from '../core/index.js';

type ErrandEvent =
  | { readonly type: 'asked'; readonly errands: readonly string[]; readonly patienceMs: number }
  | { readonly type: 'added'; readonly errand: string }
  /** More, or less, time. */
  | { readonly type: 'given-time'; readonly patienceMs: number }
  | { readonly type: 'called-off' }
  /** Nobody can handle this, until {@link isCursed} says otherwise. */
  | { readonly type: 'curse' };

interface Errands extends Readonly<Record<string, unknown>> {
  readonly wanted: readonly string[];
  readonly done: readonly string[];
  readonly isOff: boolean;
  readonly isLate: boolean;
  readonly dueAt: number;
}

/** Whether the definition fails on a curse. Set it back after a test. */
export const curse = { isOn: true };

/** A small kind of process: runs errands, one after the other or all at once, until the last is done or it is called off. */
export const errands = (
  more: Partial<Pick<ProcessDefinition<Errands, ErrandEvent, null>, 'plan'>> = {},
): ProcessDefinition<Errands, ErrandEvent, null> => ({
  name: 'errands',
  topics: ['wishes'],
  concern: ({ data, metadata }) => ({ processId: metadata.streamId, event: data as ErrandEvent }),
  start: (event) =>
    event.type === 'asked'
      ? { wanted: event.errands, done: [], isOff: false, isLate: false, dueAt: event.patienceMs }
      : undefined,
  apply,
  plan: ({ wanted, done, isOff, isLate, dueAt }, isOpen) => {
    const left = wanted.filter((errand) => !done.includes(errand));
    if (isOff || isLate)
      return { commands: [], withdrawn: left.filter(isOpen), timers: [], end: 'compensated' };
    return {
      commands: left.map((key) => ({ key, target: 'feet', payload: { type: 'go' } })),
      timers: left.length > 0 ? [{ name: 'patience', dueAt }] : [],
      ...(left.length === 0 && { end: 'completed' }),
    };
  },
  subject: ({ wanted }) => ({
    subject: wanted[0] ?? '',
    orderId: null,
    customerId: null,
    currency: null,
    total: null,
  }),
  ...more,
});

function apply(facts: Errands, input: Input<ErrandEvent>): Errands {
  switch (input.type) {
    case 'answer': {
      const { key, answer } = input;
      if (!facts.wanted.includes(key)) throw new Error(`nobody asked for ${key}`);
      return { ...facts, done: [...facts.done, key], ...(answer.outcome === 'refused' && { isOff: true }) };
    }
    case 'timer':
      return { ...facts, isLate: true };
    case 'cancel':
      return { ...facts, isOff: true };
    case 'event':
      return applyEvent(facts, input.event);
  }
}

function applyEvent(facts: Errands, event: ErrandEvent): Errands {
  switch (event.type) {
    case 'asked':
      return facts;
    case 'added':
      return facts.wanted.includes(event.errand)
        ? facts
        : { ...facts, wanted: [...facts.wanted, event.errand] };
    case 'given-time':
      return { ...facts, dueAt: event.patienceMs };
    case 'called-off':
      return { ...facts, isOff: true };
    case 'curse':
      if (curse.isOn) throw new Error('a curse');
      return facts;
  }
}
