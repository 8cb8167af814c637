package jsoncodec

// jsonObject is an object that is read member by member: while next, read the
// value of the member called name.
type jsonObject struct {
	r       *jsonReader
	name    []byte
	started bool
	done    bool // it is read, or none
	absent  bool // there is another value, or none
}

// object begins an object.
func (r *jsonReader) object() jsonObject {
	if r.peek() != '{' {
		r.refuse("must be an object")
		return jsonObject{r: r, done: true, absent: true}
	}
	return r.openObject(memberStep)
}

func (r *jsonReader) openObject(kind stepKind) jsonObject {
	r.next++
	r.enter(kind)
	return jsonObject{r: r}
}

// next reads the name of the next member, and reports whether there is one.
func (o *jsonObject) next() bool {
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
	o.name = r.text()
	if !r.expect(':') {
		return o.end()
	}
	r.step().name = o.name
	return true
}

func (o *jsonObject) end() bool {
	o.done = true
	o.r.leave()
	return false
}

// member notes that the member is there, and was not seen before.
func (o *jsonObject) member(seen *bool) {
	if *seen {
		o.twice()
	}
	*seen = true
}

func (o *jsonObject) twice() {
	if o.r.strict {
		o.r.violate("is given twice")
	}
}

// unknown skips the value of a member that nobody knows.
func (o *jsonObject) unknown() {
	if o.r.strict {
		o.r.violate("is not known here")
	}
	o.r.skip(0)
}

// require notes which members are missing: names has one for each that was seen
// or not, "" for those that may be left out.
func (o *jsonObject) require(seen []bool, names ...string) {
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
