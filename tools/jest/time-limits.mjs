// A limit of time finds tests that hang. None of them says how fast anything is: machines are busy.
import.meta.jest.setTimeout(900_000);
