package prove

import (
	"os/exec"
	"testing"
)

// lint runs the linters that the project's own configuration names, vet among them;
// where golangci-lint is not installed, vet alone.
func lint(t *testing.T, p project) {
	t.Helper()
	if _, err := exec.LookPath("golangci-lint"); err != nil {
		t.Log("golangci-lint is not installed: the project is vetted alone")
		p.run(t, "go", "vet", "./...")
		return
	}
	p.run(t, "golangci-lint", "run")
}
