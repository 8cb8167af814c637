package cachedstore

import (
	"encoding/binary"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// What is kept begins with the shape of the entities and of lists of them, and when they were
// read, in milliseconds of Unix time.
const stampSize = 8 + 8

// shapeOfLists is added to the shape of the entities: the first one had UUIDs alone as cursors.
const shapeOfLists = 1

func stamp(shape uint64, read time.Time) []byte {
	b := make([]byte, 0, 512)
	b = binary.BigEndian.AppendUint64(b, shape+shapeOfLists)
	return binary.BigEndian.AppendUint64(b, uint64(read.UnixMilli()))
}

// stamped returns when a value was read, unless its entities have another shape.
func stamped(shape uint64, data []byte) (read time.Time, ok bool) {
	if len(data) < stampSize || binary.BigEndian.Uint64(data) != shape+shapeOfLists {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(data[8:]))), true
}

// form is how values are kept.
type form[V any] interface {
	append(b []byte, v V) []byte
	read(data []byte) (V, error)
}

// one is the form of an entity.
type one[T any] struct{ Mapping[T] }

func (o one[T]) append(b []byte, v T) []byte { return o.Append(b, v) }
func (o one[T]) read(data []byte) (T, error) { return o.Read(data) }

// many is the form of a list: where the next page begins, how many items there are and one
// more, or 0 for nil, and each item after its length.
type many[T any] struct{ Mapping[T] }

func (m many[T]) append(b []byte, v kit.Listing[T]) []byte {
	b = append(binary.AppendUvarint(b, uint64(len(v.Next))), v.Next...)
	if v.Items == nil {
		return binary.AppendUvarint(b, 0)
	}
	b = binary.AppendUvarint(b, uint64(len(v.Items))+1)
	var item []byte
	for _, each := range v.Items {
		item = m.Append(item[:0], each)
		b = append(binary.AppendUvarint(b, uint64(len(item))), item...)
	}
	return b
}

func (m many[T]) read(data []byte) (v kit.Listing[T], err error) {
	size, data, err := number(data)
	if err != nil || size > uint64(len(data)) {
		return v, errCut
	}
	v.Next = kit.Cursor(data[:size])
	n, data, err := number(data[size:])
	if err != nil || n == 0 {
		return v, err
	}
	v.Items = make([]T, 0, min(n-1, uint64(len(data))))
	for range n - 1 {
		var size uint64
		if size, data, err = number(data); err != nil || size > uint64(len(data)) {
			return v, errCut
		}
		item, err := m.Read(data[:size])
		if err != nil {
			return v, err
		}
		v.Items, data = append(v.Items, item), data[size:]
	}
	return v, nil
}

var errCut = kit.Errorf(kit.Internal, "a list in the cache is cut off")

// number returns the number that data begins with, and what follows it.
func number(data []byte) (n uint64, rest []byte, err error) {
	n, size := binary.Uvarint(data)
	if size <= 0 {
		return 0, nil, errCut
	}
	return n, data[size:], nil
}
