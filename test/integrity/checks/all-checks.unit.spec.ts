import { violationsIn } from './all-checks.js';
import {
  answer,
  create,
  failed,
  HandMadeHistory,
  rejected,
  step,
  unknown,
} from './hand-made-history.fixture.js';

let history: HandMadeHistory;

beforeEach(() => {
  history = new HandMadeHistory();
});

/** A whole life, with every kind of outcome that a right system gives. */
function writeRightHistory(): void {
  const keyed = create('a', { key: 'k' });
  const first = history.accepted(keyed, 'A', 1);
  history.attempt(keyed, first);
  history.attempt(create('a-other', { key: 'k' }), rejected(422, 'idempotency-key-reused'));
  history.accepted(step('b', 'A', 'confirmed', { expectedVersion: 1 }), 'A', 2);
  history.attempt(step('c', 'A', 'cancelled', { expectedVersion: 1 }), rejected(412, 'version-mismatch'));
  history.attempt(step('d', 'A', 'delivered'), rejected(409, 'order-status-step-forbidden'));
  history.attempt(step('e', 'A', 'shipped'), unknown);
  history.event(step('e', 'A', 'shipped'), 'A', 3);
  history.attempt(step('f', 'A', 'delivered'), failed);
  history.attempt(step('g', 'A', 'delivered'), unknown);
  history.attempt(step('h', 'B', 'confirmed'), rejected(404, 'order-not-found'));
  history.batch(0, { isControl: true });
  history.batch(1);
  history.batch(2, { isControl: true });
  history.batch(3);
}

describe('the checks', () => {
  it('find nothing in a right history', () => {
    writeRightHistory();
    expect(violationsIn(history)).toEqual([]);
  });

  it.each([
    [
      'a version that was passed meanwhile',
      () => {
        history.attempt(create('a'), answer('A', 1, 0), { startedAt: 0, endedAt: 1 });
        history.attempt(step('b', 'A', 'confirmed'), answer('A', 2, 1), { startedAt: 2, endedAt: 9 });
        const late = step('c', 'A', 'confirmed', { expectedVersion: 1 });
        history.attempt(late, rejected(412, 'version-mismatch'), { startedAt: 3, endedAt: 8 });
      },
    ],
    [
      'a step that became forbidden meanwhile',
      () => {
        history.attempt(create('a'), answer('A', 1, 0), { startedAt: 0, endedAt: 1 });
        history.attempt(step('b', 'A', 'confirmed'), answer('A', 2, 1), { startedAt: 2, endedAt: 9 });
        history.attempt(step('c', 'A', 'confirmed'), rejected(409, 'order-status-step-forbidden'), {
          startedAt: 3,
          endedAt: 8,
        });
      },
    ],
  ])('accept a refusal for %s', (_what, write) => {
    write();
    history.event(create('a'), 'A', 1);
    history.event(step('b', 'A', 'confirmed'), 'A', 2);
    expect(violationsIn(history)).toEqual([]);
  });
});
