// Command modules remakes adapters/embedded/needs.json: for each package of
// another module that the kit imports, what `go mod tidy` keeps for a module that
// imports it alone, at the versions of the repository's go.mod.
//
// Some of that is kept because a package of it is imported, directly or not. Some is
// kept to hold a version, for tests of what is imported: go.mod does without it where
// another module asks for that version as well.
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
	"golang.org/x/mod/semver"
)

type table struct {
	Packages  map[string]need     `json:"packages"`
	Requirers map[string][]string `json:"requirers"` // by what is held anywhere: who asks for that version
}

type need struct {
	Modules []string `json:"modules"` // whose packages are imported
	Held    []string `json:"held"`    // that are kept to hold their version
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
	t := table{Packages: map[string]need{}, Requirers: map[string][]string{}}
	for _, p := range packages {
		if t.Packages[p], err = tidied(root, own, p); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		for _, held := range t.Packages[p].Held {
			t.Requirers[held] = nil
		}
		fmt.Println(p)
	}
	if err := t.addRequirers(root, own); err != nil {
		return err
	}
	data, err := json.MarshalIndent(t, "", "\t")
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
			if first, _, _ := strings.Cut(p, "/"); strings.Contains(first, ".") && !strings.Contains(p+"/", "/templates/kit/") {
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
	if _, err := goCommand(dir, "mod", "tidy"); err != nil {
		return need{}, err
	}
	return read(dir)
}

// goCommand returns the lines that the go command prints.
func goCommand(dir string, args ...string) ([]string, error) {
	cmd := exec.CommandContext(context.Background(), "go", args...) //nolint:gosec // they are written above and below
	cmd.Dir = dir
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n"), nil
}

// addRequirers notes which modules ask for what is held, at the version that the
// repository has of it or a later one.
func (t *table) addRequirers(root string, own []byte) error {
	mod, err := modfile.Parse("go.mod", own, nil)
	if err != nil {
		return err
	}
	version := map[string]string{}
	for _, r := range mod.Require {
		version[r.Mod.Path] = r.Mod.Version
	}
	lines, err := goCommand(root, "mod", "graph")
	if err != nil {
		return err
	}
	for _, line := range lines {
		from, to, _ := strings.Cut(line, " ")
		requirer, at, _ := strings.Cut(from, "@")
		path, wanted, _ := strings.Cut(to, "@")
		if _, held := t.Requirers[path]; held && version[requirer] == at && semver.Compare(wanted, version[path]) >= 0 {
			t.Requirers[path] = append(t.Requirers[path], requirer)
		}
	}
	for _, requirers := range t.Requirers {
		slices.Sort(requirers)
	}
	return nil
}

// read returns what a tidy module needs.
func read(dir string) (need, error) {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return need{}, err
	}
	mod, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		return need{}, err
	}
	n := need{Modules: []string{}, Held: []string{}}
	for _, r := range mod.Require {
		n.Modules = append(n.Modules, r.Mod.Path)
	}
	if err := n.tellHeld(dir); err != nil {
		return need{}, err
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

// tellHeld moves the modules of which no package is imported, on any system, to
// those that are held.
func (n *need) tellHeld(dir string) error {
	if len(n.Modules) == 0 {
		return nil
	}
	why, err := goCommand(dir, append([]string{"mod", "why", "-m", "-vendor"}, n.Modules...)...)
	if err != nil {
		return err
	}
	for i, line := range why {
		if module, ok := strings.CutPrefix(line, "# "); ok && strings.HasPrefix(why[i+1], "(main module does not need") {
			n.Held = append(n.Held, module)
		}
	}
	n.Modules = slices.DeleteFunc(n.Modules, func(m string) bool { return slices.Contains(n.Held, m) })
	return nil
}
