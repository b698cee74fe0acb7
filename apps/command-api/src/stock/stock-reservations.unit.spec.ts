import {
  CommandEngine,
  CommandIntake,
  type CommandPeers,
  DEFAULT_WRITER_LIMITS,
  InMemoryEventLog,
  InMemoryStateStore,
  NotOwnerError,
  type WriterObserver,
} from '#libs/event-store';
import {
  availableOf,
  type StockCommand,
  stockDecider,
  type StockEvent,
  stockStreamId,
} from '#libs/inventory';
import { newId, systemClock } from '#libs/kernel';
import { STOCK } from '../aggregates.js';

const [tenant, sku] = ['acme', 'tea'];
const streamId = stockStreamId(tenant, sku);

const ALONE: CommandPeers = {
  announce: () => undefined,
  forward: () => Promise.reject(new NotOwnerError()),
};
const QUIET: WriterObserver = {
  recovering: () => undefined,
  recovered: () => undefined,
  appended: () => undefined,
  failed: () => undefined,
  released: () => undefined,
};

function setUp() {
  const log = new InMemoryEventLog(STOCK.topic, 1);
  const engine = new CommandEngine({
    aggregate: STOCK,
    log,
    store: new InMemoryStateStore(),
    encode: log.encode,
    clock: systemClock,
    observer: QUIET,
    peers: ALONE,
    intake: new CommandIntake({ maxCommands: 1_000, maxBytes: 1_000_000 }),
    commandTimeoutMs: 10_000,
    stateBytes: 1_000_000,
    limits: DEFAULT_WRITER_LIMITS,
  });
  /** The code of the rejection, if it came to one. */
  const execute = async (command: StockCommand): Promise<string | undefined> => {
    const result = await engine.execute({
      streamId,
      command,
      bytes: 100,
      tenant,
      actor: 'fulfilment',
      commandId: newId(),
      requestHash: null,
      correlationId: 'c',
      causationId: null,
      traceparent: null,
    });
    return result.ok ? undefined : result.problem.code;
  };
  return { engine, execute, events: () => log.events(0) as unknown as readonly StockEvent[] };
}

describe('64 clients after the last 10 units of an article', () => {
  let rig: ReturnType<typeof setUp>;
  beforeEach(async () => {
    rig = setUp();
    await rig.engine.start();
    rig.engine.assigned(0, () => Promise.resolve());
    await rig.execute({ type: 'receive-stock', sku, quantity: 10 });
  });
  afterEach(() => rig.engine.release());

  const reserve = (orderId: string) => rig.execute({ type: 'reserve-stock', sku, orderId, quantity: 1 });
  const ofType = (type: StockEvent['type']) => rig.events().filter((event) => event.type === type);

  it('exactly 10 get one each, and each of the others is told why not', async () => {
    const orderIds = Array.from({ length: 64 }, () => newId());
    await Promise.all(orderIds.map(reserve));
    expect(ofType('stock.reserved')).toHaveLength(10);
    const rejected = ofType('stock.reservation-rejected');
    expect(rejected).toHaveLength(54);
    for (const { data } of rejected) expect(data).toMatchObject({ sku, quantity: 1, available: 0 });
    const answered = rig.events().flatMap(({ data }) => ('orderId' in data ? [data.orderId] : []));
    expect(answered.toSorted()).toEqual(orderIds.toSorted());
  });

  it('so too when each asks twice: the second time is refused or rejected, and takes nothing', async () => {
    const orderIds = Array.from({ length: 64 }, () => newId());
    const outcomes = await Promise.all([...orderIds, ...orderIds].map(reserve));
    expect(ofType('stock.reserved')).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === 'stock-already-reserved')).toHaveLength(10);
  });

  it('what some give back, others get', async () => {
    const first = Array.from({ length: 10 }, () => newId());
    await Promise.all(first.map(reserve));
    const ends = first.map(
      (orderId, index): StockCommand => ({
        type: index < 4 ? 'release-stock' : 'ship-stock',
        sku,
        orderId,
      }),
    );
    await Promise.all(ends.map(rig.execute));
    await Promise.all(Array.from({ length: 64 }, () => reserve(newId())));
    expect(ofType('stock.reserved')).toHaveLength(14);
    const stock = rig.events().reduce(stockDecider.evolve, stockDecider.initialState);
    expect(stock).toMatchObject({ onHand: 4, reserved: 4 });
    expect(availableOf(stock)).toBe(0);
  });
});
