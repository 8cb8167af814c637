package gofile

import (
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// Stems chooses the name stem of the file that is derived for the types of a package in
// an adapter: the path of the package below domain, without slashes. It avoids reserved
// stems.
type Stems struct {
	module string
	byPath map[string]string
	taken  map[string]bool
}

// NewStems returns stems for the files of a project, which are never reserved ones.
func NewStems(p model.Project, reserved ...string) *Stems {
	s := &Stems{module: p.Module, byPath: map[string]string{}, taken: map[string]bool{}}
	for _, stem := range reserved {
		s.taken[stem] = true
	}
	return s
}

// Of returns the stem of the package. The result may depend on the order of calls.
func (s *Stems) Of(importPath string) string {
	if known, ok := s.byPath[importPath]; ok {
		return known
	}
	within, ok := strings.CutPrefix(importPath, s.module+"/domain/")
	if !ok {
		within = strings.TrimPrefix(importPath, s.module+"/")
	}
	stem := strings.ToLower(strings.NewReplacer("/", "", ".", "", "-", "", "_", "").Replace(within))
	if s.taken[stem] {
		stem += "domain"
	}
	chosen := stem
	for i := 2; s.taken[chosen]; i++ {
		chosen = stem + strconv.Itoa(i)
	}
	s.byPath[importPath] = chosen
	s.taken[chosen] = true
	return chosen
}
