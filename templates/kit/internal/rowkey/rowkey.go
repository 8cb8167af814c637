// Package rowkey is how stores take the keys of entities, and which they take.
package rowkey

import (
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// longest is how many bytes a text may have as a key: all databases have it whole in an index,
// also beside another one.
const longest = 255

// Arg returns a key as an argument of statements: a kit.UUID or a string.
func Arg[K comparable](key K) any {
	switch k := any(key).(type) {
	case kit.UUID, string:
		return k
	}
	if isUUID[K]() {
		return reflect.ValueOf(key).Convert(reflect.TypeFor[kit.UUID]()).Interface()
	}
	return string(kit.CursorOf(key))
}

// After returns a cursor as an argument of statements, for keys of type K. The zero Cursor
// comes before all keys. Invalid if it is of no such key.
func After[K comparable](c kit.Cursor) (any, error) {
	var wrong kit.Violations
	switch {
	case !isUUID[K]():
		if !isText(string(c)) {
			wrong.Add("after", "must be the next of another page")
		}
		return string(c), wrong.Err("page")
	case c.IsZero():
		return kit.UUID{}, nil
	}
	id, err := kit.ParseUUID(string(c))
	if err != nil {
		wrong.Add("after", "must be the next of another page: %v", err)
	}
	return id, wrong.Err("page")
}

// Fits returns why an entity cannot have a key: Invalid if it is no text that every database
// keeps as it is, and in one order.
func Fits[K comparable](entity string, key K) error {
	if isUUID[K]() {
		return nil
	}
	switch text := string(kit.CursorOf(key)); {
	case text == "", text == "/": // which package net/http does not take for a part of a path
		return kit.Errorf(kit.Invalid, "the key of the %s is %q, of which there is no path", entity, text)
	case len(text) > longest:
		return kit.Errorf(kit.Invalid, "the key of the %s has %d bytes, of which there may be %d", entity, len(text), longest)
	case !isText(text):
		return kit.Errorf(kit.Invalid, "the key %.100q of the %s is not text", text, entity)
	}
	return nil
}

// isText reports whether every database keeps a text as it is.
func isText(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

func isUUID[K comparable]() bool { return reflect.TypeFor[K]().Kind() == reflect.Array }
