package lanes

// table has the items of which each is the only one of its key, without a map's
// cost for what is mostly a handful of them.
type table[T any] [256]*Item[T]

// of returns the one of the same key; nil if there is none.
func (t *table[T]) of(it *Item[T]) *Item[T] {
	for e := *t.place(it); e != nil; e = e.peer {
		if e.hash == it.hash && e.Key == it.Key {
			return e
		}
	}
	return nil
}

func (t *table[T]) add(it *Item[T]) {
	at := t.place(it)
	it.peer, *at = *at, it
}

func (t *table[T]) remove(it *Item[T]) {
	at := t.place(it)
	for *at != it {
		at = &(*at).peer
	}
	*at, it.peer = it.peer, nil
}

func (t *table[T]) place(it *Item[T]) **Item[T] { return &t[it.hash%uint64(len(t))] }
