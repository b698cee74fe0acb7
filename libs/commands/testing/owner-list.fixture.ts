import { createServer, type Server } from 'node:http';
import type { HttpAdapterHost } from '@nestjs/core';
import type { PartitionOwner, PartitionOwnerRepository } from '#libs/event-store/postgres';
import { loadSettings, Siblings } from '#libs/platform';
import { PeerDirectory } from '../peers/peer-directory.js';

/** In-memory owner announcements. */
export class OwnerList implements Pick<PartitionOwnerRepository, 'announce' | 'owners'> {
  readonly rows: PartitionOwner[] = [];
  away = false;
  looks = 0;

  async announce(owner: PartitionOwner): Promise<boolean> {
    if (this.away) throw new Error('away');
    const index = this.rows.findIndex(
      ({ topic, partition }) => topic === owner.topic && partition === owner.partition,
    );
    if (index >= 0 && (this.rows[index]?.claim ?? 0) > owner.claim) return false;
    if (index >= 0) this.rows.splice(index, 1);
    this.rows.push(owner);
    return true;
  }

  async owners(): Promise<PartitionOwner[]> {
    this.looks++;
    if (this.away) throw new Error('away');
    return [...this.rows];
  }
}

/** The peer directory of a process with this HTTP server. */
export const directoryOf = (
  owners: OwnerList,
  server: Server = createServer(),
  environment: Record<string, string> = {},
): PeerDirectory =>
  new PeerDirectory(
    loadSettings(environment),
    owners as unknown as PartitionOwnerRepository,
    { httpAdapter: { getHttpServer: () => server } } as unknown as HttpAdapterHost,
    new Siblings(),
  );
