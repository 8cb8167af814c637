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
	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

func newNew(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "new DIR",
		Short: "Creates a project that runs right away",
		Long: `Creates a project in DIR, which must not exist yet, or be empty except for .git, a
licence and a README. Without arguments, on a terminal, it asks what to create.

A service has a name and fields, each with a type:
  string text int int64 float64 bool time duration bytes uuid enum:a,b,c
Put [] before a type for a list, or ? after it for an optional field.`,
		Example: `  outgrow new shop
  outgrow new                    # asks questions
  outgrow new shop --module example.com/shop --service 'order customer:string total:int64 notes:text?'
  outgrow new . --service 'user email:string' --service 'post author:uuid body:text tags:[]string'
  outgrow new shop --with store=sqlite --with bus=channels
  outgrow new shop --blueprint shop.yaml --dry-run`,
		Args: folderUnlessAsked(out),
	}
	flags := cmd.Flags()
	flags.String("module", "", "the Go module path (default: the folder's name)")
	services := flags.StringArray("service", nil, "the name and fields of a service (can be repeated; default: an example)")
	with := flags.StringArray("with", nil, "the adapters of a port: store=sqlite,postgres, bus=channels,rabbitmq, cache=memory,redis, or schedule alone for the port with what needs nothing installed (can be repeated; default: sqlite, postgres, channels and nats; see outgrow list)")
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
		defer errOut.progress("creating the project…")()
		return editor{cmd, use, out, errOut}.create(r.dir, b)
	}
	return cmd
}

// create creates the project, and prints the next steps.
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

// nextSteps reports that the project was created, and prints what to type next.
func nextSteps(out *screen, dir string, b blueprint.Blueprint, n app.Made) {
	out.done(b.Name, "serves "+serves(b.Services)+" on SQLite and channels.")
	out.printf("  %d files are yours, %d are derived from them, and %d are the kit.", n.Yours, n.Derived, n.Kit)
	out.print("")
	if dir != "." {
		out.next("cd "+quoted(dir), "")
	}
	out.next("go run .", "the first build compiles SQLite, which takes a minute or two")
	out.next("go test ./...", "")
	out.print("")
	out.print("While it runs, in another terminal:")
	out.print("")
	out.next(scaffold.Request(b.Services[0]), "")
	out.print("")
	sayTenant(out, b.Services...)
	out.printf("The API is documented at http://127.0.0.1:8080%s; see README.md for what to do next.", scaffold.Page(b, "docs"))
}

// sayTenant says what requests to services with tenants need.
func sayTenant(out *screen, services ...blueprint.Service) {
	for _, s := range services {
		if _, ok := s.Tenant(); ok {
			out.printf("Requests to %s are answered 403 until it is known which tenant they are for: see kit/docs/tenants.md.", s.Name.Plural().Kebab())
		}
	}
}

// serves names the first few services, and says how many more there are.
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

// quoted quotes a word for a shell, if necessary.
func quoted(word string) string {
	if strings.HasPrefix(word, "-") {
		word = "./" + word // so that it is not a flag
	}
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
