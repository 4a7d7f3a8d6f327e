// Original file: proto/drover/v1/agent.proto

import type { ConfirmedPrune as _drover_v1_ConfirmedPrune, ConfirmedPrune__Output as _drover_v1_ConfirmedPrune__Output } from '../../drover/v1/ConfirmedPrune.ts';
import type { Long } from '@grpc/proto-loader';

export interface AssignmentHeader {
  'cluster'?: (string);
  'environment'?: (string);
  'epoch'?: (string);
  'generation'?: (number | string | Long);
  'digest'?: (string);
  'revision'?: (string);
  'epochConfirmed'?: (boolean);
  'confirmedPrunes'?: (_drover_v1_ConfirmedPrune)[];
}

export interface AssignmentHeader__Output {
  'cluster': (string);
  'environment': (string);
  'epoch': (string);
  'generation': (number);
  'digest': (string);
  'revision': (string);
  'epochConfirmed': (boolean);
  'confirmedPrunes': (_drover_v1_ConfirmedPrune__Output)[];
}
