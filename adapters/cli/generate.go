package cli

import (
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/outgrowkit/outgrow/adapters/disk"
	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

func newGenerate(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Derives stores, migrations and transports from domain/ and ports/",
		Long: `Derives what follows from the plain Go of domain/ and ports/: the stores and their
next migration, HTTP server and client, the OpenAPI document, the wiring. Files
of yours are never written to, and a method that exists by hand is not derived.

Where git merge has left conflicts in what is derived, in outgrow.lock, outgrow.yaml,
go.mod or go.sum, they are resolved: what either branch has is kept. Resolve those in
files of yours first. A derived file that was edited on either branch is not replaced.

A field that is gone from Go was renamed or removed, and only you know which. One
that was renamed keeps its column and its name in JSON: rows, events and clients of
before go on as they are. The column of one that was removed stays, with what is in
it; new rows have nothing there.`,
		Example: `  outgrow generate
  outgrow generate --check     # exit 1, and names what is stale
  outgrow generate --rename order.notes=order.remarks
  outgrow generate --drop order.notes`,
		Args: exactly("no arguments", 0),
	}
	flagDryRun(cmd)
	flags := cmd.Flags()
	flags.Bool("check", false, "write nothing; name what is stale and exit 1 if anything is")
	renamed := flags.StringArray("rename", nil, "a field that was renamed in Go: order.notes=order.remarks (can be repeated)")
	dropped := flags.StringArray("drop", nil, "a field that was removed in Go: order.notes (can be repeated)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		v, err := settings(flags)
		if err != nil {
			return err
		}
		dir, err := filepath.Abs(".")
		if err != nil {
			return err
		}
		changes, err := changesOf(*renamed, *dropped)
		if err == nil && v.GetBool("check") && len(changes) > 0 {
			err = errors.New("--check writes nothing: leave out --rename and --drop, or --check")
		}
		if err != nil {
			return plan.Refuse(err)
		}
		defer errOut.progress("reading the project…")()
		if v.GetBool("check") {
			folder := disk.Open(".")
			return reading(folder, errOut, func() error {
				d, err := use.Refresh.Check(cmd.Context(), folder, dir)
				if err != nil {
					return err
				}
				return printStale(out, d)
			})
		}
		return editor{cmd, use, out, errOut}.edit(".", func(folder ports.Folder) (func(), error) {
			d, err := use.Refresh.Run(cmd.Context(), folder, dir, changes...)
			return func() { printDerived(out, d) }, err
		})
	}
	return cmd
}

// changesOf reads what became of fields.
func changesOf(renamed, dropped []string) ([]lock.Change, error) {
	var changes []lock.Change
	read := func(texts []string, parse func(string) (lock.Change, error)) error {
		for _, text := range texts {
			c, err := parse(text)
			if err != nil {
				return err
			}
			changes = append(changes, c)
		}
		return nil
	}
	err := read(renamed, lock.Renamed)
	if err == nil {
		err = read(dropped, lock.Dropped)
	}
	return changes, err
}

// printStale names what is stale, and fails if anything is.
func printStale(out *screen, d app.Derivation) error {
	stale := d.Stale()
	if len(stale) == 0 {
		out.print(out.good("✓") + " nothing is stale")
		return nil
	}
	for _, path := range stale {
		out.print(out.bad("stale ") + path)
	}
	out.print("outgrow generate derives them anew.")
	return errStale
}

// printDerived names what was written and removed.
func printDerived(out *screen, d app.Derivation) {
	if len(d.Stale()) == 0 {
		out.print(out.good("✓") + " nothing was stale")
	}
	for _, f := range d.Write {
		out.print(out.good("wrote   ") + f.Path)
	}
	for _, path := range d.Remove {
		out.print(out.bad("removed ") + path)
	}
}
