// Package brokentest tests conformance suites: each must fail where an adapter breaks a
// promise.
package brokentest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

const variable = "BROKEN"

// Breakage is a way to break a promise of a T, and the start of the name of the subtest of
// TestBroken that must fail.
type Breakage[T any] struct {
	Subtest string
	Break   func(T) T
}

// Finds runs TestBroken of the package that is tested for each breakage, by name, in a
// process of its own. It fails the test unless the subtest fails there.
func Finds[T any](t *testing.T, breakages map[string]Breakage[T]) {
	t.Helper()
	for name, b := range breakages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The one subtest is enough: the rest may take its time to fail.
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBroken$/"+b.Subtest, "-test.timeout=60s") //nolint:gosec // it is this program
			cmd.Env = append(os.Environ(), variable+"="+name)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: TestBroken/"+b.Subtest) {
				t.Errorf("what %s passes %s: %v\n%s", name, b.Subtest, err, out)
			}
		})
	}
}

// Chosen returns what breaks a T in this process, which Finds has started. Anywhere else
// TestBroken has nothing to do, and is skipped.
func Chosen[T any](t *testing.T, breakages map[string]Breakage[T]) func(T) T {
	t.Helper()
	b, ok := breakages[os.Getenv(variable)]
	if !ok {
		t.Skip("runs only for the test of the suite")
	}
	return b.Break
}
