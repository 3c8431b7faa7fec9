import createClient from 'openapi-fetch';
import type { paths } from '../generated/openapi-typescript.js';
import { address, check, newName, password, run, tradebook } from './walk.js';

const api = createClient<paths>({ baseUrl: address });
const username = newName('fetch');

const signedUp = await api.POST('/signup', { body: { username, password } });
check(signedUp.data?.username === username, 'sign up', signedUp.error);

const loggedIn = await api.POST('/login', { body: { username, password } });
check(loggedIn.data, 'log in', loggedIn.error);
api.use({
  onRequest({ request }) {
    request.headers.set('Authorization', `Bearer ${loggedIn.data!.access_token}`);
    return request;
  },
});

const ticket = await api.POST('/trains/{id}/tickets', {
  params: { path: { id: run }, header: { 'Idempotency-Key': username } },
  body: { from: 'Mysuru', to: 'Chennai', class: '2A', passengers: ['Ada Lovelace'] },
});
check(ticket.data?.status === 'confirmed', 'buy a ticket', ticket.error);
const seats: string[] = ticket.data.seats;
check(seats.length === 1, 'one seat', seats);

const picture = await api.GET('/trains/{id}/tickets/{ticket}/qr', { params: { path: { id: run, ticket: ticket.data.id } }, parseAs: 'text' });
check(picture.data?.includes('<svg'), 'QR code', picture.error);

const imported = await api.POST('/ledger/import', {
  params: { query: { fund: 'auto' } },
  body: tradebook,
  bodySerializer: (body) => body,
  headers: { 'Content-Type': 'text/csv' },
});
check(imported.data?.added === 1, 'import', imported.error);

const file = await api.GET('/ledger/entries.csv', { parseAs: 'text' });
check(file.data?.includes('INFY'), 'CSV', file.error);

const chart = await api.GET('/portfolio/chart.svg', { parseAs: 'text' });
check(chart.data?.includes('<svg'), 'chart', chart.error);

const history = await api.GET('/portfolio/history', { params: { query: { interval: 'month' } } });
check(history.data?.interval === 'month', 'history', history.error);

const refused = await api.GET('/users', {});
check(refused.response.status === 403 && refused.error?.status === 403, 'a typed failure', refused.error);
