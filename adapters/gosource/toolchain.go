package gosource

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/outgrowkit/outgrow/domain/code"
)

// toolchain returns how the go command is set where it builds the project in dir.
func toolchain(ctx context.Context, dir string) (code.Toolchain, error) {
	if dir == "" {
		return code.Toolchain{Cgo: true}, nil
	}
	cmd := exec.CommandContext(ctx, "go", "env", "CGO_ENABLED", "GOWORK")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return code.Toolchain{}, fmt.Errorf("the go command could not print its settings: %w", err)
	}
	cgo, work, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	t := code.Toolchain{Cgo: cgo == "1"}
	if work != "" && work != "off" {
		t.Workspace, err = without(work, dir)
	}
	return t, err
}

// without returns the file of a workspace, relative to dir, if it leaves out the module
// in dir; "" otherwise.
func without(file, dir string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	work, err := modfile.ParseWork(file, data, nil)
	if err != nil {
		return "", fmt.Errorf("the workspace of the go command: %w", err)
	}
	here, err := os.Stat(dir)
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(work.Use, func(u *modfile.Use) bool {
		folder := filepath.FromSlash(u.Path)
		if !filepath.IsAbs(folder) {
			folder = filepath.Join(filepath.Dir(file), folder)
		}
		used, err := os.Stat(folder)
		return err == nil && os.SameFile(used, here)
	}) {
		return "", nil
	}
	return filepath.Rel(dir, file)
}
