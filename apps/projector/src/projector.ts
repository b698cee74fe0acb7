import { READ_MODELS } from '#libs/projections/read-models';
import { ProjectingModule } from '#libs/projections/projector';

/** Builds the read models. */
export const PROJECTOR = ProjectingModule.register({ group: 'projector', projections: READ_MODELS });
