package run

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// listDeadLetters prints the events that could not be handled, oldest first.
func listDeadLetters(ctx context.Context, p Program, l commandLine) int {
	return p.withDeadLetters(ctx, l, func(queue kit.DeadLetterQueue) int {
		c := p.paintFor(p.Stdout)
		n := 0
		err := eachLetter(ctx, queue, func(d kit.DeadLetter) error {
			n++
			p.printLetter(c, d)
			return nil
		})
		if err != nil {
			return p.failed(err)
		}
		if n == 0 {
			p.print("There are no dead letters.")
			return exitDone
		}
		p.print("%s. Once the cause is gone:\n  %s dead-letters replay ID…\n  %s dead-letters replay --all", countOf(n, "dead letter"), p.Name, p.Name)
		return exitDone
	})
}

func (p Program) printLetter(c terminalPaint, d kit.DeadLetter) {
	m := d.Message
	p.print("%s  %s could not handle %s of %s", c.bold(d.ID.String()), c.bold(m.Group), c.bold(m.Topic), m.Key)
	p.print("    %s after %s; the event is of %s", timeStamp(d.FailedAt), countOf(d.Attempts, "attempt"), timeStamp(m.Time))
	p.print("    %s\n", strings.ReplaceAll(strings.TrimSpace(d.Error), "\n", "\n    "))
}

func timeStamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// replayDeadLetters puts dead letters back into the outbox, for the groups that
// could not handle them. The service, which may be running, does the rest.
func replayDeadLetters(ctx context.Context, p Program, l commandLine) int {
	ids, err := parseIDs(l.words)
	if err != nil {
		p.complain("%s", err)
		return exitRefused
	}
	return p.withDeadLetters(ctx, l, func(queue kit.DeadLetterQueue) int {
		if l.all {
			return p.replayAll(ctx, queue)
		}
		return p.replay(ctx, queue, ids)
	})
}

func parseIDs(words []string) ([]kit.UUID, error) {
	ids := make([]kit.UUID, len(words))
	for i, word := range words {
		id, err := kit.ParseUUID(word)
		if err != nil {
			return nil, kit.Errorf(kit.Invalid, "%q is no ID of a dead letter: %s", word, err)
		}
		ids[i] = id
	}
	return ids, nil
}

func (p Program) replay(ctx context.Context, queue kit.DeadLetterQueue, ids []kit.UUID) int {
	code := exitDone
	for _, id := range ids {
		if err := queue.Replay(ctx, id); err != nil {
			code = p.failed(err)
			continue
		}
		p.print("%s: back in the outbox", id)
	}
	return code
}

// replayAll replays what is there now. What fails meanwhile is a newer dead
// letter, and left for another time.
func (p Program) replayAll(ctx context.Context, queue kit.DeadLetterQueue) int {
	n, now := 0, kit.NewUUID()
	err := eachLetter(ctx, queue, func(d kit.DeadLetter) error {
		if bytes.Compare(d.ID[:], now[:]) > 0 {
			return nil
		}
		err := queue.Replay(ctx, d.ID)
		if kit.CodeOf(err) == kit.NotFound {
			return nil // somebody else was faster
		}
		if err == nil {
			n++
		}
		return err
	})
	p.print("%s: back in the outbox", countOf(n, "event"))
	if err != nil {
		return p.failed(err)
	}
	return exitDone
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

func (p Program) failed(err error) int {
	p.complain("%s", oneLine(err))
	return exitFailed
}

// withDeadLetters runs a function with the dead letters of the store, opened
// beside whoever serves it.
func (p Program) withDeadLetters(ctx context.Context, l commandLine, do func(kit.DeadLetterQueue) int) int {
	c, loaded, err := p.load(l)
	if err != nil {
		return p.refuse(err)
	}
	var queue kit.DeadLetterQueue
	wired := fx.New(
		coreModule(ctx, p, c, toLookIn),
		fx.Module("store", storeModule(c.Store)),
		fx.Populate(&queue),
	)
	if err := wired.Err(); err != nil {
		return p.cannot("reach the dead letters", err, loaded)
	}
	if err := wired.Start(ctx); err != nil {
		return p.cannot("reach the dead letters", err, loaded)
	}
	code := do(queue)
	if err := wired.Stop(context.WithoutCancel(ctx)); err != nil {
		p.complain("the store was not closed in order: %s", err)
		return exitFailed
	}
	return code
}
