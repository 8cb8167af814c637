// Command modules remakes adapters/embedded/needs.json: for each package of
// another module that the kit imports, what `go mod tidy` keeps for a module that
// imports it alone, at the versions of the repository's go.mod.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

type need struct {
	Modules []string `json:"modules"`
	Sums    []string `json:"sums"`
}

func main() {
	if err := remake("."); err != nil {
		fmt.Fprintln(os.Stderr, "modules:", err)
		os.Exit(1)
	}
}

// remake writes the table of the repository at root.
func remake(root string) error {
	own, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return err
	}
	packages, err := foreignPackages(filepath.Join(root, "templates", "kit"))
	if err != nil {
		return err
	}
	table := map[string]need{}
	for _, p := range packages {
		if table[p], err = tidied(root, own, p); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		fmt.Println(p)
	}
	data, err := json.MarshalIndent(table, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, "adapters", "embedded", "needs.json"), append(data, '\n'), 0o644) //nolint:gosec // it is for others to read
}

// foreignPackages returns what the Go files below the folder import from other
// modules.
func foreignPackages(folder string) ([]string, error) {
	var all []string
	err := filepath.WalkDir(folder, func(name string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".go" {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			p := strings.Trim(spec.Path.Value, `"`)
			if first, _, _ := strings.Cut(p, "/"); strings.Contains(first, ".") && !strings.Contains(p, "/templates/kit/") {
				all = append(all, p)
			}
		}
		return nil
	})
	slices.Sort(all)
	return slices.Compact(all), err
}

// tidied returns what `go mod tidy` keeps for a module that imports the package.
func tidied(root string, own []byte, pkg string) (need, error) {
	dir, err := os.MkdirTemp("", "modules")
	if err != nil {
		return need{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // it is in the system's folder for such things
	mod, err := modfile.Parse("go.mod", own, nil)
	if err != nil {
		return need{}, err
	}
	if err := mod.AddModuleStmt("example.com/scratch"); err != nil {
		return need{}, err
	}
	text, err := mod.Format()
	if err != nil {
		return need{}, err
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		return need{}, err
	}
	for name, data := range map[string][]byte{
		"go.mod":     text,
		"go.sum":     sums,
		"scratch.go": []byte("package scratch\n\nimport _ \"" + pkg + "\"\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return need{}, err
		}
	}
	tidy := exec.CommandContext(context.Background(), "go", "mod", "tidy")
	tidy.Dir = dir
	if out, err := tidy.CombinedOutput(); err != nil {
		return need{}, fmt.Errorf("go mod tidy: %w\n%s", err, out)
	}
	return read(dir)
}

func read(dir string) (need, error) {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return need{}, err
	}
	mod, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		return need{}, err
	}
	var n need
	for _, r := range mod.Require {
		n.Modules = append(n.Modules, r.Mod.Path)
	}
	sums, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil && !os.IsNotExist(err) {
		return need{}, err
	}
	if text := strings.TrimSpace(string(sums)); text != "" {
		n.Sums = strings.Split(text, "\n")
	}
	return n, nil
}
