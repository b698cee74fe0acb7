import { Injectable } from '@nestjs/common';
import {
  type WriterClaim,
  type StateStore,
  type StoredState,
  StaleStateError,
} from '../core/states/state-store.js';
import { systemClock, type TopicPartition, topicPartitionKey } from '#libs/kernel';
import { prepared, PrismaService } from '#libs/postgres';
import { GatheredSaves, type StateSave } from './gathered-saves.js';

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

/** Checkpoints are locked in one order, or two processes that save for each other's partitions would wait for one another. */
const SAVE = prepared(`
  with given as materialized (
    select * from unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[]) with ordinality
      as place (topic, partition, claim, from_offset, to_offset, nth)
  ), locked as materialized (
    select checkpoint.topic, checkpoint.partition, nth, given.claim, to_offset
    from given join stream_state_checkpoint as checkpoint using (topic, partition)
    where checkpoint.next_offset = from_offset and checkpoint.claim <= given.claim
    order by checkpoint.topic, checkpoint.partition
    for update of checkpoint
  ), moved as (
    update stream_state_checkpoint as checkpoint set next_offset = to_offset, claim = locked.claim
    from locked
    where checkpoint.topic = locked.topic and checkpoint.partition = locked.partition
    returning checkpoint.topic, checkpoint.partition, nth
  ), saved as (
    insert into stream_state (topic, partition, stream_id, state)
    select topic, partition, row.id, row.state::json
    from rows from (unnest($6::int[]), unnest($7::text[]), string_to_table($8, E'\\n')) as row (place, id, state)
    join moved on nth = place
    on conflict (topic, partition, stream_id) do update set state = excluded.state
  )
  select topic, partition from moved`);

@Injectable()
export class StreamStateRepository implements StateStore {
  readonly #saves = new GatheredSaves((saves) => this.#saveAll(saves), systemClock);

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

  async save(claim: WriterClaim, from: number, to: number, states: readonly StoredState[]): Promise<void> {
    if (!(await this.#saves.save({ claim, from, to, states })))
      throw new StaleStateError(`the states of ${topicPartitionKey(claim)} are no longer at ${from}`);
  }

  /** One statement is one transaction and one round trip. @returns the keys of the partitions that were saved */
  async #saveAll(saves: readonly StateSave[]): Promise<ReadonlySet<string>> {
    const rows = saves.flatMap(({ states }, index) =>
      states.map((state) => ({ ...state, place: index + 1 })),
    );
    // Bypasses Prisma, which would encode the texts as JSON twice.
    const { rows: moved } = await this.prisma.pool.query<TopicPartition>(
      SAVE([
        saves.map(({ claim }) => claim.topic),
        saves.map(({ claim }) => claim.partition),
        saves.map(({ claim }) => claim.claim),
        saves.map(({ from }) => from),
        saves.map(({ to }) => to),
        rows.map(({ place }) => place),
        rows.map(({ streamId }) => streamId),
        // Postgres splits the lines, because quoting an array of long texts is slow. Serialized JSON has no line breaks.
        rows.map(({ json }) => json).join('\n'),
      ]),
    );
    return new Set(moved.map(topicPartitionKey));
  }
}
