package run

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// backupCommands returns the commands that copy the store to a file, and back.
func (s *service) backupCommands() []*cobra.Command {
	backup := s.command("backup FILE", "Copy the store to a new file, also while the service is running", s.backup)
	restore := s.command("restore FILE", "Put a backup in the place of the store, while the service is not running", s.restore)
	backup.Args, restore.Args = cobra.ExactArgs(1), cobra.ExactArgs(1)
	return []*cobra.Command{backup, restore}
}

func (s *service) backup(ctx context.Context, args []string) error {
	spec := s.parts.Store
	if spec.Backup == nil {
		return s.fail("back up the store", spec.unaided())
	}
	if err := spec.Backup(ctx, args[0]); err != nil {
		return s.fail("back up the store", spec.blame(err))
	}
	s.print("%s is a backup, and whole", args[0])
	return nil
}

func (s *service) restore(ctx context.Context, args []string) error {
	spec := s.parts.Store
	if spec.Restore == nil {
		return s.fail("restore the store", spec.unaided())
	}
	before, err := spec.Restore(ctx, args[0])
	if err != nil {
		return s.fail("restore the store", spec.blame(err))
	}
	s.print("%s is in place", args[0])
	if before != "" {
		s.print("what was there before is %s", before)
	}
	return nil
}

// unaided is the error for a store that has tools of its own for backups.
func (s StoreSpec) unaided() error {
	return blame("the "+s.name(), "", kit.Errorf(kit.Invalid,
		"its server has tools of its own for this: kit/docs/database.md has the commands"))
}
