// Original file: proto/drover/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

export interface Welcome {
  'epoch'?: (string);
  'heartbeatSeconds'?: (number);
  'reportVersion'?: (number | string | Long);
  'environments'?: (string)[];
  'hubVersion'?: (string);
}

export interface Welcome__Output {
  'epoch': (string);
  'heartbeatSeconds': (number);
  'reportVersion': (number);
  'environments': (string)[];
  'hubVersion': (string);
}
