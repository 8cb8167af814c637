package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/code"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

// Sections adds keys to sections of the configuration that are the owner's: the field of
// each, its default and its test. A new section is supplied to whatever takes its struct.
// The error is as that of Adapter.
func (a *Add) Sections(ctx context.Context, sections []blueprint.Section, folder ports.Folder, dir string) (Addition, error) {
	return a.grow(ctx, folder, dir, growth{
		change: func(b *blueprint.Blueprint) error {
			var errs []error
			for _, s := range sections {
				errs = append(errs, b.CheckSection(s.Name), checkSpelling(s))
			}
			return errors.Join(errs...)
		},
		write: func(after blueprint.Blueprint, there fs.FS) ([]plan.File, error) {
			b := bringing{Add: a, there: there, changed: map[string]plan.File{}}
			for _, s := range sections {
				if err := b.section(after, s); err != nil {
					return nil, err
				}
			}
			return b.outcome()
		},
	})
}

// checkSpelling returns an error if a program would call a key otherwise.
func checkSpelling(s blueprint.Section) error {
	names := []string{s.Name.Snake(), s.Name.Pascal()}
	for _, k := range s.Keys {
		names = append(names, k.Name.Snake(), k.Name.Pascal())
	}
	for pair := range slices.Chunk(names, 2) {
		if key := code.KeyName(pair[1]); key != pair[0] {
			return fmt.Errorf("%s is %s in Go, whose key is %s; choose another name", pair[0], pair[1], key)
		}
	}
	return nil
}

// section adds keys of a section, which may be new.
func (b *bringing) section(after blueprint.Blueprint, s blueprint.Section) error {
	config, err := fs.ReadFile(b.now(), configFile)
	if err != nil {
		return plan.Refuse(err)
	}
	known := declares(b.now(), "app", `^type `+s.Name.Pascal()+`Config struct\b`)
	if err := b.refuseKeys(config, s, known); err != nil {
		return err
	}
	if !known {
		files, into, text, err := b.new.scaffold.NewSection(after, s)
		if err != nil {
			return err
		}
		b.configure(config, text)
		return b.place(files, into)
	}
	into, text, err := b.new.scaffold.Keys(after, s)
	if err != nil {
		return err
	}
	b.configure(config, text)
	return b.place(nil, into)
}

// refuseKeys refuses keys that are there, and those of a section whose struct is not found
// (plan.Refusal).
func (b *bringing) refuseKeys(config []byte, s blueprint.Section, known bool) error {
	entries, err := b.entries(config)
	if err != nil {
		return plan.Refuse(fmt.Errorf("%s: %w", configFile, err))
	}
	is := func(path string) bool {
		return slices.ContainsFunc(entries, func(e code.Entry) bool { return e.Path == path })
	}
	if section := s.Name.Snake(); !known && is(section) {
		return plan.Refuse(fmt.Errorf("%s has a section %s, but there is no struct app.%sConfig to add a key to; add it by hand, or choose another section", configFile, section, s.Name.Pascal()))
	}
	var errs []error
	for _, k := range s.Keys {
		if path := s.Name.Snake() + "." + k.Name.Snake(); is(path) {
			errs = append(errs, fmt.Errorf("%s already has the key %s", configFile, path))
		}
	}
	return plan.Refuse(errors.Join(errs...))
}

// configure adds the text of a section to the configuration, after an empty line if the
// section is new.
func (b *bringing) configure(config []byte, text string) {
	merged, err := b.mergeYAML(config, config, []byte(text))
	if err != nil {
		b.byHand = append(b.byHand, lackingText(text))
		return
	}
	was := strings.TrimRight(string(config), "\n") + "\n"
	if section, ok := strings.CutPrefix(string(merged), was); ok && section == text {
		merged = []byte(was + "\n" + section)
	}
	b.changed[configFile] = plan.File{Path: configFile, Data: merged}
}

// lackingText describes a section that has no place in the configuration.
func lackingText(text string) string {
	return configFile + " was edited; add these lines to it and try again:\n    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}
