import { LogUnavailableError } from '#libs/kernel';
import { loadSettings } from '#libs/platform';
import { failureText } from './command-failure.js';

const settings = () => loadSettings({ KAFKA_BROKERS: 'kafka:9092' });

/** As kafkajs makes them. */
const kafkaError = (name: string, message: string, cause?: Error): Error =>
  Object.assign(new Error(message, { cause }), { name });

describe('what a command says of Kafka', () => {
  it.each([
    kafkaError('KafkaJSSASLAuthenticationError', 'SASL PLAIN authentication failed: wrong password'),
    new LogUnavailableError('Kafka: SASL PLAIN authentication failed: wrong password', {
      cause: kafkaError(
        'KafkaJSNumberOfRetriesExceeded',
        'SASL PLAIN authentication failed: wrong password',
        kafkaError('KafkaJSSASLAuthenticationError', 'SASL PLAIN authentication failed: wrong password'),
      ),
    }),
  ])('names the log-in that it refuses: $name', (error) => {
    const text = failureText(error, settings);
    expect(text).toMatch(
      /^Kafka at kafka:9092 refuses the log-in: SASL PLAIN authentication failed: wrong password\. Set KAFKA_SASL_USERNAME/,
    );
    expect(text).toContain('.orderstream/secure/log-in/');
  });

  it('names the log-in that is missing where Kafka hangs up', () => {
    const closed = kafkaError('KafkaJSConnectionClosedError', 'Closed connection');
    const text = failureText(
      kafkaError('KafkaJSNumberOfRetriesExceeded', 'Closed connection', closed),
      settings,
    );
    expect(text).toMatch(
      /^Cannot use Kafka at kafka:9092: Closed connection\. It may want a log-in\. Set KAFKA_SASL_/,
    );
  });

  it.each(['KafkaJSProtocolError', 'KafkaJSGroupCoordinatorNotFound'])(
    'blames nobody else for %s',
    (name) => {
      // The database's driver words a refused password alike.
      expect(failureText(kafkaError(name, 'Connection terminated unexpectedly'), settings)).toBe(
        `${name}: Connection terminated unexpectedly`,
      );
    },
  );
});
