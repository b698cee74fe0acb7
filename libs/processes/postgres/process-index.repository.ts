import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/postgres';

export interface FoundProcess {
  readonly processId: string;
  readonly tenant: string;
}

/** Where a page ended. */
interface PageEnd {
  readonly at: string;
  readonly processId: string;
}

const PAGE = 1_000;

/**
 * Finds the processes that have something due. Their table is a read model, so it may lag behind: it says where to look,
 * and the process itself says what there is.
 */
@Injectable()
export class ProcessIndexRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Pages of the processes with a timer that is due by a time, in milliseconds since 1970. */
  withTimerDue(by: number): AsyncIterable<readonly FoundProcess[]> {
    return this.#pages('timer_at', by);
  }

  /** Pages of the processes that have waited for an answer since a time or longer. */
  unanswered(since: number): AsyncIterable<readonly FoundProcess[]> {
    return this.#pages('unanswered_since', since);
  }

  async countStuck(): Promise<number> {
    const { rows } = await this.prisma.pool.query<{ count: string }>(
      `select count(*) from (select from process where status = 'stuck' limit 10000) as stuck`,
    );
    return Number(rows[0]?.count ?? 0);
  }

  async *#pages(column: 'timer_at' | 'unanswered_since', by: number): AsyncIterable<readonly FoundProcess[]> {
    let end: PageEnd = { at: '-1', processId: '00000000-0000-0000-0000-000000000000' };
    for (;;) {
      const { rows } = await this.prisma.pool.query<FoundProcess & { readonly at: string }>(
        `select process_id as "processId", tenant, ${column} as at from process
         where ${column} < 9007199254740991 and ${column} <= $1 and (${column}, process_id) > ($2, $3)
         order by ${column}, process_id limit ${PAGE}`,
        [by, end.at, end.processId],
      );
      yield rows;
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) return;
      end = last;
    }
  }
}
