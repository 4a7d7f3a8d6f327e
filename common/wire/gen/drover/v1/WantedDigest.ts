// Original file: proto/drover/v1/agent.proto


export interface WantedDigest {
  'digest'?: (string);
  'offset'?: (number);
}

export interface WantedDigest__Output {
  'digest': (string);
  'offset': (number);
}
