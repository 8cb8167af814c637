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

// Name returns what is to be broken in this process, or "": TestBroken, which Finds runs,
// has nothing to do then.
func Name() string { return os.Getenv(variable) }

// Finds runs TestBroken of the package that is tested, in a process of its own in which
// Name returns the name. It fails the test unless the subtest fails there.
func Finds(t *testing.T, name, subtest string) {
	t.Helper()
	// The one subtest is enough: the rest may take its time to fail.
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBroken$/"+subtest, "-test.timeout=60s") //nolint:gosec // it is this program
	cmd.Env = append(os.Environ(), variable+"="+name)
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "--- FAIL: TestBroken/"+subtest) {
		t.Errorf("what %s passes %s: %v\n%s", name, subtest, err, out)
	}
}
