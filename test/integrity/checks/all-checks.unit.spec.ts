import type { ViolationKind } from '../violation.js';
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

/** A history that is spoiled in one way, and the violation that must be found in it. */
const finds = (kind: ViolationKind, what: string, spoil: () => void): void =>
  it(`find ${kind}: ${what}`, () => {
    spoil();
    expect(violationsIn(history).map((found) => found.kind)).toContain(kind);
  });

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

describe('the checks of promise 1', () => {
  finds('lost', 'an acknowledged event that is missing', () =>
    history.attempt(create('a'), answer('A', 1, 9)),
  );

  finds('lost', 'an acknowledged event that is missing, though a repeat failed', () => {
    history.attempt(create('a', { key: 'k' }), answer('A', 1, 9));
    history.attempt(create('a', { key: 'k' }), failed);
  });

  finds('duplicated', 'a command with two events', () => {
    history.accepted(create('a'), 'A', 1);
    history.event(create('a'), 'B', 1);
  });

  finds('duplicated', 'an unknown command with two events', () => {
    history.attempt(create('a'), unknown);
    history.event(create('a'), 'A', 1);
    history.event(create('a'), 'B', 1);
  });

  finds('refused-but-there', 'an event of a command that was refused', () => {
    history.attempt(create('a'), rejected(400, 'invalid-request'));
    history.event(create('a'), 'A', 1);
  });

  finds('refused-but-there', 'an event of a command that failed', () => {
    history.attempt(create('a'), failed);
    history.event(create('a'), 'A', 1);
  });

  finds('misplaced', 'an event elsewhere than answered', () => {
    history.attempt(create('a'), answer('A', 1, 9));
    history.event(create('a'), 'A', 1);
  });

  finds('misplaced', 'an event of another version than answered', () => {
    history.accepted(create('a'), 'A', 1);
    history.attempt(step('b', 'A', 'confirmed'), answer('A', 3, 1));
    history.event(step('b', 'A', 'confirmed'), 'A', 2);
  });

  finds('foreign', "an event of nobody's command", () => history.event(create('a'), 'A', 1));

  finds('foreign', 'an event without a marker', () =>
    history.event(create('a'), 'A', 1, { marker: undefined }),
  );

  finds('event-id-repeated', 'two events of one id', () => {
    const headers = { id: 'event-0', type: 'order.created', version: 1 };
    history.accepted(create('a'), 'A', 1);
    history.attempt(create('b'), answer('B', 1, 1));
    history.event(create('b'), 'B', 1, { eventId: 'event-0', headers });
  });

  finds('header-differs', 'a key that is not the stream', () => {
    history.attempt(create('a'), answer('A', 1, 0));
    history.event(create('a'), 'A', 1, { key: 'B' });
  });
});

