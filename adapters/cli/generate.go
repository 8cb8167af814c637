package cli

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/outgrowkit/outgrow/adapters/disk"
	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/ports"
)

func newGenerate(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Derives stores, migrations and transports from domain/ and ports/",
		Long: `Derives what follows from the plain Go of domain/ and ports/: the stores and their
next migration, HTTP server and client, the OpenAPI document, the wiring. Files
of yours are never written to, and a method that exists by hand is not derived.`,
		Example: "  outgrow generate\n  outgrow generate --check     # exit 1, and names what is stale",
		Args:    exactly("no arguments", 0),
	}
	flagDryRun(cmd)
	flags := cmd.Flags()
	flags.Bool("check", false, "write nothing; name what is stale and exit 1 if anything is")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		v, err := settings(flags)
		if err != nil {
			return err
		}
		dir, err := filepath.Abs(".")
		if err != nil {
			return err
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
			d, err := use.Refresh.Run(cmd.Context(), folder, dir)
			return func() { printDerived(out, d) }, err
		})
	}
	return cmd
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
