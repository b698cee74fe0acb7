import { Webhook } from 'standardwebhooks';

/** Tracks what has arrived from one subscription. Give each subscription its own URL and inbox. */
export class Inbox {
  /** Events that another event names as its predecessor but that have not arrived. */
  gaps = new Map();
  #taken = new Set();

  /** @param {string[]} secrets during a rotation, the new one and the old one */
  constructor(secrets) {
    this.secrets = secrets;
  }

  /** @throws if no secret matches the signature, or it is older than five minutes */
  open(headers, rawBody) {
    const body = this.#verified(headers, rawBody.toString());
    return {
      replay: headers['orderstream-replay'] ?? null,
      position: headers['orderstream-position'],
      previous: headers['orderstream-previous'] ?? null,
      events:
        headers['x-event-type'] === 'batch'
          ? body.events.map((event) => ({ id: event.eventId ?? event.id, event }))
          : [{ id: headers['webhook-id'], event: body }],
    };
  }

  /** The new events, in order. An id is new once live, and once in each replay. */
  fresh({ replay, events }) {
    return events.filter(({ id }) => !this.#taken.has(keyOf(replay, id)));
  }

  /** Records the events as received: call it once they are stored. */
  take({ replay, position, previous, events }) {
    let before = previous;
    for (const { id } of events) {
      const key = keyOf(replay, before);
      if (before !== null && !this.#taken.has(key) && !this.gaps.has(key)) {
        this.gaps.set(key, { replay, missing: before, before: id, position, since: new Date() });
      }
      this.waive(replay, id);
      before = id;
    }
  }

  /** Stops waiting for an event that will not arrive: a skipped dead letter, or one from before this inbox. */
  waive(replay, id) {
    this.#taken.add(keyOf(replay, id));
    this.gaps.delete(keyOf(replay, id));
  }

  #verified(headers, body) {
    const [last, ...others] = this.secrets;
    for (const secret of others) {
      try {
        return new Webhook(secret).verify(body, headers);
      } catch {}
    }
    return new Webhook(last).verify(body, headers);
  }
}

const keyOf = (replay, id) => `${replay ?? 'live'} ${id}`;
