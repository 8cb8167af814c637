package app

import (
	"context"
	"io/fs"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

// AppendGo adds the fields of a struct, or the elements of a list, that a Go file of the
// name has, to the end of those of the same declaration in a project. What it returns is as
// for MergeGo.
type AppendGo func(there fs.FS, name string, what []byte) (changed []plan.File, byHand []string, err error)

// CheckTimes returns an error if the times of a job cannot be.
type CheckTimes func(h blueprint.Hook) error

// schedulePort is what jobs that are done at times need.
const schedulePort = "schedule"

// Hook adds a hook to the project: its code, its test and its line in main.go. One that is
// done at times brings the port schedule with it. The error is as that of Adapter.
func (a *Add) Hook(ctx context.Context, h blueprint.Hook, folder ports.Folder, dir string) (Addition, error) {
	err := h.Check()
	if err == nil && h.Timed() {
		err = a.checkTimes(h)
	}
	if err != nil {
		return Addition{}, plan.Refuse(err)
	}
	return a.grow(ctx, folder, dir, growth{
		change: func(b *blueprint.Blueprint) error {
			if !h.Timed() || len(b.Adapters[schedulePort]) > 0 {
				return nil
			}
			return b.IncludePort(schedulePort)
		},
		write: func(b blueprint.Blueprint, there fs.FS) ([]plan.File, error) {
			files, main, err := a.new.scaffold.Hook(b, h)
			if err != nil {
				return nil, err
			}
			return a.placed(there, files, main)
		},
	})
}

// placed returns new files, and the files of the project that change if the others are
// appended to them.
func (a *Add) placed(there fs.FS, files []plan.File, into ...plan.File) ([]plan.File, error) {
	b := bringing{Add: a, there: there, changed: map[string]plan.File{}}
	if err := b.place(files, into); err != nil {
		return nil, err
	}
	return b.outcome()
}

// place adds new files, and appends others to those of the project.
func (b *bringing) place(files, into []plan.File) error {
	if err := refuseTaken(b.now(), files); err != nil {
		return err
	}
	for _, f := range files {
		b.changed[f.Path] = f
	}
	for _, f := range into {
		changed, byHand, err := b.appendGo(b.now(), f.Path, f.Data)
		if err != nil {
			return err
		}
		b.byHand = append(b.byHand, byHand...)
		for _, f := range changed {
			b.changed[f.Path] = f
		}
	}
	return nil
}
