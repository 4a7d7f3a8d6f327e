// Original file: proto/drover/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

export interface ReportAck {
  'version'?: (number | string | Long);
}

export interface ReportAck__Output {
  'version': (number);
}
