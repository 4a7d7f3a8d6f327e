// Original file: proto/drover/v1/agent.proto


export interface JobOrder {
  'cluster'?: (string);
  'environment'?: (string);
  'job'?: (Buffer | Uint8Array | string);
  'stop'?: (boolean);
}

export interface JobOrder__Output {
  'cluster': (string);
  'environment': (string);
  'job': (Buffer);
  'stop': (boolean);
}
