package blobs

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"strconv"
)

// Sum is the checksum by which what is read is compared with what was put: a CRC-32C as S3
// writes it, in base64. The zero Sum is that of a blob which cannot be compared.
type Sum struct {
	Text string
	// Part is the size of the parts that the blob was put in, in bytes, if the sum is that
	// of their sums. It ends with a hyphen and their number then.
	Part int64
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// SumOf returns the sum of some bytes.
func SumOf(data []byte) Sum { return Sum{Text: text(crc32.Checksum(data, castagnoli))} }

func text(sum uint32) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

// summing computes a sum of what is written to it.
type summing struct {
	part  int64 // size of the parts; 0 for the whole
	left  int64 // of this part
	sum   uint32
	outer uint32 // of the sums of the parts before
	parts int
}

func newSumming(part int64) summing { return summing{part: part, left: part} }

func (s *summing) add(data []byte) {
	for s.part > 0 && int64(len(data)) >= s.left {
		s.sum = crc32.Update(s.sum, castagnoli, data[:s.left])
		data = data[s.left:]
		s.endPart()
	}
	s.sum = crc32.Update(s.sum, castagnoli, data)
	s.left -= int64(len(data))
}

func (s *summing) endPart() {
	s.outer = crc32.Update(s.outer, castagnoli, binary.BigEndian.AppendUint32(nil, s.sum))
	s.sum, s.left = 0, s.part
	s.parts++
}

// end returns the sum of all.
func (s summing) end() string {
	if s.part == 0 {
		return text(s.sum)
	}
	if s.left < s.part || s.parts == 0 {
		s.endPart()
	}
	return text(s.outer) + "-" + strconv.Itoa(s.parts)
}
