package jsoncodec

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// where returns the path to the current value, such as lines[2].quantity, or "" for
// the whole.
func (r *Reader) where() string {
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

// shortName truncates a name, since clients can send names of any length.
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

func (r *Reader) enter(kind stepKind) {
	r.path = append(r.path, pathStep{kind: kind, index: -1})
}

func (r *Reader) leave() { r.path = r.path[:len(r.path)-1] }

// step returns the innermost step of the path.
func (r *Reader) step() *pathStep { return &r.path[len(r.path)-1] }
