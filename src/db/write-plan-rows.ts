import type { ClientBase } from 'pg';
import type { DraftRow } from '../domain/draft-row.ts';
import { BinaryCopyWriter } from './binary-copy.ts';
import { copyIn } from './copy.ts';

const COLUMNS = [
  'id',
  'organization_id',
  'base_id',
  'segment_run_id',
  'run_id',
  'contact_id',
  'campaign_instance_id',
  'event_date',
  'ideal_date',
  'scheduled_send_date',
  'moved_from',
  'scheduled_send_time',
  'priority',
  'settled',
  'email_type',
  'status',
  'skip_reason',
  'placed_by',
  'email_template',
  'sms_template',
  'details',
] as const;

/** Where rows go: the partition of a base, as the rows of a run. */
export interface Segment {
  readonly organizationId: number;
  readonly baseId: number;
  readonly runId: number;
  /** The transaction of a replan, which adds rows to a segment that is in force. */
  readonly addedIn?: number;
}

/** Collects rows of the plan as bytes for one COPY: row-wise INSERT costs thirty times that. */
export class PlanRowWriter {
  private readonly segment: Segment;
  private readonly columns: readonly string[];
  private readonly writer = new BinaryCopyWriter();

  constructor(segment: Segment) {
    this.segment = segment;
    this.columns = segment.addedIn === undefined ? COLUMNS : [...COLUMNS, 'added_in'];
  }

  get count(): number {
    return this.writer.rowCount;
  }

  /** @param runId the run that last changed the row */
  add(id: number, runId: number, row: DraftRow): void {
    const { writer, segment } = this;
    writer.startRow(this.columns.length);
    writer.int8(id);
    writer.int8(segment.organizationId);
    writer.int8(segment.baseId);
    writer.int8(segment.runId);
    writer.int8(runId);
    writer.int8(row.contactId);
    writer.int8(row.campaignInstanceId);
    writer.date(row.eventDay);
    writer.date(row.idealDay);
    writer.date(row.day);
    writer.date(row.movedFrom);
    writer.time(row.sendTime);
    writer.int2(row.priority);
    writer.boolean(false);
    writer.text(row.emailType);
    writer.text(row.status);
    writer.text(row.skipReason);
    writer.text(row.placedBy);
    writer.text(row.emailTemplate);
    writer.text(row.smsTemplate);
    writer.text(row.details);
    if (segment.addedIn !== undefined) writer.int8(segment.addedIn);
  }

  /** Returns how many rows PostgreSQL took. */
  write(client: ClientBase): Promise<number> {
    return copyIn(client, `plan_base_${this.segment.baseId}`, this.columns, this.writer);
  }
}
