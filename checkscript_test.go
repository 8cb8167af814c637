package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/rogpeppe/go-internal/goproxytest"
)

// TestScriptsCheck runs the script that a project's CI runs, where the generator is
// installed, can be downloaded, and neither.
func TestScriptsCheck(t *testing.T) {
	s := newScaffolded(t, "--with", "store=sqlite", "--with", "bus=channels")
	proxy, err := goproxytest.NewServer("testdata/proxy", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	golang, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	installed := t.TempDir()
	if err := os.WriteFile(filepath.Join(installed, "outgrow"), []byte("#!/bin/sh\necho \"installed: $*\"\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	const released = "kit: v1.2.3\n"
	for name, c := range map[string]struct {
		record, path string
		env          []string
		code         int
		want         string
	}{
		"installed":           {released, installed + ":", nil, 1, "installed: check --json\n"},
		"downloaded":          {released, "", []string{"GOPROXY=" + proxy.URL}, 1, "go: downloading github.com/outgrowkit/outgrow v1.2.3\ndownloaded: check --json\nexit status 1\n"},
		"not to be had":       {released, "", []string{"GOPROXY=off"}, 0, "not checked: outgrow is not installed, and github.com/outgrowkit/outgrow@v1.2.3 cannot be downloaded\n"},
		"no released version": {"kit: devel\n", "", []string{"GOPROXY=" + proxy.URL}, 0, "not checked: outgrow is not installed, and outgrow.yaml does not name a released version\n"},
		"no record":           {"", installed + ":", nil, 0, "not checked: outgrow.yaml is missing\n"},
		"on GitHub":           {"", "", []string{"GITHUB_ACTIONS=true"}, 0, "::warning title=scripts/check::not checked: outgrow.yaml is missing\n"},
	} {
		t.Run(name, func(t *testing.T) {
			defer s.restore(t)
			s.edit(t, handEdit{"outgrow.yaml", "", ""})
			if c.record != "" {
				record := regexp.MustCompile(`(?m)^kit: .*\n`).ReplaceAllString(string(s.made["outgrow.yaml"]), c.record)
				s.edit(t, handEdit{"outgrow.yaml", "", record})
			}
			cmd := exec.CommandContext(t.Context(), "/bin/sh", filepath.Join(s.dir, "scripts", "check"), "--json")
			cmd.Env = append(os.Environ(), "PATH="+c.path+filepath.Dir(golang)+":/usr/bin:/bin",
				"GOSUMDB=off", "GOFLAGS=-modcacherw", "GOMODCACHE="+t.TempDir(), "GITHUB_ACTIONS=")
			cmd.Env = append(cmd.Env, c.env...)
			out, err := cmd.CombinedOutput()
			if err != nil && cmd.ProcessState == nil {
				t.Fatal(err)
			}
			if code := cmd.ProcessState.ExitCode(); code != c.code || string(out) != c.want {
				t.Errorf("%d %q, want %d %q", code, out, c.code, c.want)
			}
		})
	}
}
