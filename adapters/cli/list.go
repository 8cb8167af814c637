package cli

import (
	"errors"
	"os"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"github.com/outgrowkit/outgrow/adapters/record"
	"github.com/outgrowkit/outgrow/app"
)

// components are the adapters that can be chosen, by port, the default first.
var components = []struct {
	port     string
	adapters []component
}{
	{"store", []component{{"sqlite", "a file on this machine (mattn/go-sqlite3)"}}},
	{"bus", []component{{"channels", "within the process, made durable by the outbox"}}},
}

type component struct{ name, what string }

func newList(use Use, out *screen) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "Lists the components that there are, and what this project has",
		Example: "  outgrow list",
		Args:    exactly("no arguments", 0),
		RunE: func(*cobra.Command, []string) error {
			rec, err := currentRecord(use)
			if err != nil && !os.IsNotExist(err) {
				return err
			}
			printComponents(out, rec)
			return nil
		},
	}
}

// projectRecord is currentRecord where there has to be one.
func projectRecord(use Use) (record.Record, error) {
	rec, err := currentRecord(use)
	if os.IsNotExist(err) {
		return rec, app.Refusal{Reason: errors.New("there is no project in this folder: " + record.File + " is missing")}
	}
	return rec, err
}

// currentRecord reads the record of the project in this folder.
func currentRecord(use Use) (record.Record, error) {
	data, err := os.ReadFile(record.File)
	if err != nil {
		return record.Record{}, err
	}
	return use.Records.Read(record.File, data)
}

func printComponents(out *screen, rec record.Record) {
	b := rec.Blueprint
	for _, c := range components {
		out.print(out.bold(c.port))
		for _, a := range c.adapters {
			mark := " "
			if slices.Contains(append(slices.Clone(b.Stores), b.Buses...), a.name) {
				mark = out.good("✓")
			}
			out.printf("  %s %-10s %s", mark, a.name, a.what)
		}
	}
	if b.Name == "" {
		out.print("\nThere is no project in this folder.")
		return
	}
	out.print(out.bold("\nservices of ") + out.bold(b.Name))
	for _, s := range b.Services {
		out.printf("  %s %s", out.good("✓"), s.Name)
	}
}

func newVersion(use Use, out *screen) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Prints the version",
		Example: "  outgrow version",
		Args:    exactly("no arguments", 0),
		Run: func(*cobra.Command, []string) {
			out.printf("outgrow %s %s %s/%s", use.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		},
	}
}
