package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// Whoever runs the machine needs no account on it: `feisui run` leaves a key in
// its data folder that only its own account may read, and the commands on the
// same machine show it.

// keyName is the key's file in a data folder, keyBytes how much chance is in it.
const (
	keyName  = "operator.key"
	keyBytes = 32
)

// makeKey gives the key of a data folder, and makes it where it is missing. Of
// several processes that do so at once one makes it.
func makeKey(data string) (string, error) {
	path := filepath.Join(data, keyName)
	if key, err := readKey(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := os.MkdirAll(data, 0o755); err != nil { //nolint:gosec // PostgreSQL's account has to pass
		return "", err
	}
	draft, err := os.CreateTemp(data, keyName+".") // its mode is 0600
	if err != nil {
		return "", err
	}
	defer os.Remove(draft.Name()) //nolint:errcheck // it is another name of the key, or no use
	secret := make([]byte, keyBytes)
	if _, err := rand.Read(secret); err != nil {
		return "", errors.Join(err, draft.Close())
	}
	_, err = draft.WriteString(hex.EncodeToString(secret) + "\n")
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return "", err
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return readKey(path)
}

// readKey reads a key's file, and refuses one that others may read.
func readKey(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("操作员密钥 %s 别人也能读，请 chmod 600，并视为已泄露而删除重建 (the operator's key can be read by others: chmod 600 it, and better make another)", path)
	}
	return strings.TrimSpace(string(text)), nil
}

// credential is who a command is to the server that it asks.
type credential struct {
	Key         string `placeholder:"FILE" env:"FEISUI_KEY" help:"操作员密钥文件；缺省为数据文件夹里的 operator.key (the operator's key file)."`
	OperatorKey string `hidden:"" env:"FEISUI_OPERATOR_KEY" help:"the key itself, from the environment."`
	Data        string `hidden:"" env:"FEISUI_DATA" help:"where the key is, unless --key says otherwise."`
}

// show puts the key into a request; where there is none the server says what is
// missing.
func (c *credential) show(r *http.Request) error {
	key := c.OperatorKey
	if key == "" {
		path, named := c.Key, c.Key != ""
		if !named {
			data := c.Data
			if data == "" {
				var err error
				if data, err = dataFolder(); err != nil {
					return err
				}
			}
			path = filepath.Join(data, keyName)
		}
		var err error
		if key, err = readKey(path); err != nil && (named || !errors.Is(err, fs.ErrNotExist)) {
			return usageError{fmt.Errorf("--key: 操作员密钥读不出 (the operator's key cannot be read): %w", err)}
		}
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	return nil
}
