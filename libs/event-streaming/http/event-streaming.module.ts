import { Module } from '@nestjs/common';
import { EventStreams } from './event-streams.js';

/** The readers of events in a process, for all APIs that stream some: they share one tail. */
@Module({ providers: [EventStreams], exports: [EventStreams] })
export class EventStreamingModule {}
