import avro from 'avsc';

/** `timestamp-millis` as RFC 3339 in UTC with milliseconds, such as `2026-01-31T12:00:00.000Z`. */
export class TimestampMillis extends avro.types.LogicalType {
  // Cached, because events of one command share their time and parsing is slow.
  #text = '';
  #time = 0;

  protected override _toValue(text: unknown): number | undefined {
    if (typeof text !== 'string') return undefined;
    if (text !== this.#text) {
      const time = Date.parse(text);
      // Another spelling would not come back as it was written.
      if (Number.isNaN(time) || new Date(time).toISOString() !== text) return undefined;
      this.#text = text;
      this.#time = time;
    }
    return this.#time;
  }

  protected override _fromValue(time: number): string {
    if (time !== this.#time || this.#text === '') {
      this.#text = new Date(time).toISOString();
      this.#time = time;
    }
    return this.#text;
  }

  protected override _resolve(writer: avro.Type): ((time: number) => string) | undefined {
    return avro.Type.isType(writer, 'long', 'int') ? (time) => this._fromValue(time) : undefined;
  }
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `uuid`. Other readers parse it, so nothing else may be written. */
export class Uuid extends avro.types.LogicalType {
  protected override _toValue(text: unknown): string | undefined {
    return typeof text === 'string' && UUID.test(text) ? text : undefined;
  }

  // Values in the log are not checked again.
  protected override _fromValue(text: string): string {
    return text;
  }

  protected override _resolve(writer: avro.Type): ((text: string) => string) | undefined {
    return avro.Type.isType(writer, 'string') ? (text) => text : undefined;
  }
}
