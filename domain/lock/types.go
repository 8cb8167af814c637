package lock

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// nameKey returns the key of a declared type in the lock, such as "order.Order". It begins
// with the path of the package below domain/ or, elsewhere, with the whole import path.
func nameKey(p *model.Project, n model.Name) string {
	return strings.TrimPrefix(n.Path, p.Module+"/domain/") + "." + n.Name
}

// keyOf returns the key of a struct in the lock.
func keyOf(p *model.Project, s *model.Struct) string { return nameKey(p, s.Name) }

// typeOf returns the name of a type as it is sent and stored. A struct is called as in the
// lock, which has its members as well; so is an enumeration, string(order.Status). A type
// that reads itself from text is known by its name alone, text(net/netip.Addr).
func typeOf(p *model.Project, t *model.Type) string {
	switch t.Kind {
	case model.Pointer:
		return typeOf(p, t.Elem) + "?"
	case model.Slice:
		return "[]" + typeOf(p, t.Elem)
	case model.Map:
		return "map[" + typeOf(p, t.Key) + "]" + typeOf(p, t.Elem)
	case model.Record:
		return keyOf(p, t.Struct)
	case model.Int, model.Uint, model.Float:
		if t.Bits != 0 {
			return string(t.Kind) + strconv.Itoa(t.Bits)
		}
	}
	if t.Name != nil && (t.Kind == model.Text || len(t.Values) > 0) {
		return string(t.Kind) + "(" + nameKey(p, *t.Name) + ")"
	}
	return string(t.Kind)
}

// partForm matches what a type is made of: string, order.Address or string(order.Status).
var partForm = regexp.MustCompile(`[^\[\]?()]+(?:\([^()]*\))?`)

// parts returns what a type is made of.
func parts(typ string) []string { return partForm.FindAllString(typ, -1) }

// kept returns a type with json in place of structs, and without the names of other types:
// whichever they are, they are kept alike.
func kept(typ string) string {
	return partForm.ReplaceAllStringFunc(typ, func(part string) string {
		kind, _, named := strings.Cut(part, "(")
		if !named && strings.Contains(part, ".") {
			return "json"
		}
		return kind
	})
}

// declared returns the key of the struct, the enumeration or the text that a part of a
// type is, or "".
func declared(part string) string {
	_, key, named := strings.Cut(part, "(")
	if !named && strings.Contains(part, ".") {
		return part
	}
	return strings.TrimSuffix(key, ")")
}

// resembles reports whether values of the old type can be read as the new one, provided
// that its structs and enumerations have all that the old ones have.
func resembles(was, is string) bool {
	if kept(was) != kept(is) {
		return false
	}
	now := parts(is)
	for i, part := range parts(was) {
		isText := strings.HasPrefix(part, string(model.Text)+"(")
		isFree := declared(part) == "" && declared(now[i]) != ""
		if part != now[i] && (isText || isFree) {
			return false
		}
	}
	return true
}

// bits are the sizes of numbers. An int has 64 bits wherever services run.
var bits = map[string]int{
	"int8": 8, "int16": 16, "int32": 32, "int64": 64, "int": 64,
	"uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64, "uint": 64,
	"float32": 32, "float64": 64,
}

// widens reports whether every value of the old type can be read as the new type from
// the same column.
func widens(was, is string) bool {
	was, wasOptional := strings.CutSuffix(was, "?")
	is, isOptional := strings.CutSuffix(is, "?")
	family := func(typ string) string { return strings.TrimRight(typ, "0123456789") }
	return wasOptional == isOptional && bits[was] > 0 && bits[is] >= bits[was] && family(was) == family(is)
}
