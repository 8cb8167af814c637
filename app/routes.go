package app

import (
	"context"
	"io/fs"

	"github.com/outgrowkit/outgrow/domain/api"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/domain/route"
	"github.com/outgrowkit/outgrow/ports"
)

// Committed returns what the last commit has of a file of the project in dir, or nil if
// there is no such thing.
type Committed func(ctx context.Context, dir, name string) ([]byte, error)

// Routes tells what a project serves over HTTP.
type Routes struct {
	refresh   *Refresh
	committed Committed
	language  name.Language
}

// NewRoutes returns the use case that tells what a project serves.
func NewRoutes(r *Refresh, c Committed, l name.Language) *Routes {
	return &Routes{refresh: r, committed: c, language: l}
}

// Published is what a project serves over HTTP.
type Published struct {
	Services []route.Service
	Compared bool         // there is a last commit to compare with
	Changes  []api.Change // since that commit
}

// Run returns what the project in the folder, which is dir on disk, serves as it is now. It
// writes nothing.
func (r *Routes) Run(ctx context.Context, folder ports.Folder, dir string) (Published, error) {
	d, err := r.refresh.Check(ctx, folder, dir)
	if err != nil {
		return Published{}, err
	}
	services, err := route.Of(d.model, r.language)
	if err != nil {
		return Published{}, err
	}
	before, err := r.committed(ctx, dir, api.Document)
	if err != nil || before == nil {
		return Published{Services: services}, err
	}
	after, err := d.document(folder.Files())
	if err != nil {
		return Published{}, err
	}
	changes, err := api.Compare(before, after)
	return Published{services, true, changes}, plan.Refuse(err)
}

// document returns the OpenAPI document as it is derived.
func (d Derivation) document(there fs.FS) ([]byte, error) {
	for _, f := range d.Write {
		if f.Path == api.Document {
			return f.Data, nil
		}
	}
	return fs.ReadFile(there, api.Document)
}

// breaking returns how the derivation breaks clients of what there is. A document that is
// missing, or that nobody can read, has none.
func (d Derivation) breaking(there fs.FS) []api.Change {
	before, err := fs.ReadFile(there, api.Document)
	if err != nil {
		return nil
	}
	after, err := d.document(there)
	if err != nil {
		return nil
	}
	changes, err := api.Compare(before, after)
	if err != nil {
		return nil
	}
	return api.Breaking(changes)
}
