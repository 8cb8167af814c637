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
		after, err = strconv.ParseInt(cmp.Or(string(c), "0"), 10, 64)
	}
	var wrong kit.Violations
	if err != nil || !isText(string(c)) {
		wrong.Add("after", "must be the next of another page")
	}
	return after, wrong.Err("page")
}

// Fits returns why an entity cannot have a key: Invalid if it is no number from 1 on, or no
// text that every database keeps as it is, and in one order.
func Fits[K comparable](entity string, key K) error {
	kind := kindOf[K]()
	if kind == reflect.Array {
		return nil
	}
	switch text := string(kit.CursorOf(key)); {
	case kind == reflect.Int64 && reflect.ValueOf(key).Int() < 1:
		return kit.Errorf(kit.Invalid, "the key of the %s is %s, and must be at least 1", entity, Text(key))
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

// kindOf returns reflect.Array for keys that are UUIDs and reflect.Int64 for numbers. All
// others are texts.
func kindOf[K comparable]() reflect.Kind {
	is := reflect.TypeFor[K]()
	if _, marshals := any((*K)(nil)).(encoding.TextMarshaler); marshals && is != reflect.TypeFor[kit.UUID]() {
		return reflect.String
	}
	return is.Kind()
}
