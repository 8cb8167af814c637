package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/outgrowkit/outgrow/adapters/disk"
	"github.com/outgrowkit/outgrow/domain/plan"
)

func newCheck(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Reports the problems in a project, and how to fix them",
		Long: `Reports every problem in the project in DIR, or in the current folder. Each finding
is one line: file:line:column, what is wrong, and what to do about it. The command
writes nothing. It exits 1 if there are findings, 0 if there are none besides notes, and
2 if it could not check, as where there is no project or no go command.

It finds:
  - in domain/ and ports/: imports other than package kit and the packages of the
    standard library that do no I/O; uses of the clock or the global logger; functions
    init, goroutines, contexts kept in structs, and package variables that change;
    struct tags in domain/
  - in app/: imports of adapters, drivers, database/sql, net/http, fx, viper and the
    kit's technologies, directly or through other packages
  - in adapters/: imports of other adapters, app, fx and viper, directly or through
    other packages
  - code that does not compile, as far as that can be told without the source of other
    modules, imports that go.mod does not provide, and settings with which the go command
    cannot build the project: a go.work that leaves it out, SQLite without cgo
  - derived files that are stale, missing or edited by hand
  - components and services that outgrow.yaml lists but that do not exist
  - unknown, missing and duplicate keys in config.yaml, and secrets
  - migrations with the same version, that only one store has, or that were derived and
    then edited
  - files with merge conflicts
It notes files in kit/ that were edited, added or removed, and a kit of another version.
Tests may import anything.

--json, which is also --format json, prints an object with an array "findings", each with
file, line, column (0 for a whole line), rule, message, advice and note (true if it is
not wrong).
--format github prints workflow commands that GitHub shows as annotations. Without
--format, GitHub Actions (GITHUB_ACTIONS=true) gets both the text and the annotations.`,
		Example: "  outgrow check\n  outgrow check ../shop\n  outgrow check --json | jq -r '.findings[].file'",
		Args:    atMostOneFolder,
	}
	flags := cmd.Flags()
	flags.String("format", "", "output format: "+strings.Join(forms, ", ")+" (default: text)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v, err := settings(flags)
		if err != nil {
			return err
		}
		form, err := formOf(v.GetString("format"), v.GetBool("json"))
		if err != nil {
			return plan.Refuse(err)
		}
		dir, err := existing(append(slices.Clone(args), ".")[0])
		if err != nil {
			return plan.Refuse(err)
		}
		defer errOut.progress("reading the project…")()
		folder := disk.Open(dir)
		return reading(folder, errOut, func() error {
			found, err := use.Check.Run(cmd.Context(), folder, dir)
			if err != nil {
				return plan.Refuse(err) // nothing was checked
			}
			return teller{out: out, found: found, dir: dir, getenv: os.Getenv}.tell(form)
		})
	}
	return cmd
}

func atMostOneFolder(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("%s takes at most one folder (see %s --help)", cmd.CommandPath(), cmd.CommandPath())
	}
	return nil
}

// existing returns the absolute path of a folder, which must exist.
func existing(dir string) (string, error) {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", dir)
	}
	if err != nil {
		return "", err
	}
	return filepath.Abs(dir)
}
