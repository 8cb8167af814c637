package prove

import (
	"os/exec"
	"sync"
	"testing"
)

var noLinter sync.Once

// lint runs staticcheck and the project's own golangci configuration, where
// they are installed.
func lint(t *testing.T, p project) {
	t.Helper()
	for _, c := range [][]string{{"staticcheck", "./..."}, {"golangci-lint", "run"}} {
		if _, err := exec.LookPath(c[0]); err != nil {
			noLinter.Do(func() { t.Logf("%s is not installed: projects are not linted", c[0]) })
			continue
		}
		p.run(t, c[0], c[1:]...)
	}
}
