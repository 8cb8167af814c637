package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// migrations are those of a store.
type migrations []kit.Migration

// pending returns how many have not been applied.
func (all migrations) pending() (n int) {
	for _, m := range all {
		if !m.Applied {
			n++
		}
	}
	return n
}

// unknown returns the names of those that another version has applied.
func (all migrations) unknown() (names []string) {
	for _, m := range all {
		if m.Unknown {
			names = append(names, m.Name)
		}
	}
	return names
}

func migrationsHave(n int) string {
	if n == 1 {
		return "1 migration has"
	}
	return fmt.Sprintf("%d migrations have", n)
}

// migrateCommand returns the command that brings the tables up to date, for a job that
// runs before a new version is deployed.
func (s *service) migrateCommand() *cobra.Command {
	var dryRun bool
	cmd := s.command("migrate", "Bring the tables of the store up to date", func(ctx context.Context, _ []string) error {
		if dryRun {
			return s.listMigrations(ctx, func(m kit.Migration) bool { return !m.Applied })
		}
		return s.migrate(ctx)
	})
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "list the migrations that would be applied, and change nothing")
	cmd.AddCommand(s.command("status", "List all migrations, and which have been applied", func(ctx context.Context, _ []string) error {
		return s.listMigrations(ctx, func(kit.Migration) bool { return true })
	}))
	return cmd
}

// migrate opens the store, creates it if necessary, and brings it up to date.
func (s *service) migrate(ctx context.Context) error {
	spec := s.parts.Store
	spec.Migrate = true // whatever the service does at its start
	db, all, err := spec.open(ctx, server)
	if err == nil {
		err = spec.blameMigrations(errors.Join(db.Migrate(ctx), db.Close()))
	}
	if err != nil {
		return s.fail("migrate", err)
	}
	if pending := all.pending(); pending > 0 {
		s.print("%s: %s been applied", db, migrationsHave(pending))
	} else {
		s.print("%s was up to date", db)
	}
	return nil
}

// listMigrations prints the migrations that are wanted, and changes nothing.
func (s *service) listMigrations(ctx context.Context, wanted func(kit.Migration) bool) error {
	spec := s.parts.Store
	spec.Migrate = true // or it would not say what it lacks
	db, all, err := spec.open(ctx, looking)
	if e, ok := errors.AsType[*kit.Error](err); ok && e.Code == kit.NotFound {
		s.print("%s, with all its tables", e.Message)
		return nil
	}
	if err != nil {
		return s.fail("list the migrations", err)
	}
	defer db.Close() //nolint:errcheck // nothing was written
	for _, m := range all {
		state := "pending"
		switch {
		case m.Unknown:
			state = "unknown" // applied by another version
		case m.Applied:
			state = "applied"
		}
		if wanted(m) {
			s.print("%s  %s", state, m.Name)
		}
	}
	s.print("%s: %d of %s to be applied", db, all.pending(), countOf(len(all), "migration"))
	return nil
}
