// Checks a ledger with Go's golang.org/x/mod/sumdb, an implementation that shares no line with ours.
//
// It computes every hash again from the entries (tlog.StoredHashes, tlog.TreeHash) and compares root and all tile files.
// tlog.TileHashReader is not the judge here: it does not compare every child tile with its parent.
//
// Usage: main FOLDER   with checkpoint, keys.json, proofs.json and tile/… in it. Prints what it checked as JSON; exit status 1 with a sentence otherwise.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

type keys struct {
	Log     string `json:"log"`
	Witness string `json:"witness"`
	// Skey is the log's private key in Go's spelling: both sides must sign to the same bytes.
	Skey string `json:"skey"`
}

type proofs struct {
	Inclusion []struct {
		Index int64    `json:"index"`
		Proof []string `json:"proof"`
	} `json:"inclusion"`
	Consistency []struct {
		OldSize int64    `json:"oldSize"`
		Proof   []string `json:"proof"`
	} `json:"consistency"`
}

// cosigner verifies timestamped witness signatures (C2SP tlog-cosignature, type 0x04).
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 72 {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(c.key, append([]byte(head), msg...), sig[8:])
}

func newCosigner(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("witness key: not three parts")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 33 || key[0] != 4 {
		return nil, errors.New("witness key: not type 4")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	hash := binary.BigEndian.Uint32(sum[:])
	if fmt.Sprintf("%08x", hash) != parts[1] {
		return nil, errors.New("witness key: another id")
	}
	return cosigner{parts[0], hash, key[1:]}, nil
}

// hashes keeps every hash of the tree in Go's order.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(h)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		found[i] = h[index]
	}
	return found, nil
}

// tilePath is C2SP's: Go's own has the height in front and another spelling of bundles.
func tilePath(level string, n int64, width int) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	if width < 1<<tileHeight {
		path += fmt.Sprintf(".p/%d", width)
	}
	return "tile/" + level + "/" + path
}

func decodeHashes(encoded []string) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(encoded))
	for i, text := range encoded {
		hash, err := tlog.ParseHash(text)
		if err != nil {
			return nil, err
		}
		list[i] = hash
	}
	return list, nil
}

func readJSON(folder, name string, into interface{}) error {
	data, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

// openCheckpoint returns size and root, and how many of the two keys signed.
func openCheckpoint(folder string, k keys) (int64, tlog.Hash, int, error) {
	signed, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return 0, tlog.Hash{}, 0, err
	}
	logKey, err := note.NewVerifier(k.Log)
	if err != nil {
		return 0, tlog.Hash{}, 0, err
	}
	witnessKey, err := newCosigner(k.Witness)
	if err != nil {
		return 0, tlog.Hash{}, 0, err
	}
	opened, err := note.Open(signed, note.VerifierList(logKey, witnessKey))
	if err != nil {
		return 0, tlog.Hash{}, 0, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != logKey.Name() {
		return 0, tlog.Hash{}, 0, errors.New("checkpoint: not three lines of this origin")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return 0, tlog.Hash{}, 0, err
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return 0, tlog.Hash{}, 0, err
	}
	signer, err := note.NewSigner(k.Skey)
	if err != nil {
		return 0, tlog.Hash{}, 0, err
	}
	again, err := note.Sign(&note.Note{Text: opened.Text}, signer)
	if err != nil {
		return 0, tlog.Hash{}, 0, err
	}
	if !bytes.HasPrefix(signed, again) {
		return 0, tlog.Hash{}, 0, errors.New("checkpoint: Go signs it to other bytes")
	}
	return size, root, len(opened.Sigs), nil
}

// readEntries computes every hash from the entry bundles.
func readEntries(folder string, size int64) (hashes, error) {
	var stored hashes
	for n := int64(0); n*256 < size; n++ {
		width := 256
		if size-n*256 < 256 {
			width = int(size - n*256)
		}
		data, err := os.ReadFile(filepath.Join(folder, tilePath("entries", n, width)))
		if err != nil {
			return nil, err
		}
		for i := int64(0); i < int64(width); i++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return nil, fmt.Errorf("bundle %d is cut", n)
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			more, err := tlog.StoredHashes(n*256+i, data[2:end], stored)
			if err != nil {
				return nil, err
			}
			stored = append(stored, more...)
			data = data[end:]
		}
		if len(data) != 0 {
			return nil, fmt.Errorf("bundle %d is too long", n)
		}
	}
	return stored, nil
}

// checkTiles compares every tile file with the hashes computed here.
func checkTiles(folder string, size int64, stored hashes) (int, error) {
	count := 0
	for level, width := 0, size; width > 0; level, width = level+1, width>>tileHeight {
		for n := int64(0); n<<tileHeight < width; n++ {
			tile := tlog.Tile{H: tileHeight, L: level, N: n, W: 1 << tileHeight}
			if rest := width - n<<tileHeight; rest < 1<<tileHeight {
				tile.W = int(rest)
			}
			want, err := tlog.ReadTileData(tile, stored)
			if err != nil {
				return 0, err
			}
			path := tilePath(strconv.Itoa(level), n, tile.W)
			found, err := os.ReadFile(filepath.Join(folder, path))
			if err != nil {
				return 0, err
			}
			if !bytes.Equal(found, want) {
				return 0, fmt.Errorf("%s differs", path)
			}
			count++
		}
	}
	return count, nil
}

func run(folder string) (map[string]int, error) {
	var k keys
	if err := readJSON(folder, "keys.json", &k); err != nil {
		return nil, err
	}
	size, root, signatures, err := openCheckpoint(folder, k)
	if err != nil {
		return nil, err
	}
	stored, err := readEntries(folder, size)
	if err != nil {
		return nil, err
	}
	computed, err := tlog.TreeHash(size, stored)
	if err != nil {
		return nil, err
	}
	if computed != root {
		return nil, errors.New("the entries do not make the signed root")
	}
	tiles, err := checkTiles(folder, size, stored)
	if err != nil {
		return nil, err
	}
	var p proofs
	if err := readJSON(folder, "proofs.json", &p); err != nil {
		return nil, err
	}
	for _, one := range p.Inclusion {
		path, err := decodeHashes(one.Proof)
		if err != nil {
			return nil, err
		}
		leaf := stored[tlog.StoredHashIndex(0, one.Index)]
		if err := tlog.CheckRecord(path, size, root, one.Index, leaf); err != nil {
			return nil, fmt.Errorf("inclusion of %d: %v", one.Index, err)
		}
	}
	for _, one := range p.Consistency {
		path, err := decodeHashes(one.Proof)
		if err != nil {
			return nil, err
		}
		old, err := tlog.TreeHash(one.OldSize, stored)
		if err != nil {
			return nil, err
		}
		if err := tlog.CheckTree(path, size, root, one.OldSize, old); err != nil {
			return nil, fmt.Errorf("consistency with %d: %v", one.OldSize, err)
		}
	}
	return map[string]int{
		"size": int(size), "signatures": signatures, "tiles": tiles,
		"inclusion": len(p.Inclusion), "consistency": len(p.Consistency),
	}, nil
}

func main() {
	found, err := run(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(found)
}
