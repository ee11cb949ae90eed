import type { ClientBase } from 'pg';

/** Until the transaction ends, its changes and audit entries carry this name (`current_actor()` in the database). */
export async function actAs(client: ClientBase, actor: string): Promise<void> {
  await client.query("SELECT set_config('email_scheduler.actor', $1, true)", [actor]);
}
