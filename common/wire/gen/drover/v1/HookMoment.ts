// Original file: proto/drover/v1/agent.proto


export interface HookMoment {
  'phase'?: (string);
  'only'?: (string);
}

export interface HookMoment__Output {
  'phase': (string);
  'only': (string);
}
