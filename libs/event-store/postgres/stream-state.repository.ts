import { Injectable } from '@nestjs/common';
import {
  type WriterClaim,
  type StateStore,
  type StoredState,
  StaleStateError,
} from '../core/states/state-store.js';
import { topicPartitionKey } from '#libs/kernel';
import { prepared, PrismaService } from '#libs/postgres';

interface LoadedRow {
  readonly nextOffset: bigint;
  readonly streamId: string | null;
  readonly json: string | null;
}

/** Id of a marker row that no stream can have. If the table is emptied, it goes too and invalidates the checkpoint. */
const MARK = '';
/**
 * Version of the stored states. Increase it when a newer version cannot continue from older states; each partition's
 * states are then rebuilt from the log.
 */
const FORMAT = '3';

const SAVE = prepared(`
  with moved as (
    update stream_state_checkpoint set next_offset = $5, claim = $3
    where topic = $1 and partition = $2 and next_offset = $4 and claim <= $3
    returning 1 as one
  ), saved as (
    insert into stream_state (topic, partition, stream_id, state)
    select $1, $2, row.id, row.state::json
    from rows from (unnest($6::text[]), string_to_table($7, E'\\n')) as row (id, state)
    where exists (select from moved)
    on conflict (topic, partition, stream_id) do update set state = excluded.state
  )
  select one from moved`);

@Injectable()
export class StreamStateRepository implements StateStore {
  constructor(private readonly prisma: PrismaService) {}

  async open({ topic, partition, claim }: WriterClaim): Promise<number> {
    return this.prisma.$transaction(async (transaction) => {
      const [row] = await transaction.$queryRaw<{ nextOffset: bigint; whole: boolean }[]>`
        insert into stream_state_checkpoint as checkpoint (topic, partition, claim, next_offset)
        values (${topic}, ${partition}, ${claim}, 0)
        on conflict (topic, partition) do update set claim = excluded.claim
        where checkpoint.claim <= excluded.claim
        returning next_offset as "nextOffset", xmax <> 0 and exists (
          select from stream_state where topic = ${topic} and partition = ${partition} and stream_id = ${MARK}
            and state->>'format' = ${FORMAT}
        ) as whole`;
      if (!row)
        throw new StaleStateError(
          `the states of ${topicPartitionKey({ topic, partition })} have a later claim`,
        );
      if (row.whole) return Number(row.nextOffset);
      // Start over for rows without a checkpoint, a checkpoint without rows, or states of an older version.
      await transaction.streamState.deleteMany({ where: { topic, partition } });
      const mark = { topic, partition, streamId: MARK, state: { format: FORMAT } };
      await transaction.streamState.create({ data: mark });
      await transaction.$executeRaw`
        update stream_state_checkpoint set next_offset = 0 where topic = ${topic} and partition = ${partition}`;
      return 0;
    });
  }

  async load(
    topic: string,
    partition: number,
    streamIds: readonly string[],
  ): Promise<{ checkpoint: number | undefined; states: StoredState[] }> {
    const rows = await this.prisma.$queryRaw<LoadedRow[]>`
      select checkpoint.next_offset as "nextOffset", state.stream_id as "streamId", state.state::text as json
      from stream_state_checkpoint as checkpoint
      left join stream_state as state
        on state.topic = checkpoint.topic and state.partition = checkpoint.partition
        and state.stream_id = any(${streamIds}::text[])
      where checkpoint.topic = ${topic} and checkpoint.partition = ${partition} and exists (
        select from stream_state where topic = ${topic} and partition = ${partition} and stream_id = ${MARK}
      )`;
    const [first] = rows;
    const states = rows.flatMap(({ streamId, json }) =>
      streamId === null || json === null ? [] : [{ streamId, json }],
    );
    return { checkpoint: first && Number(first.nextOffset), states };
  }

  /** One statement is one transaction and one round trip. */
  async save(
    { topic, partition, claim }: WriterClaim,
    from: number,
    to: number,
    states: readonly StoredState[],
  ): Promise<void> {
    const ids = states.map(({ streamId }) => streamId);
    // Postgres splits the lines, because quoting an array of long texts is slow. Serialized JSON has no line breaks.
    const lines = states.map(({ json }) => json).join('\n');
    // Bypasses Prisma, which would encode the texts as JSON twice.
    const { rowCount } = await this.prisma.pool.query(SAVE([topic, partition, claim, from, to, ids, lines]));
    if (rowCount !== 1) {
      throw new StaleStateError(
        `the states of ${topicPartitionKey({ topic, partition })} are no longer at ${from}`,
      );
    }
  }
}
