import type { Pool } from 'pg';

const STATES = [
  ...['AL', 'AK', 'AZ', 'AR', 'CA', 'CO', 'CT', 'DE', 'DC', 'FL', 'GA', 'HI', 'ID', 'IL', 'IN', 'IA', 'KS'],
  ...['KY', 'LA', 'ME', 'MD', 'MA', 'MI', 'MN', 'MS', 'MO', 'MT', 'NE', 'NV', 'NH', 'NJ', 'NM', 'NY', 'NC'],
  ...['ND', 'OH', 'OK', 'OR', 'PA', 'RI', 'SC', 'SD', 'TN', 'TX', 'UT', 'VT', 'VA', 'WA', 'WV', 'WI', 'WY'],
];

/**
 * A sandbox of so many contacts, the same ones every time, ids from 1 on: all states, dates spread over
 * the year with a pile on the first of the months, one in fifty with something missing or odd. Two
 * organizations of one size have the same ids, and so the same plan.
 */
export async function insertContacts(owner: Pool, organization: string, count: number): Promise<number> {
  const { rows } = await owner.query<{ id: string }>(
    `INSERT INTO organizations (name, time_zone, sandbox) VALUES ($1, 'America/Chicago', true) RETURNING id`,
    [organization],
  );
  const organizationId = Number(rows[0]!.id);
  await owner.query(
    `WITH drawn AS (
       SELECT i, ('x' || substr(m, 1, 7))::bit(28)::integer AS a, ('x' || substr(m, 8, 7))::bit(28)::integer AS b,
         ('x' || substr(m, 15, 7))::bit(28)::integer AS c, ('x' || substr(m, 22, 7))::bit(28)::integer AS d
       FROM generate_series(1, $2::integer) AS i, md5(i::text) AS m
     )
     INSERT INTO contacts (id, organization_id, external_id, email, state, birth_date, effective_date)
     SELECT i, $1::bigint, 'c' || i,
       CASE WHEN d % 50 = 0 THEN NULL WHEN d % 50 = 1 THEN 'nobody' ELSE 'c' || i || '@contacts.example' END,
       CASE WHEN d % 50 = 2 THEN 'XX' ELSE ($3::text[])[a % $4::integer + 1] END,
       CASE WHEN d % 50 <> 3 THEN date '1935-01-01' + b % 12000 END,
       CASE d % 5 WHEN 0 THEN (date_trunc('month', date '2005-01-01' + c % 7500))::date
         WHEN 1 THEN NULL ELSE date '2005-01-01' + c % 7500 END
     FROM drawn`,
    [organizationId, count, STATES, STATES.length],
  );
  return organizationId;
}
