package cli

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"charm.land/huh/v2"
	"golang.org/x/term"

	"github.com/outgrowkit/outgrow/domain/blueprint"
)

// interview asks questions on a terminal.
type interview struct {
	use Use
	in  io.Reader
	out *screen
	// lines reads what is typed if questions are asked line by line, for screen
	// readers and for terminals that support nothing else.
	lines *lines
}

// somebodyIsThere reports whether input and output are terminals, other than those
// of a CI system.
func somebodyIsThere(in io.Reader, out *screen) bool {
	f, ok := in.(*os.File)
	ci := os.Getenv("CI")
	return ok && out.terminal && term.IsTerminal(int(f.Fd())) && (ci == "" || ci == "false" || ci == "0")
}

func newInterview(ctx context.Context, use Use, in io.Reader, out *screen) *interview {
	i := &interview{use: use, in: in, out: out}
	if os.Getenv("TERM") == "dumb" || os.Getenv("ACCESSIBLE") != "" {
		i.lines = &lines{ctx: ctx, from: in}
		i.in = i.lines
	}
	return i
}

// question is a question that is answered by a line of text.
type question struct {
	title, hint string
	usual       string // the answer if only Enter is pressed
	none        string // how to show the answer "", if it is allowed
	check       func(answer string) error
}

// text asks until the answer passes the check.
func (i *interview) text(ctx context.Context, q question) (string, error) {
	shown := cmp.Or(q.usual, q.none)
	title := q.title
	if i.lines != nil {
		i.out.print(q.hint)
		title += " [" + shown + "]:"
	}
	var answer string
	settle := func(typed string) string { return cmp.Or(strings.TrimSpace(typed), q.usual) }
	err := i.ask(ctx, huh.NewInput().Title(title).Description(q.hint).Placeholder(shown).Value(&answer).
		Validate(func(typed string) error {
			if answer := settle(typed); answer != "" || q.none == "" {
				return shownError(q.check(answer))
			}
			return nil
		}))
	answer = settle(answer)
	return answer, i.told(q.title, answer, err)
}

// choose asks which components of a port the project should have, until the choice
// passes the check.
func (i *interview) choose(ctx context.Context, port blueprint.Port, check func([]string) error) ([]string, error) {
	chosen := port.Defaults()
	title := strings.ToUpper(port.Name[:1]) + port.Name[1:]
	if i.lines != nil {
		return i.list(ctx, title, chosen, check)
	}
	options := make([]huh.Option[string], len(port.Components))
	for n, c := range port.Components {
		options[n] = huh.NewOption(c.Name+": "+c.What, c.Name)
	}
	err := i.ask(ctx, huh.NewMultiSelect[string]().Title(title).
		Description("The adapters to include; the configuration selects which one is used.").
		Options(options...).Filterable(false).Height(len(options)+2).Value(&chosen). // below title and description
		Validate(func(chosen []string) error { return shownError(check(chosen)) }))
	return chosen, i.told(title, strings.Join(chosen, ","), err)
}

// list asks for components, which are answered by a line of text.
func (i *interview) list(ctx context.Context, title string, usual []string, check func([]string) error) ([]string, error) {
	split := func(answer string) []string {
		return slices.DeleteFunc(strings.FieldsFunc(answer, func(r rune) bool { return r == ',' || r == ' ' }), func(s string) bool { return s == "" })
	}
	answer, err := i.text(ctx, question{
		title: title, hint: "The adapters to include; the configuration selects which one is used.", usual: strings.Join(usual, ","),
		check: func(answer string) error { return check(split(answer)) },
	})
	return split(answer), err
}

// confirm asks a yes-or-no question.
func (i *interview) confirm(ctx context.Context, title string) (yes bool, err error) {
	yes = true
	err = i.ask(ctx, huh.NewConfirm().Title(title).Value(&yes))
	return yes, err
}

// ask asks one question. The error is context.Canceled if the user quits.
func (i *interview) ask(ctx context.Context, field huh.Field) error {
	keys := huh.NewDefaultKeyMap()
	keys.Quit.SetKeys("ctrl+c", "esc")
	form := huh.NewForm(huh.NewGroup(field)).
		WithTheme(huh.ThemeFunc(huh.ThemeBase16)).WithKeyMap(keys).
		WithInput(i.in).WithOutput(i.out.w).WithAccessible(i.lines != nil)
	if i.lines != nil {
		form.WithTheme(huh.ThemeFunc(huh.ThemeBase))
	}
	err := form.RunWithContext(ctx)
	switch {
	case errors.Is(err, huh.ErrUserAborted), i.lines != nil && i.lines.ended:
		return context.Canceled
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return err
}

// told leaves the answer on the screen in place of the question.
func (i *interview) told(title, answer string, err error) error {
	if err == nil && answer != "" && i.lines == nil {
		i.out.printf("%s %-8s %s", i.out.good("✓"), title, i.out.bold(answer))
	}
	return err
}

// shownError returns an error in the form in which it is shown below a question.
func shownError(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(shown(plainly(err)))
}

// lines reads what is typed, until the input ends or the context is canceled.
type lines struct {
	ctx   context.Context // a field because Read has no parameter for it
	from  io.Reader
	ended bool
}

// Read implements io.Reader.
func (l *lines) Read(p []byte) (int, error) {
	if l.ended {
		return 0, io.EOF
	}
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		buffer := make([]byte, len(p))
		n, err := l.from.Read(buffer)
		done <- result{buffer[:n], err}
	}()
	select {
	case <-l.ctx.Done():
		l.ended = true
		return 0, io.EOF
	case r := <-done:
		l.ended = r.err != nil
		return copy(p, r.data), r.err
	}
}
