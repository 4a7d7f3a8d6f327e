// Original file: proto/drover/v1/agent.proto


export interface ApplicationEntry {
  'name'?: (string);
  'digest'?: (string);
  'heldReason'?: (string);
}

export interface ApplicationEntry__Output {
  'name': (string);
  'digest': (string);
  'heldReason': (string);
}
