// Original file: proto/drover/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

export interface Held {
  'environment'?: (string);
  'generation'?: (number | string | Long);
  'digest'?: (string);
  'appliedGeneration'?: (number | string | Long);
}

export interface Held__Output {
  'environment': (string);
  'generation': (number);
  'digest': (string);
  'appliedGeneration': (number);
}
