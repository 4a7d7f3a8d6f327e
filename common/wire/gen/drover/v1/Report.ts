// Original file: proto/drover/v1/agent.proto

import type { ReportEntry as _drover_v1_ReportEntry, ReportEntry__Output as _drover_v1_ReportEntry__Output } from '../../drover/v1/ReportEntry.ts';
import type { Long } from '@grpc/proto-loader';

export interface Report {
  'version'?: (number | string | Long);
  'entries'?: (_drover_v1_ReportEntry)[];
  'complete'?: (boolean);
}

export interface Report__Output {
  'version': (number);
  'entries': (_drover_v1_ReportEntry__Output)[];
  'complete': (boolean);
}
