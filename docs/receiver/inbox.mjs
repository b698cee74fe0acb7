import { Webhook } from 'standardwebhooks';

/** What one subscription sends, and what of it has come. Give each subscription a URL and an inbox of its own. */
export class Inbox {
  /** Events that another one names as the one before it, and that have not come. */
  gaps = new Map();
  #taken = new Set();

  /** @param {string[]} secrets the new one and the old one, while the secret is being rotated */
  constructor(secrets) {
    this.secrets = secrets;
  }

  /** @throws when the signature is not by any of the secrets, or five minutes old */
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

  /** Those that have not come before, in order. An id comes once live, and once in each replay. */
  fresh({ replay, events }) {
    return events.filter(({ id }) => !this.#taken.has(keyOf(replay, id)));
  }

  /** Remembers that they have come: call it when they are stored. */
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

  /** By itself: for one that will not come, a skipped dead letter or one from before this inbox. */
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
