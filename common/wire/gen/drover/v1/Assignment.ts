// Original file: proto/drover/v1/agent.proto


export interface Assignment {
  'header'?: (Buffer | Uint8Array | string);
  'signature'?: (Buffer | Uint8Array | string);
}

export interface Assignment__Output {
  'header': (Buffer);
  'signature': (Buffer);
}
