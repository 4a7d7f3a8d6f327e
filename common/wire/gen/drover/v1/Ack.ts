// Original file: proto/drover/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

export interface Ack {
  'environment'?: (string);
  'generation'?: (number | string | Long);
  'digest'?: (string);
  'phase'?: (string);
  'reason'?: (string);
}

export interface Ack__Output {
  'environment': (string);
  'generation': (number);
  'digest': (string);
  'phase': (string);
  'reason': (string);
}
