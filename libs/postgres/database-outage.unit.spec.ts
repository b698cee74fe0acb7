import { Client } from 'pg';
import { Prisma } from './generated/client.js';
import { ConnectionLostError, isDatabaseOutage, isDataFault, isBrokenSession } from './database-outage.js';

const judged = (error: unknown) => ({ isOutage: isDatabaseOutage(error), isDataFault: isDataFault(error) });
const OUTAGE = { isOutage: true, isDataFault: false };
const DATA_FAULT = { isOutage: false, isDataFault: true };
const NEITHER = { isOutage: false, isDataFault: false };

const words = (text: string): string[] => text.trim().split(/\s+/);
const coded = (code: string): Error => Object.assign(new Error('of the server'), { code });
const prisma = (code: string, originalCode?: string): Error =>
  new Prisma.PrismaClientKnownRequestError('of Prisma', {
    code,
    clientVersion: '7',
    ...(originalCode !== undefined && { meta: { driverAdapterError: { cause: { originalCode } } } }),
  });

/** The error that a client gives when its connection went between two statements. */
async function lostBetweenStatements(): Promise<unknown> {
  const client = new Client();
  client.on('error', () => undefined);
  Object.assign(client, { _queryable: false });
  return client.query('select 1').catch((error: unknown) => error);
}

describe('an error of the database', () => {
  it('is an outage when the connection went between two statements', async () => {
    expect(judged(await lostBetweenStatements())).toEqual(OUTAGE);
  });

  it.each([
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'Connection terminated',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Query read timeout',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Cannot use a pool after calling end on the pool',
    'Received unexpected commandComplete message from backend.',
    'The server does not support SSL connections',
    'SASL: SCRAM-SERVER-FINAL-MESSAGE: server signature is missing',
  ])('is an outage when the driver says "%s"', (message) =>
    expect(judged(new Error(message))).toEqual(OUTAGE),
  );

  it.each(
    words(`
      ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT EHOSTUNREACH ENOTFOUND EAI_AGAIN ERR_SOCKET_CLOSED
      ERR_STREAM_DESTROYED ERR_TLS_CERT_ALTNAME_INVALID 08006 08P01 25006 28P01 3D000 40001 40P01 53300
      53100 55P03 57P01 57P02 57P03 57014 58030 0A000 26000 42P05 25P03 P1001 P1017 P2024 P2028 P2034
      P2037
    `),
  )('is an outage with the code %s', (code) => {
    const errors = code.startsWith('P') ? [prisma(code)] : [coded(code), prisma('P2010', code)];
    for (const error of errors) expect(judged(error)).toEqual(OUTAGE);
  });

  it('is an outage when none of the addresses of a host answers', () => {
    const error = new AggregateError([coded('ECONNREFUSED'), coded('EHOSTUNREACH')]);
    expect(judged(error)).toEqual(OUTAGE);
  });

  it('is an outage when the connection was lost, whatever was said before', () => {
    const error = new ConnectionLostError(coded('22003'));
    expect(judged(error)).toEqual(OUTAGE);
  });

  it.each(words('21000 22001 22003 22P02 22021 23502 23505 23514 44000 54000'))(
    'is the fault of the data with the code %s',
    (code) => {
      for (const error of [coded(code), prisma('P2010', code)]) expect(judged(error)).toEqual(DATA_FAULT);
    },
  );

  it.each(words('42P01 42703 25P02 P0001 XX000 EIO P2021'))(
    'may pass, and is no outage, with the code %s',
    (code) => expect(judged(coded(code))).toEqual(NEITHER),
  );

  it.each([
    new Error('of our own code'),
    new TypeError('undefined is not a function'),
    Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL' }),
    'no error at all',
  ])('is none of the database when our own code threw %p', (error) => {
    expect(judged(error)).toEqual(DATA_FAULT);
  });

  it('tells of its session where the next one would be told the same', () => {
    const isBroken = (code: string) => isBrokenSession(coded(code));
    expect(words('25006 57P01 0A000 08006').every(isBroken)).toBe(true);
    expect(words('22003 23505 40001 57014 EPIPE').some(isBroken)).toBe(false);
    // Whatever ends the session, it may be given to the next one before its end is noticed.
    expect(isBrokenSession(Object.assign(coded('25P03'), { severity: 'FATAL' }))).toBe(true);
    // Its answer may still come.
    expect(isBrokenSession(new Error('Query read timeout'))).toBe(true);
  });
});
