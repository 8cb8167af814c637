package cli

import (
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/outgrowkit/outgrow/adapters/disk"
	"github.com/outgrowkit/outgrow/domain/blueprint"
)

func newList(use Use, out *screen) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "Lists the available adapters, and marks those that this project has",
		Example: "  outgrow list",
		Args:    exactly("no arguments", 0),
		RunE: func(*cobra.Command, []string) error {
			if _, err := os.Lstat(use.Records.Name()); errors.Is(err, fs.ErrNotExist) {
				printComponents(out, blueprint.Blueprint{})
				out.print("\nThere is no project in this folder.")
				return nil
			}
			rec, err := use.Refresh.Record(disk.Open("."))
			if err != nil {
				return err
			}
			printComponents(out, rec.Blueprint)
			printServices(out, rec.Blueprint)
			return nil
		},
	}
}

// printComponents lists all components, and marks those of the project.
func printComponents(out *screen, b blueprint.Blueprint) {
	for _, port := range blueprint.Catalogue {
		out.print(out.bold(port.Name))
		for _, c := range port.Components {
			mark := " "
			if slices.Contains(b.Adapters[port.Name], c.Name) {
				mark = out.good("✓")
			}
			out.printf("  %s %-10s %s", mark, c.Name, c.What)
		}
	}
	for _, p := range b.Own {
		out.print(out.bold(p.Name.String()))
		for _, a := range p.Adapters {
			out.printf("  %s %-10s adapters/%s/%s.go", out.good("✓"), a, a.Package(), p.Name.Package())
		}
	}
}

func printServices(out *screen, b blueprint.Blueprint) {
	out.print("")
	out.print(out.bold("services of " + b.Name))
	for _, s := range b.Services {
		out.printf("  %s %s", out.good("✓"), s.Name)
	}
}

func newVersion(out *screen) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Prints the version",
		Example: "  outgrow version",
		Args:    exactly("no arguments", 0),
		Run:     func(cmd *cobra.Command, _ []string) { out.printf("outgrow %s", cmd.Root().Version) },
	}
}
