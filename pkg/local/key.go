package local

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// KeyBytes is how much chance is in a key. Its file has it in hex, and a line's end.
const KeyBytes = 32

// What is wrong with a key's file.
var (
	ErrKeyOpen    = errors.New("others may read it")  // than its owner
	ErrKeyChanged = errors.New("others may write it") // likewise
)

// MakeKey gives the key of a file that its owner alone may read, and makes it, with its
// folder, where it is missing. Of several processes that do so at once one makes it.
func MakeKey(path string) (string, error) {
	if key, err := ReadKey(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	folder, name := filepath.Split(path)
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // PostgreSQL's account has to pass
		return "", err
	}
	draft, err := os.CreateTemp(folder, name+".") // its mode is 0600
	if err != nil {
		return "", err
	}
	defer os.Remove(draft.Name()) //nolint:errcheck // it is another name of the key, or no use
	secret := make([]byte, KeyBytes)
	rand.Read(secret) // never fails, by its documentation
	_, err = draft.WriteString(hex.EncodeToString(secret) + "\n")
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return "", err
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return ReadKey(path)
}

// ReadKey reads a key's file. It fails with ErrKeyOpen where others may read it.
func ReadKey(path string) (string, error) {
	key, mode, err := keyFile(path)
	if err == nil && mode&0o077 != 0 {
		return "", ErrKeyOpen
	}
	return key, err
}

// ReadMountedKey reads a key's file whose mode is not ours to choose: secrets are mounted
// into containers with 0444 or 0440. open says that others may read it. It fails with
// ErrKeyChanged where others may write it.
func ReadMountedKey(path string) (key string, open bool, err error) {
	key, mode, err := keyFile(path)
	if err == nil && mode&0o022 != 0 {
		return "", false, ErrKeyChanged
	}
	return key, mode&0o044 != 0, err
}

func keyFile(path string) (key string, mode fs.FileMode, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", 0, err
	}
	return strings.TrimSpace(string(text)), info.Mode().Perm(), nil
}
