// Original file: proto/drover/v1/agent.proto


export interface Answer {
  'id'?: (string);
  'data'?: (Buffer | Uint8Array | string);
  'last'?: (boolean);
  'errorCode'?: (string);
  'error'?: (string);
}

export interface Answer__Output {
  'id': (string);
  'data': (Buffer);
  'last': (boolean);
  'errorCode': (string);
  'error': (string);
}
