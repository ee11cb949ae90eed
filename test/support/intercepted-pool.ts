/** A pool that lets something happen in the world just before a certain statement: what two programs do at once. */
import type { Pool, PoolClient } from 'pg';

/** @param action once, before the first statement whose text contains `text` */
export function interceptedPool(pool: Pool, text: string, action: () => Promise<unknown>): Pool {
  let isPending = true;
  const intercept = (client: PoolClient): PoolClient =>
    new Proxy(client, {
      get(target, key): unknown {
        const value: unknown = Reflect.get(target, key, target);
        if (key !== 'query') return typeof value === 'function' ? value.bind(target) : value;
        return (...args: unknown[]): unknown => {
          const query = value as (...queryArgs: unknown[]) => unknown;
          if (!isPending || typeof args[0] !== 'string' || !args[0].includes(text)) {
            return query.apply(target, args);
          }
          isPending = false;
          return action().then(() => query.apply(target, args));
        };
      },
    });
  return new Proxy(pool, {
    get(target, key): unknown {
      const value: unknown = Reflect.get(target, key, target);
      if (key !== 'connect') return typeof value === 'function' ? value.bind(target) : value;
      return async () => intercept(await target.connect());
    },
  });
}
