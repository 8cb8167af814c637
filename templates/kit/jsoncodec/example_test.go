package jsoncodec_test

import (
	"fmt"

	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
)

type line struct {
	Product  string
	Quantity int
}

func appendLine(b []byte, v line) []byte {
	b = jsoncodec.AppendString(append(b, `{"product":`...), v.Product)
	b = jsoncodec.AppendInt(append(b, `,"quantity":`...), v.Quantity)
	return append(b, '}')
}

func readLine(r *jsoncodec.Reader) (v line) {
	o := r.Object("product", "quantity")
	for o.Next() {
		switch string(o.Name) {
		case "product":
			v.Product = jsoncodec.ReadString[string](r)
		case "quantity":
			v.Quantity = jsoncodec.ReadInt[int](r)
		default:
			o.Unknown()
		}
	}
	return v
}

func Example() {
	lines := []line{{"tea", 2}, {"milk", 1}}
	fmt.Printf("%s\n", jsoncodec.AppendList(nil, lines, appendLine))

	readLines := func(r *jsoncodec.Reader) []line { return jsoncodec.ReadList(r, readLine) }
	_, err := jsoncodec.Decode([]byte(`[{"product":"tea","quantity":1.5},{"size":"L"}]`), "order", readLines)
	fmt.Println(err)
	// Output:
	// [{"product":"tea","quantity":2},{"product":"milk","quantity":1}]
	// invalid order: [0].quantity must be a whole number; [1].size is unknown; [1].product is required; [1].quantity is required
}
