package main

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestAgentsMD shows that what the page says of a project is so, whatever it consists of:
// it is short, its files are there, and its commands are ones that there are.
func TestAgentsMD(t *testing.T) {
	for name, args := range map[string][]string{
		"small": {"--with", "store=sqlite", "--with", "bus=channels"},
		"usual": nil,
		"large": {"--with", "bus=channels,kafka", "--with", "cache=memory", "--with", "schedule=store", "--service", "news headline:string"},
	} {
		t.Run(name, func(t *testing.T) {
			made := newScaffolded(t, args...).made
			page := string(made["AGENTS.md"])
			if n := strings.Count(page, "\n"); n == 0 || n > 60 {
				t.Errorf("it has %d lines, want at most 60", n)
			}
			for _, m := range regexp.MustCompile("`((?:\\./)?[a-z/]+(?:/|\\.go|\\.md|\\.yaml|\\.lock))`").FindAllStringSubmatch(page, -1) {
				there := func(path string) bool { return strings.HasPrefix(path, m[1]) }
				if !slices.ContainsFunc(slices.Collect(maps.Keys(made)), there) {
					t.Errorf("there is no %s", m[1])
				}
			}
			if postgres := strings.Contains(page, "Postgres"); postgres != (name != "small") {
				t.Errorf("it names Postgres: %t", postgres)
			}
			for _, m := range regexp.MustCompile(`(?m)^outgrow ([a-z ]+)`).FindAllStringSubmatch(page, -1) {
				var help, errOut bytes.Buffer
				words := strings.Fields(m[1])
				code := execute(t.Context(), files, append(words[:min(2, len(words))], "--help"), &help, &errOut)
				if code != 0 || !strings.Contains(help.String(), "Usage:\n  outgrow "+strings.Join(words[:min(2, len(words))], " ")) {
					t.Errorf("outgrow %s: %d %s%s", m[1], code, help.String(), errOut.String())
				}
			}
		})
	}
}
