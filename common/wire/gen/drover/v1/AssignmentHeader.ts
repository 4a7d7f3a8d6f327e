// Original file: proto/drover/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

export interface AssignmentHeader {
  'cluster'?: (string);
  'environment'?: (string);
  'epoch'?: (string);
  'generation'?: (number | string | Long);
  'digest'?: (string);
  'revision'?: (string);
  'epochConfirmed'?: (boolean);
}

export interface AssignmentHeader__Output {
  'cluster': (string);
  'environment': (string);
  'epoch': (string);
  'generation': (number);
  'digest': (string);
  'revision': (string);
  'epochConfirmed': (boolean);
}
