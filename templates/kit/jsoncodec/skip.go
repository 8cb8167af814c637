package jsoncodec

// maxDepth is how deeply lists and objects may be nested.
const maxDepth = 500

// skip reads a value of any type.
func (r *Reader) skip(depth int) {
	switch c := r.peek(); {
	case c == '"':
		r.text()
	case c == '-' || isDigit(c):
		r.number()
	case c == 't':
		r.literal("true")
	case c == 'f':
		r.literal("false")
	case c == 'n':
		r.literal("null")
	case depth == maxDepth:
		r.fail("nested too deeply")
	case c == '[':
		r.skipList(depth + 1)
	case c == '{':
		r.skipObject(depth + 1)
	default:
		r.unexpected()
	}
}

func (r *Reader) skipList(depth int) {
	l := r.openList()
	for l.next() {
		r.skip(depth)
	}
}

func (r *Reader) skipObject(depth int) {
	o := r.openObject(memberStep)
	for o.Next() {
		r.skip(depth)
	}
}
