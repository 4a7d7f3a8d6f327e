// Original file: proto/drover/v1/agent.proto


export interface DeleteBudget {
  'most'?: (number);
  'isPercent'?: (boolean);
}

export interface DeleteBudget__Output {
  'most': (number);
  'isPercent': (boolean);
}
