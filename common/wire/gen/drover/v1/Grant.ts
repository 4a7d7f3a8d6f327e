// Original file: proto/drover/v1/agent.proto


export interface Grant {
  'pieces'?: (number);
}

export interface Grant__Output {
  'pieces': (number);
}
