// Original file: proto/drover/v1/agent.proto


export interface Cancel {
}

export interface Cancel__Output {
}
