package sqlite

import (
	"database/sql"
	"encoding/json"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/domain"
)

// TestColumns writes values as statements do and reads them as rows do.
func TestColumns(t *testing.T) {
	id := domain.NewUUID()
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC)
	addr := netip.MustParseAddr("192.0.2.1")
	write := func(b []byte, v []string) []byte {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return append(b, text...)
	}
	read := func(data []byte) (v []string, err error) { return v, json.Unmarshal(data, &v) }

	var (
		gotID          domain.UUID
		gotTime        time.Time
		gotAddr        netip.Addr
		gotList        []string
		noList         = []string{"before"}
		optionalID     *domain.UUID
		optionalTime   = &at
		gotOptionalYes *time.Time
	)
	for name, c := range map[string]struct {
		kept      any
		to        sql.Scanner
		got, want any
	}{
		"a UUID":      {ofUUID(id), toUUID(&gotID), &gotID, &id},
		"a time":      {ofTime(at), toTime(&gotTime), &gotTime, &at},
		"a text":      {ofText(addr), toText(&gotAddr), &gotAddr, &addr},
		"a list":      {ofJSON(false, write, []string{"a"}), toJSON(&gotList, read), &gotList, &[]string{"a"}},
		"no list":     {ofJSON(true, write, nil), toJSON(&noList, read), &noList, new([]string)},
		"no UUID":     {ofOptional(optionalID, ofUUID), toOptional(&optionalID, toUUID), &optionalID, new(*domain.UUID)},
		"no time":     {ofOptional[time.Time](nil, ofTime), toOptional(&optionalTime, toTime), &optionalTime, new(*time.Time)},
		"maybe, is":   {ofOptional(&at, ofTime), toOptional(&gotOptionalYes, toTime), &gotOptionalYes, func() **time.Time { p := &at; return &p }()},
		"text as []b": {[]byte("192.0.2.1"), toText(&gotAddr), &gotAddr, &addr},
		"list as []b": {[]byte(`["a"]`), toJSON(&gotList, read), &gotList, &[]string{"a"}},
	} {
		if err := c.to.Scan(c.kept); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: kept as %v and read as %v, want %v", name, c.kept, c.got, c.want)
		}
	}
	for name, to := range map[string]sql.Scanner{
		"a UUID": toUUID(&gotID), "a time": toTime(&gotTime), "a text": toText(&gotAddr), "a list": toJSON(&gotList, read),
	} {
		if err := to.Scan(1.5); err == nil {
			t.Errorf("%s was read from a number", name)
		}
	}
	if err := toUUID(&gotID).Scan([]byte{1}); err == nil {
		t.Error("a UUID was read from one byte")
	}
}
