package jsoncodec

// Object reads a JSON object member by member: while Next reports true, read the
// value of the member called Name, or call Unknown.
type Object struct {
	// Name is the name of the current member. It is valid until its value is read.
	Name []byte

	r       *Reader
	started bool
	done    bool // the end was read, or there is no object
	absent  bool // there is no object
}

// Object begins to read an object. If the value is something else, it reports that,
// and returns an Object without members.
func (r *Reader) Object() Object {
	if r.peek() != '{' {
		r.refuse("must be an object")
		return Object{r: r, done: true, absent: true}
	}
	return r.openObject(memberStep)
}

func (r *Reader) openObject(kind stepKind) Object {
	r.next++
	r.enter(kind)
	return Object{r: r}
}

// Next reads the name of the next member and reports whether there is one.
func (o *Object) Next() bool {
	if o.done {
		return false
	}
	r := o.r
	if r.peek() == '}' {
		r.next++
		return o.end()
	}
	if o.started && !r.expect(',') {
		return o.end()
	}
	o.started = true
	if r.peek() != '"' {
		r.unexpected()
		return o.end()
	}
	o.Name = r.text()
	if !r.expect(':') {
		return o.end()
	}
	r.step().name = o.Name
	return true
}

func (o *Object) end() bool {
	o.done = true
	o.r.leave()
	return false
}

// Member sets *seen. In a request, it reports a member that was seen before.
func (o *Object) Member(seen *bool) {
	if *seen {
		o.duplicate()
	}
	*seen = true
}

func (o *Object) duplicate() {
	if o.r.strict {
		o.r.violate("is given twice")
	}
}

// Unknown skips the value of the current member. In a request, it reports the
// member as unknown.
func (o *Object) Unknown() {
	if o.r.strict {
		o.r.violate("is unknown")
	}
	o.r.skip(0)
}

// Require reports the members that are missing from a request: those whose element
// of seen is false. Names has the name of each, and "" for an optional one.
func (o *Object) Require(seen []bool, names ...string) {
	r := o.r
	if !r.strict || o.absent || r.broken != nil {
		return
	}
	r.enter(memberStep)
	for i, name := range names {
		if name != "" && !seen[i] {
			r.step().name = []byte(name)
			r.violate("is required")
		}
	}
	r.leave()
}
