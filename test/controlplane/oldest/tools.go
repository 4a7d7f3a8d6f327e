//go:build tools

// Package oldest pins the oldest Kubernetes that the agent is tested against.
package oldest

import _ "k8s.io/kubernetes/cmd/kube-apiserver"
