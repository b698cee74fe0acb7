import { Injectable } from '@nestjs/common';
import { isStorable } from '#libs/contracts';
import type { Position } from '#libs/kernel';
import { ProblemException } from '#libs/platform';
import type { Projection } from '#libs/projections/core';
import {
  type JobKind,
  type PostgresTransaction,
  type ProjectionJob,
  ProjectionCommands,
  ProjectionJobRepository,
  withLag,
} from '#libs/projections/postgres';
import { ProjectionBusyError, ProjectionJobs } from '#libs/projections/projector';
import { READ_MODELS } from '#libs/projections/read-models';
import { LogStanding } from './log-standing.js';
import type { ProjectionDocument } from './projection.schemas.js';
import { projectionDocuments } from './projection-documents.js';

const BUILT_IN: ReadonlySet<string> = new Set(READ_MODELS.map(({ name }) => name));

/** What operators see of the projections, and do about them. All methods throw ProblemException. */
@Injectable()
export class Projections {
  constructor(
    private readonly commands: ProjectionCommands,
    private readonly jobs: ProjectionJobs,
    private readonly jobTable: ProjectionJobRepository,
    private readonly log: LogStanding,
  ) {}

  async list(): Promise<ProjectionDocument[]> {
    const statuses = await this.commands.status();
    const names = [...new Set(statuses.map(({ projection }) => projection))];
    const [jobs, underRebuild, ends] = await Promise.all([
      this.jobTable.last(names),
      this.commands.underRebuild(names),
      // Read last, so that no end is below a checkpoint that was read before it.
      this.log.ends(),
    ]);
    const withLags = withLag(await this.log.pastControlRecords(statuses, ends), ends);
    const lateness = (at: (typeof withLags)[number]) => this.log.lateness(at, at.nextOffset);
    return projectionDocuments({ statuses: withLags, ends, jobs, underRebuild, builtIn: BUILT_IN, lateness });
  }

  /** @returns in how many partitions it had stopped */
  async retry(name: string): Promise<number> {
    await this.#mustBeBegun(name);
    const partitions = await this.commands.retry(name);
    if (partitions === 0) throw new ProblemException('projection-not-stopped', `${name} has not stopped.`);
    return partitions;
  }

  async skip(name: string, position: Position, reason: string): Promise<void> {
    await this.#mustBeBegun(name);
    if (await this.commands.skip(name, position, reason)) return;
    const detail = `${name} has not stopped at this position. Nothing was skipped.`;
    throw new ProblemException('projection-not-stopped', detail);
  }

  async start(kind: JobKind, name: string): Promise<ProjectionJob> {
    const readModel = await this.#builtIn(name, kind);
    if ((await this.commands.underRebuild([name])).has(name))
      throw new ProblemException('projection-busy', `${name} is being rebuilt already.`);
    try {
      await this.jobs.start(kind, readModel);
    } catch (error) {
      if (!(error instanceof ProjectionBusyError)) throw error;
      throw new ProblemException('projection-busy', `Nothing was begun: ${error.message}.`);
    }
    return this.job(kind, name);
  }

  async cancelRebuild(name: string): Promise<ProjectionJob> {
    await this.#mustBeBegun(name);
    if (!(await this.jobTable.cancel({ projection: name, kind: 'rebuild' })))
      throw new ProblemException(
        'rebuild-not-running',
        `No rebuild of ${name} that was asked for here is under way.`,
      );
    return this.job('rebuild', name);
  }

  /** The last job of the kind. */
  async job(kind: JobKind, name: string): Promise<ProjectionJob> {
    const jobs = isStorable(name) ? await this.jobTable.last([name]) : [];
    const found = jobs.find((job) => job.kind === kind);
    if (found) return found;
    throw new ProblemException('projection-not-found', `There is no ${kind} of a projection of this name.`);
  }

  async #mustBeBegun(name: string): Promise<void> {
    if (isStorable(name) && (await this.commands.topics(name)).length > 0) return;
    throw new ProblemException('projection-not-found', 'No projector has begun a projection of this name.');
  }

  async #builtIn(name: string, kind: JobKind): Promise<Projection<PostgresTransaction>> {
    const readModel = READ_MODELS.find((each) => each.name === name);
    if (readModel) return readModel;
    await this.#mustBeBegun(name);
    throw new ProblemException(
      'projection-not-built-in',
      kind === 'rebuild'
        ? `${name} is a projection of your own, whose code this process does not have. Its projector rebuilds it after "orderstream projections replay ${name}".`
        : `${name} is a projection of your own: nothing tells what its rows must be.`,
    );
  }
}
