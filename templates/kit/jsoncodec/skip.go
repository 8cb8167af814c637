package jsoncodec

// maxDepth is how deeply lists and objects may lie within one another.
const maxDepth = 500

// skip reads a value of any kind.
func (r *jsonReader) skip(depth int) {
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
		r.fail("it lies too deep")
	case c == '[':
		r.skipList(depth + 1)
	case c == '{':
		r.skipObject(depth + 1)
	default:
		r.unexpected()
	}
}

func (r *jsonReader) skipList(depth int) {
	l := r.openList()
	for l.next() {
		r.skip(depth)
	}
}

func (r *jsonReader) skipObject(depth int) {
	o := r.openObject(memberStep)
	for o.next() {
		r.skip(depth)
	}
}
