// Original file: proto/drover/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

export interface Heartbeat {
  'at'?: (number | string | Long);
}

export interface Heartbeat__Output {
  'at': (number);
}
