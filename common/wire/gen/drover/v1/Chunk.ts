// Original file: proto/drover/v1/agent.proto


export interface Chunk {
  'digest'?: (string);
  'offset'?: (number);
  'total'?: (number);
  'data'?: (Buffer | Uint8Array | string);
  'encoding'?: (string);
  'missing'?: (boolean);
}

export interface Chunk__Output {
  'digest': (string);
  'offset': (number);
  'total': (number);
  'data': (Buffer);
  'encoding': (string);
  'missing': (boolean);
}
