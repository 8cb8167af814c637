package prove

import (
	"os/exec"
	"testing"
)

// lint runs the linters that the project's own configuration names, where
// golangci-lint is installed.
func lint(t *testing.T, p project) {
	t.Helper()
	if _, err := exec.LookPath("golangci-lint"); err != nil {
		t.Log("golangci-lint is not installed: the project is not linted")
		return
	}
	p.run(t, "golangci-lint", "run")
}
