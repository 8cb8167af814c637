package gosource

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
)

// tableDirective is the directive above a list in an entity whose elements are to have a
// table of their own, though they have no ID or were JSON before.
const tableDirective = directive + "table"

// jsonDirective is the directive above one whose elements are JSON in its column, though they
// have an ID.
const jsonDirective = directive + "json"

const aboveAList = "put it into the comment above a list of structs in an entity, such as Lines []Line"

// listSaid is a directive above the field that is declared at a position.
type listSaid struct{ directive, at string }

// aboveList reports whether the directive stands above the field that is declared at pos.
func (m *mapper) aboveList(pos token.Pos, directive string) bool {
	doc := m.docs[pos]
	if doc == nil {
		return false
	}
	at := slices.IndexFunc(doc.List, func(c *ast.Comment) bool { return c.Text == directive })
	if at >= 0 {
		m.lists[listSaid{directive, m.position(pos)}] = doc.List[at].Pos()
	}
	return at >= 0
}

// apart gives the lists in an entity tables whose elements have an identity of their own, or
// of which a directive says so: their entity has the version.
func (m *mapper) apart(entity *model.Struct) {
	_, versioned := entity.Version()
	for i := range entity.Fields {
		f := &entity.Fields[i]
		if f.Type.Kind != model.Slice || f.Type.Elem.Kind != model.Record || len(f.Type.Elem.Struct.Fields) == 0 {
			continue
		}
		for _, d := range []string{tableDirective, jsonDirective} {
			m.followed[m.lists[listSaid{d, f.Pos}]] = true
		}
		switch {
		case f.Apart && f.JSON:
			m.problems.Add(f.Pos, f.Name+" has the directives "+tableDirective+" and "+jsonDirective, "remove one of them")
		case f.Apart && !versioned:
			m.problems.Add(f.Pos, f.Name+" cannot have a table: "+entity.Name.Name+" has no Version, which tells those apart who change it at the same time", "give it one, Version int64, or remove the directive")
		}
		if versioned && !f.JSON && (f.IsOfIdentified() || f.Apart) {
			f.Table = strings.Join(name.Words(entity.Name.Name, m.language), "_") + "_" + f.Column
		}
	}
}
