import { newId } from '#libs/kernel';
import { useDatabase } from '#libs/testing';
import { LogMemoryRepository } from './log-memory.repository.js';

const { prisma } = await useDatabase();
const memory = new LogMemoryRepository(prisma);

it('remembers the furthest offset of each partition that any table knows', async () => {
  await prisma.$executeRaw`insert into stream_state_checkpoint values ('orders', 0, 3, 7), ('orders', 1, 5, 5)`;
  await prisma.$executeRaw`insert into partition_owner values ('orders', 2, 11, 'http://a', 't')`;
  await prisma.$executeRaw`
    insert into projection_checkpoint (projection, build, topic, partition, next_offset) values ('orders', 1, 'orders', 0, 9)`;
  await prisma.$executeRaw`insert into process_checkpoint values ('orders', 1, 6)`;
  await prisma.$executeRaw`insert into webhook_partition values ('orders', 1, gen_random_uuid(), 8, 1)`;
  const reached = await memory.reached();
  expect(reached.toSorted((a, b) => a.partition - b.partition)).toEqual([
    { topic: 'orders', partition: 0, offset: 9 },
    { topic: 'orders', partition: 1, offset: 8 },
    { topic: 'orders', partition: 2, offset: 11 },
  ]);
});

it('remembers where the newest events are', async () => {
  const eventIds = Array.from({ length: 300 }, newId);
  for (const [offset, eventId] of eventIds.entries())
    await prisma.eventIndex.create({ data: { eventId, tenant: 't', topic: 'orders', partition: 1, offset } });
  const events = await memory.newestEvents();
  expect(events[0]).toEqual({ topic: 'orders', partition: 1, offset: 299, eventId: eventIds[299] });
  expect(events).toHaveLength(200);
});
