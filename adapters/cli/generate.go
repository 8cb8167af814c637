package cli

import (
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/outgrowkit/outgrow/adapters/disk"
	"github.com/outgrowkit/outgrow/adapters/record"
	"github.com/outgrowkit/outgrow/app"
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
	flags := cmd.Flags()
	flags.Bool("check", false, "write nothing; name what is stale and exit 1 if anything is")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		v, err := settings(flags)
		if err != nil {
			return err
		}
		rec, err := projectRecord(use)
		if err != nil {
			return err
		}
		waiting := time.AfterFunc(time.Second, func() { errOut.print(errOut.faint("reading the project…")) })
		defer waiting.Stop()
		dir, err := filepath.Abs(".")
		if err != nil {
			return err
		}
		folder := disk.Open(dir)
		d, err := use.Generate.Derive(cmd.Context(), app.Project{
			Files: folder.Files(), Dir: dir, Stores: rec.Blueprint.Stores, Buses: rec.Blueprint.Buses,
		})
		if err != nil {
			return err
		}
		if v.GetBool("check") {
			return printStale(out, d)
		}
		return apply(out, folder, rec, d)
	}
	return cmd
}

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

// apply writes what was derived, and the record of it.
func apply(out *screen, folder disk.Folder, rec record.Record, d app.Derivation) error {
	if len(d.Stale()) == 0 {
		out.print(out.good("✓") + " nothing was stale")
		return nil
	}
	rec.Generated = app.Checksums(rec.Generated, d)
	files := append(d.Write, record.Of(rec)) //nolint:gocritic // the derivation is not used any more
	if err := folder.Update(files, d.Remove); err != nil {
		return err
	}
	for _, f := range d.Write {
		out.print(out.good("wrote   ") + f.Path)
	}
	for _, path := range d.Remove {
		out.print(out.bad("removed ") + path)
	}
	return nil
}
