package bench

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// machine tells what everything ran on.
func machine(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("%d × %s, %s of memory, Linux %s, %s", runtime.NumCPU(),
		after(t, "/proc/cpuinfo", "model name\t: "), after(t, "/proc/meminfo", "MemTotal:"),
		release.FindString(after(t, "/proc/sys/kernel/osrelease", "")), runtime.Version())
}

// release is the part of the kernel's release that says what it can do.
var release = regexp.MustCompile(`^\d+\.\d+`)

// after returns the rest of the first line of the file that begins so.
func after(t *testing.T, file, begin string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, begin); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "?"
}
