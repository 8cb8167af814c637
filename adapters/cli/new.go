package cli

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/outgrowkit/outgrow/adapters/disk"
	"github.com/outgrowkit/outgrow/adapters/memory"
	"github.com/outgrowkit/outgrow/adapters/scaffold"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

func newNew(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "new DIR",
		Short: "Makes a project that runs at once",
		Long: `Makes a project in DIR, which must not exist, or be empty but for .git, a licence
and a README. Without a word it asks, on a terminal.

A service is a name and its fields, each with a type:
  string text int int64 float64 bool time duration bytes uuid enum:a,b,c
with [] before it for a list of them, and ? behind it where it may be left out.`,
		Example: `  outgrow new shop
  outgrow new                    # asks
  outgrow new shop --module example.com/shop --service 'order customer:string total:int64 notes:text?'
  outgrow new . --service 'user email:string' --service 'post author:uuid body:text tags:[]string'
  outgrow new shop --with store=sqlite --with bus=channels
  outgrow new shop --blueprint shop.yaml --dry-run`,
		Args: folderUnlessAsked(out),
	}
	flags := cmd.Flags()
	flags.String("module", "", "the Go module (default: the folder's name)")
	services := flags.StringArray("service", nil, "a service: its name and fields (can be repeated; default: an example)")
	with := flags.StringArray("with", nil, "the adapters of a port: store=sqlite,postgres or bus=channels,nats (default: all)")
	flags.String("blueprint", "", "a YAML file that describes the whole project")
	flagDryRun(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return newAsked(cmd, use, out, errOut)
		}
		v, err := settings(flags)
		if err != nil {
			return err
		}
		r := request{dir: args[0], module: v.GetString("module"), services: *services, with: *with, file: v.GetString("blueprint")}
		b, err := r.describe(use)
		if err != nil {
			return plan.Refuse(err)
		}
		if _, err := disk.Open(r.dir).Entries(); err != nil {
			return err
		}
		defer errOut.progress("making the project…")()
		return editor{cmd, use, out, errOut}.create(r.dir, b)
	}
	return cmd
}

// create makes the project, and tells how to go on.
func (e editor) create(dir string, b blueprint.Blueprint) error {
	return e.edit(dir, func(folder ports.Folder) (func(), error) {
		n, err := e.use.New.Run(e.cmd.Context(), b, folder)
		return func() { nextSteps(e.out, dir, b, n) }, err
	})
}

// planned returns what would be written.
func planned(ctx context.Context, use Use, dir string, b blueprint.Blueprint) ([]plan.File, error) {
	entries, err := disk.Open(dir).Entries()
	if err != nil {
		return nil, err
	}
	folder := memory.New(dir, entries...)
	_, err = use.New.Run(ctx, b, folder)
	return folder.Written(), err
}

// nextSteps prints what was made of n files, and what to type next.
func nextSteps(out *screen, dir string, b blueprint.Blueprint, n int) {
	out.printf("%s %s: %d files, serving %s on SQLite and channels.", out.good("✓"), out.bold(b.Name), n, serves(b.Services))
	out.print("")
	if dir != "." {
		out.print("  cd " + quoted(dir))
	}
	out.print("  go run .          " + out.faint("# the first build compiles SQLite: a minute or two"))
	out.print("  go test ./...")
	out.print("")
	out.print("and, while it runs:")
	out.print("")
	out.print("  " + scaffold.Request(b.Services[0]))
	out.print("")
	out.printf("What it offers is at http://127.0.0.1:8080%s, and how to go on in README.md.", scaffold.Page(b, "docs"))
}

// serves lists the first of the services, and says how many there are besides.
func serves(services []blueprint.Service) string {
	const most = 5
	more := ""
	if len(services) > most {
		more = fmt.Sprintf(" and %d more", len(services)-most)
		services = services[:most]
	}
	names := make([]string, len(services))
	for i, s := range services {
		names[i] = s.Name.Plural().Human()
	}
	return strings.Join(names, ", ") + more
}

var plain = regexp.MustCompile(`^[A-Za-z0-9_./+:,@%][A-Za-z0-9_./~+:,@%=-]*$`)

// quoted returns a word as one types it into a shell.
func quoted(word string) string {
	if strings.HasPrefix(word, "-") {
		word = "./" + word // no flag
	}
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
