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
	"github.com/outgrowkit/outgrow/domain/plan"
)

// listed is the go command's description of a package.
type listed struct {
	ImportPath string
	Imports    []string
	Standard   bool
	Error      *struct{ Err string }
}

// listForeign returns packages outside the module and all that they import. A project
// that is not on disk imports only the standard library, so there are none.
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
		return nil, unlisted(fmt.Errorf("%w: %s", err, strings.TrimSpace(errOut.String())))
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

// unlisted returns the error that the go command could not list packages.
func unlisted(err error) error {
	if strings.Contains(err.Error(), "inconsistent vendoring") {
		return plan.Refuse(errors.New("vendor/ does not match go.mod; run go mod vendor"))
	}
	return fmt.Errorf("the go command could not list the imports of the project: %w", err)
}
