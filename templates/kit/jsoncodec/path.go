package jsoncodec

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// where returns the path to the value that is read, such as lines[2].quantity.
// It is "" for the whole.
func (r *jsonReader) where() string {
	var b strings.Builder
	for i, step := range r.path {
		switch step.kind {
		case elementStep:
			b.WriteString("[" + strconv.Itoa(step.index) + "]")
		case keyStep:
			b.WriteString("[" + shortName(step.name) + "]")
		default:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(shortName(step.name))
		}
	}
	return b.String()
}

// shortName keeps names that others make up from filling the answer.
func shortName(name []byte) string {
	const most = 64
	if len(name) <= most {
		return string(name)
	}
	end := most
	for !utf8.RuneStart(name[end]) {
		end--
	}
	return string(name[:end]) + "…"
}

func (r *jsonReader) enter(kind stepKind) {
	r.path = append(r.path, pathStep{kind: kind, index: -1})
}

func (r *jsonReader) leave() { r.path = r.path[:len(r.path)-1] }

// step returns the innermost step of the path.
func (r *jsonReader) step() *pathStep { return &r.path[len(r.path)-1] }
