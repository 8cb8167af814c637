package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/outgrowkit/outgrow/adapters/disk"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// errDeclined is the error if the user has seen the plan and declined it.
var errDeclined = errors.New("declined")

// folderUnlessAsked checks the arguments of a command that takes one folder. On a
// terminal the command may be given none: it then asks for everything it needs.
func folderUnlessAsked(out *screen) cobra.PositionalArgs {
	one := exactly("one folder", 1)
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 && saysNothing(cmd.Flags()) && somebodyIsThere(cmd.InOrStdin(), out) {
			return nil
		}
		return one(cmd, args)
	}
}

// saysNothing reports whether no flag and no environment variable was set.
func saysNothing(flags *pflag.FlagSet) bool {
	v, err := settings(flags)
	nothing := err == nil
	flags.VisitAll(func(f *pflag.Flag) { nothing = nothing && !v.IsSet(f.Name) })
	return nothing
}

// newAsked asks questions, shows the plan of the project that the answers describe,
// and creates the project if the user agrees.
func newAsked(cmd *cobra.Command, use Use, out, errOut *screen) error {
	i := newInterview(cmd.Context(), use, cmd.InOrStdin(), out)
	r, err := i.run(cmd.Context())
	if err != nil {
		return err
	}
	b, err := r.describe(use)
	if err != nil {
		return plan.Refuse(err)
	}
	files, err := planned(cmd.Context(), use, r.dir, b)
	if err != nil {
		return err
	}
	printPlan(out, files)
	out.print("\nTo do the same without questions:\n\n  " + r.command() + "\n")
	if yes, err := i.confirm(cmd.Context(), fmt.Sprintf("Make it in %s?", r.dir)); err != nil {
		return err
	} else if !yes {
		return errDeclined
	}
	return editor{cmd, use, out, errOut}.create(r.dir, b)
}

// run asks for everything that could have been given by flags.
func (i *interview) run(ctx context.Context) (request, error) {
	var r request
	i.out.print("Press Enter to accept what is shown, or Esc or Ctrl-C to quit without writing anything.\n")
	for _, ask := range []func(context.Context, *request) error{i.folder, i.module, i.services, i.adapters} {
		if err := ask(ctx, &r); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (i *interview) folder(ctx context.Context, r *request) error {
	dir, err := i.text(ctx, question{
		title: "Folder", usual: i.usualFolder(),
		hint:  "Where to create the project. The project is named after this folder.",
		check: func(dir string) error { return i.checkFolder(expand(dir)) },
	})
	r.dir = expand(dir)
	return err
}

// usualFolder returns the current folder if a project can be created in it, and
// otherwise the first of shop, shop2, … that can be used.
func (i *interview) usualFolder() string {
	if i.checkFolder(".") == nil && i.check(request{dir: "."}) == nil {
		return "."
	}
	dir := "shop"
	for n := 2; i.checkFolder(dir) != nil && n < 100; n++ {
		dir = fmt.Sprintf("shop%d", n)
	}
	return dir
}

// checkFolder returns an error if no project can be created in the folder.
func (i *interview) checkFolder(dir string) error {
	entries, err := disk.Open(dir).Entries()
	if err != nil {
		return err
	}
	_, err = plan.Room(dir, entries, nil)
	return err
}

// expand replaces a leading ~ with the home directory, as a shell does.
func expand(dir string) string {
	home, err := os.UserHomeDir()
	if rest, ok := strings.CutPrefix(dir, "~"); ok && err == nil && (rest == "" || os.IsPathSeparator(rest[0])) {
		return filepath.Join(home, rest)
	}
	return dir
}

func (i *interview) module(ctx context.Context, r *request) (err error) {
	usual := usualModule(r.dir)
	if i.check(*r) != nil {
		usual = "example.com/shop"
	}
	answer, err := i.text(ctx, question{
		title: "Module", usual: usual,
		hint: "The Go module path, such as example.com/shop.",
		check: func(module string) error {
			with := *r
			with.module = module
			if err := i.check(with); err != nil {
				return err
			}
			return i.try(ctx, with)
		},
	})
	if answer != usualModule(r.dir) {
		r.module = answer
	}
	return err
}

// try plans the project and returns the error, if any. Some errors only show up this
// way, such as a module path that would contain a module that the project requires.
func (i *interview) try(ctx context.Context, r request) error {
	b, err := r.describe(i.use)
	if err == nil {
		_, err = planned(ctx, i.use, r.dir, b)
	}
	return err
}

func (i *interview) services(ctx context.Context, r *request) error {
	q := question{
		title: "Service", usual: exampleService,
		hint: "Its name, then its fields, each with a type: " + strings.Join(blueprint.Bases, " ") + ":a,b\n" +
			"Put [] before a type for a list, or ? after it for an optional field.",
		check: func(service string) error {
			with := *r
			with.services = append(slices.Clone(r.services), service)
			return i.check(with)
		},
	}
	for {
		service, err := i.text(ctx, q)
		if err != nil || service == "" {
			return err
		}
		r.services = append(r.services, service)
		q.title, q.usual, q.none = "Another", "", "none"
	}
}

func (i *interview) adapters(ctx context.Context, r *request) error {
	for _, port := range blueprint.Catalogue {
		if port.Optional {
			continue // it can be added later
		}
		chosen, err := i.choose(ctx, port, func(chosen []string) error {
			b, err := r.describe(i.use)
			b.Choose(port.Name, chosen)
			return first(err, b)
		})
		if err != nil {
			return err
		}
		if !slices.Equal(chosen, port.Defaults()) {
			r.with = append(r.with, port.Name+"="+strings.Join(chosen, ","))
		}
	}
	return nil
}

// check returns the first problem with the project as described so far.
func (i *interview) check(r request) error {
	b, err := r.describe(i.use)
	return first(err, b)
}

// first returns err or, if it is nil, the first problem with the blueprint.
func first(err error, b blueprint.Blueprint) error {
	if err != nil {
		return err
	}
	if errs := b.Validate(); len(errs) > 0 {
		return errs[0]
	}
	return nil
}

// printPlan prints what would be written, one line for each folder.
func printPlan(out *screen, files []plan.File) {
	size := 0
	counts, within := map[string]int{}, map[string][]string{}
	for _, f := range files {
		size += len(f.Data)
		top, rest, isFolder := strings.Cut(f.Path, "/")
		below, _, isDeeper := strings.Cut(rest, "/")
		if !isFolder {
			top, below = ".", f.Path
		}
		counts[top]++
		if (isDeeper || !isFolder) && !slices.Contains(within[top], below) {
			within[top] = append(within[top], below)
		}
	}
	out.printf("\n%d files, %d KiB would be written:\n", len(files), size/1024)
	for _, top := range slices.Sorted(maps.Keys(counts)) {
		out.printf("%s %-10s %3d  %s", out.good("+"), top+"/", counts[top], out.faint(strings.Join(within[top], " ")))
	}
}
