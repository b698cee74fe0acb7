import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  AnswersCommand,
  type CommandOrigin,
  commandRequest,
  Commands,
  Origin,
  sendAccepted,
} from '#libs/commands';
import { PROCESS_AGGREGATE } from '#libs/fulfilment/core';
import { isUuid, systemClock } from '#libs/kernel';
import { Audited, IdParameter, notFoundProblem, RequiresScope } from '#libs/platform';
import {
  type CancelProcessBody,
  cancelProcessSchema,
  type ProcessDocument,
  processDocument,
  processDocumentSchema,
} from '#libs/processes/http';

type Wish =
  | { readonly type: 'retry-process' }
  | { readonly type: 'cancel-process'; readonly reason: string | null };

@ApiTags('Processes')
@Controller('v1/processes')
@RequiresScope('orders:write')
export class ProcessesController {
  constructor(private readonly commands: Commands) {}

  @Post(':processId/retry')
  @Audited('process.retried')
  @IdParameter('processId')
  @ApiOperation({
    operationId: 'retryProcess',
    summary: 'Try the open commands of a stuck process again at once',
    description: 'They are tried again by themselves, too, at growing intervals.',
  })
  @AnswersCommand(202, processDocumentSchema)
  retry(@Origin() origin: CommandOrigin, @Param('processId') processId: string): Promise<ProcessDocument> {
    return this.#execute(origin, processId, { type: 'retry-process' });
  }

  @Post(':processId/cancel')
  @Audited('process.cancelled')
  @IdParameter('processId')
  @ApiOperation({
    operationId: 'cancelProcess',
    summary: 'Have a process undo what it has done, and end',
    description: 'An order is cancelled as if its customer had asked for it, unless it has shipped.',
  })
  @AnswersCommand(202, processDocumentSchema)
  cancel(
    @Origin() origin: CommandOrigin,
    @Param('processId') processId: string,
    @Body({ schema: cancelProcessSchema }) { reason }: CancelProcessBody,
  ): Promise<ProcessDocument> {
    return this.#execute(origin, processId, { type: 'cancel-process', reason: reason ?? null });
  }

  async #execute(origin: CommandOrigin, givenId: string, wish: Wish): Promise<ProcessDocument> {
    if (!isUuid(givenId)) throw notFoundProblem(PROCESS_AGGREGATE, givenId);
    const processId = givenId.toLowerCase();
    const command = { ...wish, processId, process: '', at: systemClock.now() };
    const accepted = await this.commands.execute(
      PROCESS_AGGREGATE,
      commandRequest(origin, processId, command, { asked: { ...wish, processId } }),
    );
    sendAccepted(origin, accepted);
    return processDocument(accepted.stream);
  }
}
