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
		Short: "Tells what is not as it should be in a project, and what to do about it",
		Long: `Tells everything that is not as it should be in the project in DIR, or in this
folder: a line for each finding, as file:line:column, what is wrong, and what to do.
It writes nothing, and exits 1 if there are findings, 0 if there are none, and 2
where there is no project.

In domain/ and ports/ it finds imports beyond the standard library that computes, and
package kit; reading the clock, logging, function init, goroutines, contexts kept in
structs and package variables that change; and tags in the domain. In app/ it finds
adapters, drivers, database/sql, net/http, fx, viper and the kit's technologies, and in
adapters/ other adapters, app, fx and viper, also where they are imported through other
packages. It finds code that does not compile; derived files that are stale, missing or
were edited; components and services that are listed and missing; keys of config.yaml
that are unknown, missing or set twice, and secrets in it; migrations that share a
version, that only one store has, or that were derived and edited since; imports that
go.mod does not provide for; and what git merge left in conflict. Tests may import what
they like.

--format json prints an object with an array "findings", each with file, line, column
(0 for a whole line), rule, message and advice. --format github prints what GitHub
shows beside the lines of a change; where it runs the command (GITHUB_ACTIONS=true)
and no format is given, it is printed below the text.`,
		Example: "  outgrow check\n  outgrow check ../shop\n  outgrow check --json | jq -r '.findings[].file'",
		Args:    atMostOneFolder,
	}
	flags := cmd.Flags()
	flags.String("format", "", "how to tell findings: "+strings.Join(forms, ", ")+" (default: text)")
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
		return fmt.Errorf("%s takes one folder at most (%s --help tells more)", cmd.CommandPath(), cmd.CommandPath())
	}
	return nil
}

// existing returns the whole path of a folder that there is.
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
