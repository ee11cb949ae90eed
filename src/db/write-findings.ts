/** What a run finds beside the rows of its plan: rows that it ends, contacts that it rejects. */
import type { ClientBase } from 'pg';
import { BinaryCopyWriter } from './binary-copy.ts';
import { copyIn } from './copy.ts';

export interface Closing {
  readonly contactId: number;
  readonly rowId: number;
  /** `missed`: settled as skipped (SPEC 4). */
  readonly outcome: 'closed' | 'missed';
}

export interface Rejection {
  readonly contactId: number;
  readonly reason: string;
  readonly code: string | null;
}

export async function writeClosings(
  client: ClientBase,
  runId: number,
  closings: readonly Closing[],
): Promise<number> {
  const columns = ['run_id', 'contact_id', 'row_id', 'outcome'];
  const writer = new BinaryCopyWriter();
  for (const closing of closings) {
    writer.startRow(columns.length);
    writer.int8(runId);
    writer.int8(closing.contactId);
    writer.int8(closing.rowId);
    writer.text(closing.outcome);
  }
  return copyIn(client, 'plan_closings', columns, writer);
}

export async function writeRejections(
  client: ClientBase,
  runId: number,
  organizationId: number,
  rejections: readonly Rejection[],
): Promise<number> {
  const columns = ['run_id', 'organization_id', 'contact_id', 'reason', 'code'];
  const writer = new BinaryCopyWriter();
  for (const rejection of rejections) {
    writer.startRow(columns.length);
    writer.int8(runId);
    writer.int8(organizationId);
    writer.int8(rejection.contactId);
    writer.text(rejection.reason);
    writer.text(rejection.code);
  }
  return copyIn(client, 'rejected_contacts', columns, writer);
}
