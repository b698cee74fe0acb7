// This limit finds tests that hang. It says nothing about speed, because machines are busy.
import.meta.jest.setTimeout(900_000);
