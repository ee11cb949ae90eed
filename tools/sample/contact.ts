/** A contact of the sample, as text: what the file says, right or wrong. */
export interface SampleContact {
  readonly externalId: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly phoneNumber: string;
  readonly zipCode: string;
  readonly state: string;
  readonly birthDate: string;
  readonly effectiveDate: string;
  readonly attributes: string;
  /** A column that the product does not know: it goes to the attributes. */
  readonly agent: string;
}
