export { FULFILMENT_TARGETS, FulfilmentTargetsModule } from './targets.module.js';
