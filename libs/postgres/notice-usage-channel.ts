import { Injectable } from '@nestjs/common';
import type { UsageChannel } from '#libs/platform';
import { DatabaseNotices } from './database-notices.js';
import { PrismaService } from './prisma.service.js';

const CHANNEL = 'orderstream_tenant_usage';

/** Brings processes' messages to each other as notices of the database, which keeps none of them. */
@Injectable()
export class NoticeUsageChannel implements UsageChannel {
  constructor(
    private readonly prisma: PrismaService,
    private readonly notices: DatabaseNotices,
  ) {}

  listen(listener: (message: string) => void): void {
    this.notices.listen(CHANNEL, (message) => {
      if (message !== undefined) listener(message);
    });
  }

  /** Those that own partitions. */
  async processes(): Promise<number> {
    const { rows } = await this.prisma.pool.query<{ processes: number }>(
      'select count(distinct token)::int as processes from partition_owner',
    );
    return rows[0]?.processes ?? 1;
  }

  async send(messages: readonly string[]): Promise<void> {
    await this.prisma.pool.query('select pg_notify($1, message) from unnest($2::text[]) message', [
      CHANNEL,
      messages,
    ]);
  }
}
