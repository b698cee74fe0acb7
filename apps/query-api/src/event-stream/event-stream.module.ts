import { Module } from '@nestjs/common';
import { EventStreamController } from './event-stream.controller.js';
import { EventStreams } from '#libs/event-streaming/http';

/** Events for readers without a public address, by long poll and by server-sent events. */
@Module({ controllers: [EventStreamController], providers: [EventStreams] })
export class EventStreamModule {}
