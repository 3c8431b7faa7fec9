// A service with one endpoint, as one writes it with Fastify, @fastify/jwt and pg. infra/load/bench measures it beside the app.
//
// Environment: PORT, JWT_SECRET (HS256), POOL_SIZE, PROCESSES and Postgres's own variables (PGHOST, PGPORT, PGUSER, PGPASSWORD,
// PGDATABASE).
import cluster from 'node:cluster';
import fastifyJwt from '@fastify/jwt';
import Fastify from 'fastify';
import pg from 'pg';

const processes = Number(process.env.PROCESSES);

if (cluster.isPrimary) {
  for (let i = 0; i < processes; i++) cluster.fork();
  cluster.on('exit', () => process.exit(1));
} else {
  const pool = new pg.Pool({ max: Math.ceil(Number(process.env.POOL_SIZE) / processes) });
  const app = Fastify();
  app.register(fastifyJwt, { secret: process.env.JWT_SECRET, verify: { algorithms: ['HS256'], cache: true } });
  const text = (type) => ({ type });
  const response = {
    200: {
      type: 'object',
      properties: {
        id: text('string'),
        username: text('string'),
        email: { type: ['string', 'null'] },
        role: text('string'),
        disabled: text('boolean'),
        created_at: text('string'),
        updated_at: text('string'),
      },
    },
  };
  app.get('/users/me', { schema: { response }, onRequest: (request) => request.jwtVerify() }, async (request, reply) => {
    // With a name, pg prepares the statement once for a connection.
    const { rows } = await pool.query({
      name: 'user',
      text: `select id, username, email, role, disabled_at is not null as disabled, created_at, updated_at
             from users where id = $1 and disabled_at is null`,
      values: [request.user.sub],
    });
    return rows.length === 1 ? rows[0] : reply.code(401).send();
  });
  await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
}
