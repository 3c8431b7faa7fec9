// The walkthrough of each client, the same for all generators.
declare const process: { env: Record<string, string | undefined> };

/** The address of the API, with its prefix. */
export const address = process.env.API!;

/** A run that tickets can be bought for. */
export const run = process.env.RUN!;

export const tradebook =
  'symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,order_execution_time\n' +
  'INFY,INE009A01021,2024-01-15,NSE,EQ,EQ,buy,false,10,1520.50,50001,1300000000000001,2024-01-15T09:15:32\n';

export const password = 'correct horse battery';

export const newName = (client: string): string => `${client}${Date.now()}`;

/** Fails the walk with a sentence unless the condition holds. */
export function check(condition: unknown, what: string, detail?: unknown): asserts condition {
  if (!condition) throw new Error(`${what}: ${JSON.stringify(detail)}`);
}
