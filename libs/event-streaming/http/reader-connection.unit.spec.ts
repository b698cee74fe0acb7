import { LogUnavailableError } from '#libs/kernel';
import type { KafkaEventLog, KafkaProtocol } from '#libs/kafka';
import { ReaderConnection } from './reader-connection.js';

/** Connections that only count: what is asked of them is up to the test. */
class Connections {
  made = 0;
  readonly closed: number[] = [];

  readonly connect = () => {
    const number = this.made++;
    const protocol = {
      disconnect: async () => {
        this.closed.push(number);
      },
    };
    return { protocol: protocol as unknown as KafkaProtocol, log: { number } as unknown as KafkaEventLog };
  };
}

const numberOf = async (log: KafkaEventLog): Promise<number> => (log as unknown as { number: number }).number;
const fail = (error: Error) => async (): Promise<never> => {
  throw error;
};
const away = fail(new LogUnavailableError('away'));

describe('the connection of readers', () => {
  let connections: Connections;
  let connection: ReaderConnection;

  beforeEach(() => {
    connections = new Connections();
    connection = new ReaderConnection(connections.connect);
  });

  it('is made when it is needed, and kept', async () => {
    expect(connections.made).toBe(0);
    expect([await connection.run(numberOf), await connection.run(numberOf)]).toEqual([0, 0]);
  });

  it('is replaced when it goes on failing', async () => {
    for (let n = 0; n < 2; n++) await expect(connection.run(away)).rejects.toThrow('away');
    expect(await connection.run(numberOf)).toBe(0);
    for (let n = 0; n < 3; n++) await expect(connection.run(away)).rejects.toThrow('away');
    expect(await connection.run(numberOf)).toBe(1);
    expect(connections.closed).toEqual([0]);
  });

  it('is replaced once by many that fail together, and not for what is no fault of its own', async () => {
    await Promise.allSettled(Array.from({ length: 10 }, () => connection.run(away)));
    for (let n = 0; n < 5; n++) await expect(connection.run(fail(new Error('schema')))).rejects.toThrow();
    expect(await connection.run(numberOf)).toBe(1);
  });

  it('is closed for good', async () => {
    await connection.run(numberOf);
    await connection.close();
    expect(connections.closed).toEqual([0]);
    await expect(connection.run(numberOf)).rejects.toThrow('closed');
  });
});
