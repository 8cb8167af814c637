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
writes nothing. It exits 1 if there are findings, 0 if there are none, and 2 if there
is no project.

It finds:
  - imports in domain/ or ports/ from outside the standard library
  - adapters that import one another, and use cases that import adapters, directly
    or through other packages
  - struct tags in the domain
  - code that does not compile, and imports that go.mod does not provide
  - derived files that are stale, missing or edited by hand
  - adapters and services that outgrow.yaml lists but that no longer exist
  - unknown, missing or duplicate keys in config.yaml
  - migrations with the same number, or that only one store has
Tests may import anything.

--format json prints an object with an array "findings", each with file, line, column
(0 for a whole line), rule, message and advice. --format github prints workflow
commands that GitHub shows as annotations. Without --format, GitHub Actions
(GITHUB_ACTIONS=true) gets both the text and the annotations.`,
		Example: "  outgrow check\n  outgrow check ../shop\n  outgrow check --json | jq -r '.findings[].file'",
		Args:    atMostOneFolder,
	}
	flags := cmd.Flags()
	flags.String("format", "", "output format: "+strings.Join(forms, ", ")+" (default: text)")
	flags.Bool("json", false, "the same as --format json")
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
				return err
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
