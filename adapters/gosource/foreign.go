package gosource

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/outgrowkit/outgrow/domain/code"
)

// listed is what the go command tells of a package.
type listed struct {
	ImportPath string
	Imports    []string
	Standard   bool
	Error      *struct{ Err string }
}

// listForeign returns packages that others wrote and all that they import. What is
// imported of a project that is not on the disk is of the standard library.
func listForeign(ctx context.Context, dir string, paths []string) (map[string]code.Package, error) {
	if dir == "" || len(paths) == 0 {
		return nil, nil
	}
	args := append([]string{"list", "-e", "-deps", "-json=ImportPath,Imports,Standard,Error", "--"}, paths...)
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // they are import paths
	cmd.Dir = dir
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("the go command could not list what the project imports: %w: %s", err, strings.TrimSpace(errOut.String()))
	}
	found := map[string]code.Package{}
	for d := json.NewDecoder(&out); ; {
		var l listed
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, err
		}
		p := code.Package{Standard: l.Standard, Imports: l.Imports}
		if l.Error != nil {
			p.Missing = l.Error.Err
		}
		found[l.ImportPath] = p
	}
}