describe('the checks of promise 2', () => {
  finds('version-repeated', 'a fork: two events of one version', () => {
    history.accepted(create('a'), 'A', 1);
    history.accepted(step('b', 'A', 'confirmed'), 'A', 2);
    history.accepted(step('c', 'A', 'cancelled'), 'A', 2);
  });

  finds('version-skipped', 'a gap between versions', () => {
    history.accepted(create('a'), 'A', 1);
    history.accepted(step('b', 'A', 'confirmed'), 'A', 3);
  });

  finds('stream-split', 'a stream in two partitions', () => {
    history.accepted(create('a'), 'A', 1);
    const position = 'orders/4@0';
    history.attempt(step('b', 'A', 'confirmed'), answer('A', 2, 0, { position }));
    history.event(step('b', 'A', 'confirmed'), 'A', 2, { partition: 4, offset: 0 });
  });

  finds('illegal-step', 'a step that the life of an order has not', () => {
    history.accepted(create('a'), 'A', 1);
    history.accepted(step('b', 'A', 'delivered'), 'A', 2);
  });

  finds('two-winners', 'two winners of one expected version', () => {
    history.accepted(create('a'), 'A', 1);
    history.accepted(step('b', 'A', 'confirmed', { expectedVersion: 1 }), 'A', 2);
    history.accepted(step('c', 'A', 'shipped', { expectedVersion: 1 }), 'A', 3);
  });

  finds('wrong-winner', 'a winner at another version than expected', () => {
    history.accepted(create('a'), 'A', 1);
    history.accepted(step('b', 'A', 'confirmed'), 'A', 2);
    history.accepted(step('c', 'A', 'shipped', { expectedVersion: 1 }), 'A', 3);
  });

  finds('out-of-order', 'a command that got before one answered earlier', () => {
    history.event(create('a'), 'A', 1);
    history.event(step('b', 'A', 'confirmed'), 'A', 2);
    history.event(step('c', 'A', 'shipped'), 'A', 3);
    history.attempt(create('a'), answer('A', 1, 0), { startedAt: 0, endedAt: 1 });
    history.attempt(step('c', 'A', 'shipped'), answer('A', 3, 2), { startedAt: 2, endedAt: 3 });
    history.attempt(step('b', 'A', 'confirmed'), answer('A', 2, 1), { startedAt: 4, endedAt: 5 });
  });

  finds('stale-rejection', 'a 404 for an order that was acknowledged', () => {
    history.accepted(create('a'), 'A', 1);
    history.attempt(step('b', 'A', 'confirmed'), rejected(404, 'order-not-found'));
  });

  finds('stale-rejection', 'a 412 for the version that the order had', () => {
    history.accepted(create('a'), 'A', 1);
    const request = step('b', 'A', 'confirmed', { expectedVersion: 1 });
    history.attempt(request, rejected(412, 'version-mismatch'));
  });

  finds(
    'stale-rejection',
    'a 409 for a step that was allowed all the time, also when an answer got lost',
    () => {
      history.accepted(create('a'), 'A', 1);
      history.attempt(step('b', 'A', 'confirmed'), unknown);
      history.event(step('b', 'A', 'confirmed'), 'A', 2);
      history.attempt(step('c', 'A', 'cancelled'), rejected(409, 'order-status-step-forbidden'));
    },
  );
});

describe('the checks of promises 3 and 4', () => {
  finds('former-owner', 'a record of an older epoch below a claim', () => {
    history.batch(0, { isControl: true });
    history.batch(1);
    history.batch(2, { isControl: true });
    history.batch(1);
  });

  finds('former-owner', 'a record of another producer below a claim', () => {
    history.batch(0, { isControl: true });
    history.batch(1, { producerId: 8 });
  });

  finds('unfenced', 'a record before any claim', () => history.batch(0));

  finds('key-answers-differ', 'a repeat with another version', () => {
    history.accepted(create('a', { key: 'k' }), 'A', 1);
    history.attempt(create('a', { key: 'k' }), answer('A', 1, 0, { etag: '"2"' }));
  });

  finds('key-answers-differ', 'a repeat with another body', () => {
    history.event(create('a', { key: 'k' }), 'A', 1);
    for (const body of ['{"status":"created"}', '{"status":"confirmed"}']) {
      history.attempt(create('a', { key: 'k' }), answer('A', 1, 0, { body }));
    }
  });

  finds('key-effects', 'two effects of one key', () => {
    history.accepted(create('a', { key: 'k' }), 'A', 1);
    history.attempt(create('b', { key: 'k' }), unknown);
    history.event(create('b', { key: 'k' }), 'B', 1);
  });

  finds('key-forgotten', 'a repeat that is refused', () => {
    history.accepted(create('a'), 'A', 1);
    const keyed = step('b', 'A', 'confirmed', { key: 'k' });
    history.accepted(keyed, 'A', 2);
    history.attempt(keyed, rejected(409, 'order-status-step-forbidden'));
  });

  finds('other-body-taken', 'another body under a used key that is refused for another reason', () => {
    history.accepted(create('a'), 'A', 1);
    history.accepted(step('b', 'A', 'confirmed', { key: 'k' }), 'A', 2);
    history.attempt(step('c', 'A', 'confirmed', { key: 'k' }), rejected(409, 'order-status-step-forbidden'));
  });

  finds('key-refused', 'a 422 for a key that nobody has used otherwise', () =>
    history.attempt(create('a', { key: 'k' }), rejected(422, 'idempotency-key-reused')),
  );
});
