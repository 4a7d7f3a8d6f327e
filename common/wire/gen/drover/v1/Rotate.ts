// Original file: proto/drover/v1/agent.proto


export interface Rotate {
  'certificate'?: (string);
  'ca'?: (string);
}

export interface Rotate__Output {
  'certificate': (string);
  'ca': (string);
}
