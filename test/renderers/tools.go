//go:build tools

// Package renderers pins the programs that render manifests: kustomize for the hub, helm for the charts.
package renderers

import (
	_ "helm.sh/helm/v3/cmd/helm"
	_ "sigs.k8s.io/kustomize/kustomize/v5"
)
