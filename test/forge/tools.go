//go:build tools

// Package forge pins the forge that the tests run against: a real Gitea.
package forge

import _ "code.gitea.io/gitea"
