package run

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// commandSpec is something that the program can be asked to do.
type commandSpec struct {
	name  string
	verb  string // a second word that belongs to the name
	args  string // what comes behind it; "" for nothing
	about string
	run   func(ctx context.Context, p Program, l commandLine) int
}

func (c commandSpec) String() string { return strings.TrimSpace(c.name + " " + c.verb) }

func (c commandSpec) usage() string { return strings.TrimSpace(c.String() + " " + c.args) }

// commandLine is what the program is asked to do.
type commandLine struct {
	command commandSpec
	words   []string // the arguments of the command
	file    string   // --config
	set     []string // --set
	all     bool     // --all
}

// commandList returns the commands, the one that is meant by none first.
func commandList() []commandSpec {
	return []commandSpec{
		{"serve", "", "", "serve; so does no command at all", runService},
		{"config", "", "", "every key with its value and source", showConfig},
		{"check", "", "", "try configuration and dependencies", checkService},
		{"dead-letters", "list", "", "events that could not be handled", listDeadLetters},
		{"dead-letters", "replay", "ID… | --all", "have them handled again", replayDeadLetters},
		{"version", "", "", "the version", showVersion},
		{"help", "", "", "this", showHelp},
	}
}

// parseCommandLine reads the arguments. Flags may stand anywhere.
func parseCommandLine(args []string) (commandLine, error) {
	var l commandLine
	var words []string
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if arg == "-h" || arg == "-help" || arg == "--help" {
			return l, l.choose([]string{"help"})
		}
		if !strings.HasPrefix(arg, "-") {
			words = append(words, arg)
			continue
		}
		var err error
		if args, err = l.flag(arg, args); err != nil {
			return l, err
		}
	}
	return l, l.choose(words)
}

// flag reads a flag and returns the arguments behind it.
func (l *commandLine) flag(arg string, rest []string) ([]string, error) {
	name, value, given := strings.Cut(arg, "=")
	if arg == "--all" {
		l.all = true
		return rest, nil
	}
	if name != "--config" && name != "--set" {
		return nil, fmt.Errorf("there is no flag %s; there are --config FILE, --set key=value and --help", name)
	}
	if !given && len(rest) > 0 {
		value, rest = rest[0], rest[1:]
	}
	if value == "" {
		return nil, fmt.Errorf("%s needs a value", name)
	}
	if name == "--config" {
		l.file = value
	} else {
		l.set = append(l.set, value)
	}
	return rest, nil
}

// choose finds the command that the words name.
func (l *commandLine) choose(words []string) error {
	list := commandList()
	if len(words) == 0 {
		words = []string{list[0].name}
	}
	var usages []string
	for _, c := range list {
		if c.name != words[0] {
			continue
		}
		if c.verb == "" {
			return l.take(c, words[1:])
		}
		if len(words) > 1 && c.verb == words[1] {
			return l.take(c, words[2:])
		}
		usages = append(usages, c.usage())
	}
	if len(usages) == 0 {
		return fmt.Errorf("there is no command %q", words[0])
	}
	return errors.New("say what to do: " + strings.Join(usages, ", or "))
}

func (l *commandLine) take(c commandSpec, words []string) error {
	l.command, l.words = c, words
	switch {
	case c.args == "" && l.all:
		return fmt.Errorf("%s knows no --all", c)
	case c.args == "" && len(words) > 0:
		return fmt.Errorf("%s takes no argument, and there is %q", c, words[0])
	case c.args != "" && len(words) > 0 == l.all:
		return fmt.Errorf("%s needs either IDs or --all", c)
	}
	return nil
}
