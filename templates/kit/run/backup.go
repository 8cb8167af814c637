package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

var errOwnTools = errors.New("its server has tools of its own for that: kit/docs/database.md has the commands")

// onFile returns a command that takes the path of a file.
func (s *service) onFile(use, short string, do action) *cobra.Command {
	cmd := s.command(use, short, do)
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 || args[0] == "" {
			return errors.New(cmd.Name() + " needs the path of one file")
		}
		return nil
	}
	return cmd
}

func (s *service) backup(ctx context.Context, args []string) error {
	err := errOwnTools
	if do := s.parts.Store.Backup; do != nil {
		err = do(ctx, args[0])
	}
	if err != nil {
		return s.failed(fmt.Errorf("cannot back up the %s: %w", s.parts.Store.name(), err))
	}
	s.print("%s is a whole backup", args[0])
	return nil
}

func (s *service) restore(ctx context.Context, args []string) error {
	before, err := "", errOwnTools
	if do := s.parts.Store.Restore; do != nil {
		before, err = do(ctx, args[0])
	}
	if err != nil {
		return s.failed(fmt.Errorf("cannot restore the %s: %w", s.parts.Store.name(), err))
	}
	s.print("%s is in place", args[0])
	if before != "" {
		s.print("What was there before is %s", before)
	}
	return nil
}
