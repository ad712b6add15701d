package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"

	"feisui/pkg/local"
)

// Whoever runs the machine needs no account on it: `feisui run` leaves a key in
// its data folder that only its own account may read, and the commands on the
// same machine show it.

// keyName is the key's file in a data folder.
const keyName = "operator.key"

// makeKey gives the key of a data folder, and makes it where it is missing.
func makeKey(data string) (string, error) {
	path := filepath.Join(data, keyName)
	key, err := local.MakeKey(path)
	return key, ofKey(path, err)
}

// readKey reads a key's file, and refuses one that others may read.
func readKey(path string) (string, error) {
	key, err := local.ReadKey(path)
	return key, ofKey(path, err)
}

func ofKey(path string, err error) error {
	if errors.Is(err, local.ErrKeyOpen) {
		return fmt.Errorf("操作员密钥 %s 别人也能读，请 chmod 600，并视为已泄露而删除重建 (the operator's key can be read by others: chmod 600 it, and better make another)", path)
	}
	return err
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
