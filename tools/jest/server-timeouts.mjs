// Tests of these tiers wait for brokers, databases and rebalances, which take seconds on a busy machine.
import.meta.jest.setTimeout(60_000);
