// Package rowkey is how stores take the keys of entities, and which they take.
package rowkey

import (
	"cmp"
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// longest is how many bytes a text may have as a key: all databases have it whole in an index,
// also beside another one.
const longest = 255

// Arg returns a key as an argument of statements: a kit.UUID, an int64 or a string.
func Arg[K comparable](key K) any {
	switch k := any(key).(type) {
	case kit.UUID, string:
		return k
	}
	switch kindOf[K]() {
	case reflect.Array:
		return reflect.ValueOf(key).Convert(reflect.TypeFor[kit.UUID]()).Interface()
	case reflect.Int64:
		return reflect.ValueOf(key).Int()
	}
	return string(kit.CursorOf(key))
}

// Text returns a key as people write it.
func Text[K comparable](key K) string { return fmt.Sprint(Arg(key)) }

// After returns a cursor as an argument of statements, for keys of type K. The zero Cursor
// comes before all keys. Invalid if it is of no such key.
func After[K comparable](c kit.Cursor) (after any, err error) {
	switch after = string(c); kindOf[K]() {
	case reflect.Array:
		after, err = kit.ParseUUID(cmp.Or(string(c), "00000000-0000-0000-0000-000000000000"))
	case reflect.Int64:
		var n uint64
		n, err = strconv.ParseUint(cmp.Or(string(c), "0"), 10, 63)
		after = int64(n)
	}
	var wrong kit.Violations
	if err != nil || !isText(string(c)) || after == int64(0) && !c.IsZero() {
		wrong.Add("after", "must be the next of another page")
	}
	return after, wrong.Err("page")
}

// Fits returns why an entity cannot have a key, which is in a field: Invalid if it is no number
// from 1 on, or no text that every database keeps as it is, and in one order.
func Fits[K comparable](entity, field string, key K) error {
	kind := kindOf[K]()
	if kind == reflect.Array {
		return nil
	}
	var wrong kit.Violations
	switch text := string(kit.CursorOf(key)); {
	case kind == reflect.Int64 && reflect.ValueOf(key).Int() < 1:
		wrong.Add(field, "must be at least 1")
	case text == "":
		wrong.Add(field, "must not be empty")
	case text == "/": // which package net/http does not take for a part of a path
		wrong.Add(field, "must not be a slash alone, of which there is no path")
	case len(text) > longest:
		wrong.Add(field, "must not be longer than %d bytes", longest)
	case !isText(text):
		wrong.Add(field, "must be UTF-8 without NUL")
	}
	return wrong.Err(entity)
}

// Gone returns the error for a page that begins after an entity that is not there, and with it
// the place in an order. after is its key as After returns it.
func Gone(entity string, after any) error {
	return kit.Errorf(kit.Invalid, "the list cannot continue after the %s %.255s, which is gone: read it from the beginning", entity, fmt.Sprint(after))
}

// isText reports whether every database keeps a text as it is.
func isText(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// kindOf returns reflect.Array for keys that are UUIDs and reflect.Int64 for numbers. All
// others are texts.
func kindOf[K comparable]() reflect.Kind {
	is := reflect.TypeFor[K]()
	if _, marshals := any((*K)(nil)).(encoding.TextMarshaler); marshals && is != reflect.TypeFor[kit.UUID]() {
		return reflect.String
	}
	return is.Kind()
}
