package cli

import (
	"errors"
	"fmt"
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
				out.print("")
				out.say("There is no project in this folder.")
				out.said.next("outgrow new DIR", "creates one")
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
			mark, present := " ", slices.Contains(b.Adapters[port.Name], c.Name)
			if present {
				mark = out.good("✓")
			}
			out.said.Components = append(out.said.Components, component{port.Name, c.Name, c.What, present})
			out.printf("  %s %-10s %s", mark, c.Name, c.What)
		}
	}
	for _, p := range b.Own {
		out.print(out.bold(p.Name.String()))
		for _, a := range p.Adapters {
			file := "adapters/" + a.Package() + "/" + p.Name.Package() + ".go"
			out.printf("  %s %-10s %s", out.good("✓"), a, file)
			out.said.Components = append(out.said.Components, component{p.Name.String(), a.String(), file, true})
		}
	}
}

func printServices(out *screen, b blueprint.Blueprint) {
	out.print("")
	out.print(out.bold("services of " + b.Name))
	for _, s := range b.Services {
		out.printf("  %s %s", out.good("✓"), s.Name)
		out.said.Services = append(out.said.Services, s.Name.String())
	}
	out.said.Message = fmt.Sprintf("%s has %d services", b.Name, len(b.Services))
	out.said.next("outgrow check", "")
}

func newVersion(out *screen) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Prints the version",
		Example: "  outgrow version",
		Args:    exactly("no arguments", 0),
		Run:     func(cmd *cobra.Command, _ []string) { out.say("outgrow " + cmd.Root().Version) },
	}
}
