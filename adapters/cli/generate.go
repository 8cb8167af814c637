package cli

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/outgrowkit/outgrow/adapters/disk"
	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/finding"
	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/migration"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

func newGenerate(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Derives stores, migrations and transports from domain/ and ports/",
		Long: `Derives code from the plain Go in domain/ and ports/: the stores and their next
migration, the HTTP server and client, the OpenAPI document, and the wiring. Your
own files are never changed, and a method that you wrote by hand is not derived. Of one
that cannot be derived, --stub writes what you then fill in, in each adapter.

Merge conflicts in derived files, outgrow.lock, outgrow.yaml, go.mod and go.sum are
resolved by keeping what both branches added. Resolve the conflicts in your own files
first. A derived file that was edited on either branch is not replaced.

If a field disappears from the Go code, only you know whether it was renamed or
removed. A renamed field keeps its column and its JSON name, so existing rows, events
and clients keep working. The column of a removed field stays, along with its data;
new rows leave it empty.

If a field has another type that reads what is kept, such as an enumeration in place of a
text, or one that is no longer optional, --retype says so. The next migration sees to it
that all rows have a value of it, or fails and changes nothing.`,
		Example: `  outgrow generate
  outgrow generate --check     # exits 1 and names the stale files, if any
  outgrow generate --rename order.notes=order.remarks
  outgrow generate --drop order.notes
  outgrow generate --retype order.notes=none`,
		Args: exactly("no arguments", 0),
	}
	flagDryRun(cmd)
	flags := cmd.Flags()
	flags.Bool("check", false, "write nothing; name the stale files, and exit 1 if there are any")
	flags.Bool("stub", false, "write the store methods that cannot be derived, empty, in the adapters that lack them")
	changed := flagChanges(flags)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		v, err := settings(flags)
		if err != nil {
			return err
		}
		dir, err := filepath.Abs(".")
		if err != nil {
			return err
		}
		changes, err := changed()
		if err == nil && v.GetBool("check") && (len(changes) > 0 || v.GetBool("stub")) {
			err = errors.New("--check writes nothing; use it without --rename, --drop, --retype and --stub")
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
			run := use.Refresh.Run
			if v.GetBool("stub") {
				run = use.Refresh.Stub
			}
			d, err := run(cmd.Context(), folder, dir, changes...)
			return func() { printDerived(out, d) }, err
		})
	}
	return cmd
}

// flagChanges adds the flags that say what happened to fields, and returns what parses their
// values.
func flagChanges(flags *pflag.FlagSet) func() ([]lock.Change, error) {
	renamed := flags.StringArray("rename", nil, "a field that was renamed in Go: order.notes=order.remarks (can be repeated)")
	dropped := flags.StringArray("drop", nil, "a field, or a value of an enumeration, that was removed in Go: order.notes, order.Status.sent (can be repeated)")
	retyped := flags.StringArray("retype", nil, "a field whose type changed in Go, and a value for rows that have none: order.status, order.notes=none (can be repeated)")
	return func() (changes []lock.Change, err error) {
		read := func(texts []string, parse func(string) (lock.Change, error)) {
			for _, text := range texts {
				c, invalid := parse(text)
				changes, err = append(changes, c), cmp.Or(err, invalid)
			}
		}
		read(*renamed, lock.Renamed)
		read(*dropped, lock.Dropped)
		read(*retyped, lock.Retyped)
		return changes, err
	}
}

// printStale names the stale files, and fails if there are any.
func printStale(out *screen, d app.Derivation) error {
	stale := d.Stale()
	if len(stale) == 0 {
		out.done("", "nothing is stale")
		return nil
	}
	for _, path := range stale {
		out.print(out.bad("stale ") + path)
		out.said.find(finding.At(path, "derived-stale", "it no longer matches domain/ and ports/", "run outgrow generate"))
	}
	out.print("Run outgrow generate to update them.")
	return errStale
}

// printDerived names the files that were written and removed.
func printDerived(out *screen, d app.Derivation) {
	if len(d.Stale()) == 0 {
		out.done("", "nothing was stale")
	} else {
		out.said.Message = fmt.Sprintf("%s written, %d removed", filesOf(len(d.Write)), len(d.Remove))
		out.said.next("go test ./...", "")
	}
	for _, f := range d.Write {
		out.print(out.good("wrote   ") + f.Path)
	}
	for _, path := range d.Remove {
		out.print(out.bad("removed ") + path)
	}
	for _, c := range d.Breaking {
		printChange(out, c)
	}
	var told []string
	for _, r := range migration.Refusals(d.Write) {
		text := "The migration " + path.Base(r.Path) + " is refused, and changes nothing, while there are rows that this finds:\n  " + r.Query
		if !slices.Contains(told, text) { // each store has it
			told = append(told, text)
			out.print(text)
		}
	}
}
