import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatInstant } from '#libs/kernel';
import {
  causeOf,
  type AnyDeadLetter,
  type DeadLetterAct,
  DeadLetterDesk,
  type DeadLetterPlaces,
} from '#libs/operations/core';
import {
  ApiProblems,
  Audited,
  Caller,
  type Page,
  type Principal,
  ProblemException,
  RequiresScope,
} from '#libs/platform';
import { TakesQueryTurn } from '#libs/projections/http';
import {
  type DeadLetterGroupQuery,
  deadLetterGroupQuerySchema,
  type DeadLetterGroupsDocument,
  deadLetterGroupsSchema,
  deadLetterListPages,
  deadLetterPageSchema,
  type DeadLetterQuery,
  deadLetterQuerySchema,
  type DeadLetterReleaseBody,
  deadLetterReleaseSchema,
  filterOf,
  type ListedDeadLetterDocument,
  type ReleasedDeadLettersDocument,
  releasedDeadLettersSchema,
} from './dead-letter-list.schemas.js';

@ApiTags('Operations')
@TakesQueryTurn()
@RequiresScope('operator')
@Controller('v1/operations/dead-letters')
export class AllDeadLettersController {
  constructor(private readonly desk: DeadLetterDesk) {}

  @Get()
  @ApiOperation({
    operationId: 'listDeadLetters',
    summary: 'List what waits for a person, of all kinds and tenants, newest first',
    description: 'With `cause`, a page may have few items or none although others follow.',
  })
  @ApiResponse({ status: 200, standardSchema: deadLetterPageSchema })
  async list(
    @Query({ schema: deadLetterQuerySchema }) query: DeadLetterQuery,
  ): Promise<Page<ListedDeadLetterDocument>> {
    const { kind, cause, limit, pageToken } = query;
    const after = placesOf(deadLetterListPages.decode(pageToken));
    const { letters, next } = await this.desk.page({ kind, cause, filter: filterOf(query) }, limit, after);
    return {
      items: letters.map(documentOf),
      ...(next && { nextPageToken: deadLetterListPages.encode(next as never) }),
    };
  }

  @Get('groups')
  @ApiOperation({ operationId: 'groupDeadLetters', summary: 'Count what waits for a person by its cause' })
  @ApiResponse({ status: 200, standardSchema: deadLetterGroupsSchema })
  async groups(
    @Query({ schema: deadLetterGroupQuerySchema }) query: DeadLetterGroupQuery,
  ): Promise<DeadLetterGroupsDocument> {
    const groups = await this.desk.groups(query.kind, filterOf(query));
    return {
      items: groups.map(({ countIsLowerBound, ...group }) => ({
        ...group,
        ...(countIsLowerBound && { countIsLowerBound }),
      })),
    };
  }

  @Post('redrive')
  @Audited('dead-letters.redriven')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'redriveDeadLetters',
    summary: 'Have dead letters tried again: webhooks are sent, processes and projections go on',
    description: 'Takes a bounded number in one request; ask again until `released` is 0.',
  })
  @ApiResponse({ status: 200, standardSchema: releasedDeadLettersSchema })
  @ApiProblems(409)
  redrive(
    @Caller() { actor }: Principal,
    @Body({ schema: deadLetterReleaseSchema }) body: DeadLetterReleaseBody,
  ): Promise<ReleasedDeadLettersDocument> {
    return this.#release('redrive', body, actor);
  }

  @Post('skip')
  @Audited('dead-letters.skipped')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'skipDeadLetters',
    summary: 'Give webhooks up: what waits behind them goes out',
    description: 'Takes a bounded number in one request; ask again until `released` is 0.',
  })
  @ApiResponse({ status: 200, standardSchema: releasedDeadLettersSchema })
  @ApiProblems(409)
  skip(
    @Caller() { actor }: Principal,
    @Body({ schema: deadLetterReleaseSchema }) body: DeadLetterReleaseBody,
  ): Promise<ReleasedDeadLettersDocument> {
    return this.#release('skip', body, actor);
  }

  async #release(
    act: DeadLetterAct,
    body: DeadLetterReleaseBody,
    actor: string,
  ): Promise<ReleasedDeadLettersDocument> {
    const { kind, cause, dryRun } = body;
    const refusal = this.desk.refusal(kind, act);
    if (refusal !== undefined) throw new ProblemException('dead-letters-not-releasable', refusal);
    const choice = { cause, filter: filterOf(body) };
    const { count: matched, isLowerBound } = await this.desk.match(kind, choice);
    const released = dryRun ? 0 : await this.desk.release(kind, act, choice, actor);
    return { matched, ...(isLowerBound && { matchedIsLowerBound: true }), released, dryRun };
  }
}

type DecodedPlaces = ReturnType<typeof deadLetterListPages.decode>;

const placesOf = (decoded: DecodedPlaces): DeadLetterPlaces =>
  Object.fromEntries(
    Object.entries(decoded ?? {}).flatMap(([kind, place]) =>
      place ? [[kind, { at: formatInstant(place.at), key: place.key }]] : [],
    ),
  );

const documentOf = ({ kind, tenant, error, place, ...letter }: AnyDeadLetter): ListedDeadLetterDocument => ({
  ...letter,
  kind,
  ...(tenant !== null && { tenant }),
  cause: causeOf(error),
  error,
  since: place.at,
});
