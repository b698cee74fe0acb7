export { directCauses } from './causes.js';
export { type JsonDifference, jsonDifferences } from './json-differences.js';
export {
  inOrderOfTime,
  missingCauses,
  type StoryNode,
  type StreamDocuments,
  storyNodes,
} from './order-story.js';
