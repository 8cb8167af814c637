package run

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// deadLetters returns the commands for events that could not be handled.
func (c *commands) deadLetters() *cobra.Command {
	parent := &cobra.Command{
		Use:   "dead-letters",
		Short: "List and replay events that could not be handled",
		Args:  cobra.ArbitraryArgs,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("missing subcommand: dead-letters list or dead-letters replay")
		},
	}
	replay := &cobra.Command{Use: "replay ID… | --all", Short: "Handle dead letters again"}
	all := replay.Flags().Bool("all", false, "all of them")
	replay.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 == *all {
			return errors.New("dead-letters replay needs either IDs or --all")
		}
		_, err := parseIDs(args)
		return err
	}
	replay.RunE = c.withArgs(func(s *service, ctx context.Context, args []string) error {
		return s.withDeadLetters(ctx, func(queue kit.DeadLetterQueue) error {
			if *all {
				return s.replayAll(ctx, queue)
			}
			return s.replay(ctx, queue, args)
		})
	})
	parent.AddCommand(
		&cobra.Command{Use: "list", Short: "List dead letters, oldest first", Args: cobra.NoArgs, RunE: c.configured((*service).listDeadLetters)},
		replay,
	)
	return parent
}

// withDeadLetters calls a function with the dead letters of the store, which a
// running service may be using as well.
func (s *service) withDeadLetters(ctx context.Context, do func(kit.DeadLetterQueue) error) error {
	var queue kit.DeadLetterQueue
	return s.with(ctx, "read the dead letters", fx.Populate(&queue), func() error { return do(queue) })
}

// listDeadLetters prints the events that could not be handled, oldest first.
func (s *service) listDeadLetters(ctx context.Context) error {
	return s.withDeadLetters(ctx, func(queue kit.DeadLetterQueue) error {
		n := 0
		err := eachLetter(ctx, queue, func(d kit.DeadLetter) error {
			n++
			s.printLetter(d)
			return nil
		})
		if err != nil {
			return err
		}
		if n == 0 {
			s.print("There are no dead letters.")
			return nil
		}
		s.print("%[2]s. Once the cause is fixed:\n  %[1]s dead-letters replay ID…\n  %[1]s dead-letters replay --all", s.name, countOf(n, "dead letter"))
		return nil
	})
}

func (s *service) printLetter(d kit.DeadLetter) {
	m := d.Message
	s.print("%s  %s could not handle %s of %s", d.ID, m.Group, m.Topic, m.Key)
	s.print("    failed at %s after %s; the event is of %s", timeStamp(d.FailedAt), countOf(d.Attempts, "attempt"), timeStamp(m.Time))
	s.print("    %s\n", strings.ReplaceAll(strings.TrimSpace(d.Error), "\n", "\n    "))
}

func timeStamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func parseIDs(words []string) ([]kit.UUID, error) {
	ids := make([]kit.UUID, len(words))
	for i, word := range words {
		id, err := kit.ParseUUID(word)
		if err != nil {
			return nil, kit.Errorf(kit.Invalid, "%q is not the ID of a dead letter: %s", word, err)
		}
		ids[i] = id
	}
	return ids, nil
}

// replay puts dead letters back into the outbox, for the groups that could not
// handle them. A running service delivers them.
func (s *service) replay(ctx context.Context, queue kit.DeadLetterQueue, words []string) error {
	ids, err := parseIDs(words)
	if err != nil {
		return err
	}
	var failed error
	for _, id := range ids {
		if err := queue.Replay(ctx, id); err != nil {
			failed = s.failed(err)
			continue
		}
		s.print("%s: back in the outbox", id)
	}
	return failed
}

// replayAll replays what is there now. What fails meanwhile becomes a newer dead
// letter, which is not replayed again.
func (s *service) replayAll(ctx context.Context, queue kit.DeadLetterQueue) error {
	n, now := 0, kit.NewUUID()
	err := eachLetter(ctx, queue, func(d kit.DeadLetter) error {
		if bytes.Compare(d.ID[:], now[:]) > 0 {
			return nil
		}
		err := queue.Replay(ctx, d.ID)
		if kit.CodeOf(err) == kit.NotFound {
			return nil // another process replayed it
		}
		if err == nil {
			n++
		}
		return err
	})
	s.print("%s: back in the outbox", countOf(n, "event"))
	return err
}

// eachLetter calls do with each dead letter, oldest first.
func eachLetter(ctx context.Context, queue kit.DeadLetterQueue, do func(kit.DeadLetter) error) error {
	page := kit.Page{Limit: 100}
	for {
		letters, err := queue.Letters(ctx, page)
		if err != nil {
			return err
		}
		for _, d := range letters.Items {
			if err := errors.Join(ctx.Err(), do(d)); err != nil {
				return err
			}
		}
		if page.After = letters.Next; page.After.IsZero() {
			return nil
		}
	}
}
