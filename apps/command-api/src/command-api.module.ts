import { Module } from '@nestjs/common';
import * as controllers from './controllers.js';

/** HTTP endpoints that send commands. */
@Module({ controllers: Object.values(controllers) })
export class CommandApiModule {}
