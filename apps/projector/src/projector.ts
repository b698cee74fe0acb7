import { READ_MODELS } from '#libs/persistence';
import { ProjectingModule } from '#libs/projecting';

/** Builds the read models. */
export const PROJECTOR = ProjectingModule.register({ group: 'projector', projections: READ_MODELS });
