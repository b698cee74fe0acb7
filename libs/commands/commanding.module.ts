import { type DynamicModule, Module } from '@nestjs/common';
import type { AnyAggregate } from '#libs/event-store/core';
import { StateTablesModule } from '#libs/event-store/postgres';
import { Commands, REGISTERED_AGGREGATES, type RegisteredAggregates } from './commands.js';
import { HttpPeers } from './peers/http-peers.js';
import { PeerDirectory } from './peers/peer-directory.js';
import { ForwardingEndpoint } from './peers/forwarding-endpoint.js';
import { WriterLog } from './writer-log.js';

/** Executes commands. Register it once per process, which then owns partitions and forwards other commands. */
@Module({})
export class CommandingModule {
  /**
   * @param executed as in `AGGREGATE_GROUPS`
   * @param forwarded aggregates whose commands this process sends, but leaves to other processes to execute
   */
  static register(
    executed: RegisteredAggregates['executed'],
    forwarded: readonly AnyAggregate[] = [],
  ): DynamicModule {
    const aggregates: RegisteredAggregates = { executed, forwarded };
    return {
      module: CommandingModule,
      global: true,
      imports: [StateTablesModule],
      providers: [
        { provide: REGISTERED_AGGREGATES, useValue: aggregates },
        Commands,
        WriterLog,
        HttpPeers,
        PeerDirectory,
        ForwardingEndpoint,
      ],
      exports: [Commands],
    };
  }
}
