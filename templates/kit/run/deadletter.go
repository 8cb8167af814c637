package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// deadLetters returns the commands for events that could not be handled.
func (s *service) deadLetters() *cobra.Command {
	parent := &cobra.Command{
		Use:   "dead-letters",
		Short: "List and replay events that could not be handled",
		Args:  cobra.ArbitraryArgs,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("missing subcommand: dead-letters list or dead-letters replay")
		},
	}
	parent.AddCommand(s.onDeadLetters("list", "List dead letters, oldest first", s.list), s.replayCommand())
	return parent
}

// onDeadLetters returns a command that does something with the dead letters of
// the store, which a running service may be using as well.
func (s *service) onDeadLetters(use, short string, do func(context.Context, kit.DeadLetterQueue) error) *cobra.Command {
	return s.command(use, short, func(ctx context.Context, _ []string) error {
		var queue kit.DeadLetterQueue
		return s.with(ctx, "read the dead letters", fx.Populate(&queue), func() error { return do(ctx, queue) })
	})
}

// list prints the dead letters, oldest first.
func (s *service) list(ctx context.Context, queue kit.DeadLetterQueue) error {
	n := 0
	for d, err := range letters(ctx, queue) {
		if err != nil {
			return err
		}
		n++
		s.printLetter(d)
	}
	if n == 0 {
		s.print("There are no dead letters.")
		return nil
	}
	s.print("%[2]s. Once the cause is fixed:\n  %[1]s dead-letters replay ID…\n  %[1]s dead-letters replay --all",
		s.name, countOf(n, "dead letter"))
	return nil
}

func (s *service) printLetter(d kit.DeadLetter) {
	m := d.Message
	failed := m.Group + " could not handle"
	if m.Group == "" {
		failed = "the bus cannot take"
	}
	s.print("%s  %s %s of %s", d.ID, failed, m.Topic, m.Key)
	s.print("    failed at %s after %s; the event is of %s",
		timeStamp(d.FailedAt), countOf(d.Attempts, "attempt"), timeStamp(m.Time))
	s.print("    %s\n", strings.ReplaceAll(strings.TrimSpace(d.Error), "\n", "\n    "))
}

func timeStamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// replayCommand returns the command that puts dead letters back into the
// outbox, for the groups that could not handle them, or for all if the bus could not
// take them. A running service delivers them.
func (s *service) replayCommand() *cobra.Command {
	var all bool
	var ids []kit.UUID
	replay := func(ctx context.Context, queue kit.DeadLetterQueue) error {
		if all {
			return s.replayAll(ctx, queue)
		}
		return s.replay(ctx, queue, ids)
	}
	cmd := s.onDeadLetters("replay ID… | --all", "Handle dead letters again", replay)
	cmd.Flags().BoolVar(&all, "all", false, "all of them")
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 == all {
			return errors.New("dead-letters replay needs either IDs or --all")
		}
		for _, word := range args {
			id, err := kit.ParseUUID(word)
			if err != nil {
				return fmt.Errorf("%q is not the ID of a dead letter: %w", word, err)
			}
			ids = append(ids, id)
		}
		return nil
	}
	return cmd
}

func (s *service) replay(ctx context.Context, queue kit.DeadLetterQueue, ids []kit.UUID) error {
	var failed error
	for _, id := range ids {
		if err := queue.Replay(ctx, id); err != nil {
			failed = s.failed(err)
		} else {
			s.print("%s: back in the outbox", id)
		}
	}
	return failed
}

// replayAll replays what is there now. What fails meanwhile becomes a newer dead
// letter, which is not replayed again.
func (s *service) replayAll(ctx context.Context, queue kit.DeadLetterQueue) error {
	n, now := 0, kit.NewUUID()
	defer func() { s.print("%s: back in the outbox", countOf(n, "event")) }()
	for d, err := range letters(ctx, queue) {
		if err != nil {
			return err
		}
		if bytes.Compare(d.ID[:], now[:]) > 0 {
			continue
		}
		switch err := queue.Replay(ctx, d.ID); kit.CodeOf(err) {
		case "":
			n++
		case kit.NotFound: // another process replayed it
		default:
			return err
		}
	}
	return nil
}

// letters returns the dead letters, oldest first.
func letters(ctx context.Context, queue kit.DeadLetterQueue) iter.Seq2[kit.DeadLetter, error] {
	return func(yield func(kit.DeadLetter, error) bool) {
		page := kit.Page{Limit: 100}
		for {
			found, err := queue.Letters(ctx, page)
			if err != nil {
				yield(kit.DeadLetter{}, err)
				return
			}
			for _, d := range found.Items {
				if !yield(d, ctx.Err()) {
					return
				}
			}
			if page.After = found.Next; page.After.IsZero() {
				return
			}
		}
	}
}
