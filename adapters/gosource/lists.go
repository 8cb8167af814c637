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

const aboveAList = "put it into the comment above a list of structs in an entity, such as Lines []Line"

// tableAbove reports whether the directive stands above the field that is declared at pos.
func (m *mapper) tableAbove(pos token.Pos) bool {
	doc := m.docs[pos]
	if doc == nil {
		return false
	}
	at := slices.IndexFunc(doc.List, func(c *ast.Comment) bool { return c.Text == tableDirective })
	if at >= 0 {
		m.tables[m.position(pos)] = doc.List[at].Pos()
	}
	return at >= 0
}

// lists gives the lists in an entity tables whose elements have an identity of their own, or
// of which a directive says so: their entity has the version.
func (m *mapper) lists(entity *model.Struct) {
	_, versioned := entity.Version()
	for i := range entity.Fields {
		f := &entity.Fields[i]
		if f.Type.Kind != model.Slice || f.Type.Elem.Kind != model.Record || len(f.Type.Elem.Struct.Fields) == 0 {
			continue
		}
		if f.Apart {
			m.followed[m.tables[f.Pos]] = true
			if !versioned {
				m.problems.Add(f.Pos, f.Name+" cannot have a table: "+entity.Name.Name+" has no Version, which tells those apart who change it at the same time", "give it one, Version int64, or remove the directive")
			}
		}
		if versioned && (f.IsOfIdentified() || f.Apart) {
			f.Table = strings.Join(name.Words(entity.Name.Name, m.language), "_") + "_" + f.Column
		}
	}
}
