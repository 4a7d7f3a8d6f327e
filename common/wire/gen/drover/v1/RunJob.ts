// Original file: proto/drover/v1/agent.proto


export interface RunJob {
  'order'?: (Buffer | Uint8Array | string);
  'signature'?: (Buffer | Uint8Array | string);
}

export interface RunJob__Output {
  'order': (Buffer);
  'signature': (Buffer);
}
