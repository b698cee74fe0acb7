export { Asking } from './asking.fixture.js';
