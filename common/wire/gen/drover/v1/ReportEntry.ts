// Original file: proto/drover/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

export interface ReportEntry {
  'version'?: (number | string | Long);
  'key'?: (string);
  'value'?: (Buffer | Uint8Array | string);
}

export interface ReportEntry__Output {
  'version': (number);
  'key': (string);
  'value': (Buffer);
}
