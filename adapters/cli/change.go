package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/spf13/cobra"
	"github.com/spf13/viper"

	"github.com/outgrowkit/outgrow/adapters/disk"
	"github.com/outgrowkit/outgrow/adapters/git"
	"github.com/outgrowkit/outgrow/adapters/memory"
	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

// flagDryRun adds the --dry-run flag, which every command that writes has.
func flagDryRun(cmd *cobra.Command) {
	cmd.Flags().Bool("dry-run", false, "show what would change without writing anything")
}

// flagAllowDirty adds the flag of commands that edit the user's own files.
func flagAllowDirty(cmd *cobra.Command) {
	cmd.Flags().Bool("allow-dirty", false, "edit files even if they have uncommitted changes")
}

// editor changes the folder of a project according to a command's flags.
type editor struct {
	cmd         *cobra.Command
	use         Use
	out, errOut *screen
}

// edit calls change on the folder at dir, and then the function that change returns,
// which reports the result. With --dry-run it shows what would change instead.
func (e editor) edit(dir string, change func(folder ports.Folder) (tell func(), err error)) error {
	v, err := settings(e.cmd.Flags())
	if err != nil {
		return err
	}
	folder := disk.Open(dir)
	if v.GetBool("dry-run") {
		return e.preview(folder, dir, change)
	}
	recovered, err := folder.Lock()
	if err != nil {
		return err
	}
	e.errOut.recovered(recovered)
	tell, err := change(recording{e.guarded(v, folder, dir), e.out.said})
	if err := errors.Join(err, folder.Unlock()); err != nil {
		return err
	}
	tell()
	return nil
}

// recovered reports what became of commands that had been interrupted.
func (s *screen) recovered(r disk.Recovered) {
	if r.Finished > 0 {
		s.printf("outgrow: finished a command that had been interrupted (files written: %d)", r.Finished)
	}
	if r.Undone+len(r.Changed) > 0 {
		s.print("outgrow: undid a command that had been interrupted; run it again")
	}
	if len(r.Changed) > 0 {
		s.printf("outgrow: it was not finished because files were changed in the meantime, which are left as they are: %s", visible(strings.Join(r.Changed, ", ")))
	}
}

// guarded returns the folder. If the command has the --allow-dirty flag and it is not
// set, the folder refuses to edit files with uncommitted changes. Derived files are
// exempt: they contain nothing written by hand, and change while work is in progress.
func (e editor) guarded(v *viper.Viper, folder ports.Folder, dir string) ports.Folder {
	if e.cmd.Flags().Lookup("allow-dirty") == nil || v.GetBool("allow-dirty") {
		return folder
	}
	return git.Guard(e.cmd.Context(), folder, dir, func(name string) bool {
		return app.IsDerived(name) || name == lock.File || name == e.use.Records.Name()
	})
}

// preview shows what would change, and writes nothing.
func (e editor) preview(folder *disk.Folder, dir string, change func(ports.Folder) (func(), error)) error {
	return reading(folder, e.errOut, func() error {
		entries, err := folder.Entries()
		if err != nil {
			return err
		}
		outcome := memory.Over(folder.Files(), dir, entries...)
		e.out.said.DryRun = true
		if _, err := change(recording{outcome, e.out.said}); err != nil {
			return err
		}
		return printChanges(e.out, folder.Files(), outcome)
	})
}

// reading calls do while no other command can change the folder.
func reading(folder *disk.Folder, errOut *screen, do func() error) error {
	if err := folder.Share(); err != nil {
		return err
	}
	if folder.Interrupted() {
		errOut.print("outgrow: a command was interrupted while it was writing to this folder; the folder is read as if it had finished or, where files were changed since, been undone, and the next command that writes will do that")
	}
	return errors.Join(do(), folder.Unlock())
}

// printChanges lists the files that would change, and prints a diff of the existing ones.
func printChanges(out *screen, there fs.FS, outcome *memory.Folder) error {
	removed := outcome.Removed()
	files := outcome.Written()
	for _, name := range removed {
		files = append(files, plan.File{Path: name})
	}
	slices.SortFunc(files, plan.ByPath)
	var diffs strings.Builder
	size, counts := 0, map[string]int{}
	for _, f := range files {
		before, err := fs.ReadFile(there, f.Path)
		mark := "~"
		switch {
		case errors.Is(err, fs.ErrNotExist):
			mark, size = "+", size+len(f.Data)
		case err != nil:
			return err
		case slices.Contains(removed, f.Path):
			mark = "-"
		case string(before) == string(f.Data):
			continue
		default:
			diffs.WriteString("\n" + udiff.Unified("a/"+f.Path, "b/"+f.Path, string(before), string(f.Data)))
		}
		counts[mark]++
		out.printf("%s %s", out.mark(mark), f.Path)
	}
	if len(counts) == 0 {
		out.say("nothing to change")
		return nil
	}
	if counts["~"]+counts["-"] == 0 {
		out.say(fmt.Sprintf("%s, %d KiB; nothing was written", filesOf(counts["+"]), size/1024))
		return nil
	}
	for line := range strings.Lines(diffs.String()) {
		out.print(out.diffLine(strings.TrimSuffix(line, "\n")))
	}
	out.print("")
	out.say(fmt.Sprintf("%d new, %d changed, %d removed; nothing was written", counts["+"], counts["~"], counts["-"]))
	return nil
}

// mark colors the mark of a file or line that is added, removed or changed.
func (s *screen) mark(text string) string {
	switch text[0] {
	case '+':
		return s.good(text)
	case '-':
		return s.bad(text)
	}
	return s.bold(text)
}

// diffLine colors a line of a diff.
func (s *screen) diffLine(line string) string {
	switch {
	case strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "+++ "):
		return s.bold(line)
	case strings.HasPrefix(line, "@@"):
		return s.faint(line)
	case strings.HasPrefix(line, "+"), strings.HasPrefix(line, "-"):
		return s.mark(line)
	}
	return line
}
