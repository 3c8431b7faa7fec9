import { createClient } from '../generated/hey-api/client/index.js';
import {
  ledgerEntriesCsv, ledgerImport, login, portfolioChart, portfolioHistory, signup, trainsIssue, trainsTicketQr, usersList,
} from '../generated/hey-api/index.js';
import { address, check, newName, password, run, tradebook } from './walk.js';

let token: string | undefined;
const client = createClient({ baseUrl: address, auth: () => token });
const username = newName('hey');

const signedUp = await signup({ client, body: { username, password } });
check(signedUp.data?.username === username, 'sign up', signedUp.error);

const loggedIn = await login({ client, body: { username, password } });
check(loggedIn.data, 'log in', loggedIn.error);
token = loggedIn.data.access_token;

const ticket = await trainsIssue({
  client,
  path: { id: run },
  headers: { 'Idempotency-Key': username },
  body: { from: 'Mysuru', to: 'Chennai', class: '2A', passengers: ['Ada Lovelace'] },
});
check(ticket.data?.status === 'confirmed', 'buy a ticket', ticket.error);
const seats: string[] = ticket.data.seats;
check(seats.length === 1, 'one seat', seats);

const picture = await trainsTicketQr({ client, path: { id: run, ticket: ticket.data.id } });
check(picture.data && (await picture.data.text()).includes('<svg'), 'QR code', picture.error);

const imported = await ledgerImport({ client, query: { fund: 'auto' }, body: new Blob([tradebook]) });
check(imported.data?.added === 1, 'import', imported.error);

const file = await ledgerEntriesCsv({ client, parseAs: 'blob' });
check(file.data && (await file.data.text()).includes('INFY'), 'CSV', file.error);

const chart = await portfolioChart({ client });
check(chart.data && (await chart.data.text()).includes('<svg'), 'chart', chart.error);

const history = await portfolioHistory({ client, query: { interval: 'month' } });
check(history.data?.interval === 'month', 'history', history.error);

const refused = await usersList({ client });
check(refused.error && 'status' in refused.error && refused.error.status === 403, 'a typed failure', refused.error);
