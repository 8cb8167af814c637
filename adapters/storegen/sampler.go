package storegen

import (
	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/domain/model"
)

// Sampler writes values to test with into a test.
type Sampler struct{ w *suiteWriter }

// NewSampler returns a sampler for a file, which imports what the values need.
func NewSampler(f *gofile.File) *Sampler {
	f.Own("kit/storetest")
	ofNone := store{Service: model.Service{Entity: &model.Struct{}}} // in which nothing is unique
	return &Sampler{&suiteWriter{store: ofNone, file: f, variables: map[string]string{}}}
}

// Value returns an expression for a value that differs with i, for what has a name.
func (s *Sampler) Value(t *model.Type, name, i string) string { return s.w.sample(t, name, i) }

// Found returns the variables that the expressions need, by name, and what they are in a
// function that has a t.
func (s *Sampler) Found() map[string]string {
	found := map[string]string{}
	for _, v := range s.w.values {
		found[v.Name] = v.Found
	}
	return found
}
